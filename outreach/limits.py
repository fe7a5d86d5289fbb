"""What a day's plan must keep within, or reach, beyond each list's minutes.

Volumes of the bank, a branch, a team or a manager come from the policy's rules; what is already
used of them comes from the ledger. A minimum is what the policy wants made at the least.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from goodcall.profile import Profile
from outreach.offer import Offer
from outreach.policy import Policy, Rule
from outreach.request import Facts, Request, facts_of
from outreach.rules.counting import concerns
from outreach.rules.volumes import Unit, VolumeTerms, size, unit_of

# Which offer (None for a care call) by which channel.
Kind = tuple[str | None, str]
# Of which rule, and of which branch, team or manager; None for the whole bank.
Place = tuple[str, Unit]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount`, or at least where it is a minimum, of what contacts take.

    `takes` says how much a contact of a kind takes, 1 for a contact or its minutes; a kind that is
    not named takes nothing. `members` are the customers whose contacts count, None for everyone's.
    """

    name: str
    unit: Unit
    amount: int
    takes: Mapping[Kind, int]
    members: frozenset[int] | None = None
    minimum: bool = False

    def take(self, customer_id: int, kind: Kind) -> int:
        """What a contact of a kind with a customer takes."""
        counts = self.members is None or customer_id in self.members
        return self.takes.get(kind, 0) if counts else 0


def limits_of(
    policy: Policy,
    offers: Mapping[str, Offer],
    people: Iterable[Profile],
    used: Mapping[Place, int],
    *,
    day: date,
) -> tuple[Limit, ...]:
    """The limits that a policy sets for a day, less what is `used` of each."""
    everyone = list(people)
    if not everyone:
        return ()
    book = facts_of(everyone[0], offers, holdout=False)
    kinds = [(code, channel.id) for code in (None, *sorted(offers)) for channel in policy.channels]
    limits: list[Limit] = []
    for rule in policy.rules:
        if isinstance(rule.terms, VolumeTerms) and (rule.expires is None or day <= rule.expires):
            takes = _takes(rule, kinds, book)
            limits += [
                Limit(
                    name=rule.id,
                    unit=unit,
                    amount=max(rule.terms.at_most - used.get((rule.id, unit), 0), 0),
                    takes=takes,
                    members=members,
                )
                for unit, members in _units(rule.terms, everyone).items()
            ]
    limits += [
        Limit(
            name=least.id,
            unit=None,
            amount=least.at_least,
            takes={kind: 1 for kind in kinds if least.wants(kind[0], kind[1])},
            minimum=True,
        )
        for least in policy.minimums
        if least.expires is None or day <= least.expires
    ]
    return tuple(limits)


def _units(terms: VolumeTerms, people: Iterable[Profile]) -> Mapping[Unit, frozenset[int] | None]:
    """The customers that each unit of a volume counts."""
    if terms.within == "bank":
        return {None: None}
    found: dict[Unit, set[int]] = {}
    for person in people:
        unit = unit_of(terms, person.branch_id, person.manager_id)
        if unit is not None:
            found.setdefault(unit, set()).add(person.customer_id)
    return {unit: frozenset(found[unit]) for unit in sorted(found, key=str)}


def _takes(rule: Rule, kinds: Iterable[Kind], book: Facts) -> Mapping[Kind, int]:
    """What a planned contact of each kind takes of a volume."""
    found = {}
    for code, channel in kinds:
        request = Request(
            "planned", 0, channel, offer_code=code, purpose=None if code else "retention"
        )
        if rule.binds(request) and concerns(request, book, rule.terms.counting):
            found[code, channel] = size(request, rule.terms)
    return found
