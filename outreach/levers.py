"""Business levers: someone's wish to see more of something, for a while, at a price that is told.

A lever moves the ranking and nothing else: no rule, no term and no suitability is passed by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial

from goodcall.section import Section
from outreach.condition_file import needs_of
from outreach.conditions import Condition, answer
from outreach.customer_facts import Subject
from outreach.offer import Offer
from outreach.preferred import prefers_channel
from outreach.scope import Scope, read_scope

_LEAST_WEIGHT, _MOST_WEIGHT = -100.0, 1000.0
_MOST_CENTS = 10**9


@dataclass(frozen=True, slots=True)
class Lever:
    """A weight in percent, or cents, that an owner adds to some actions until a last day.

    `most_rows` and `most_cents` cap what it may bring onto the day's lists and what that may give
    up; `customers` narrows it to those of whom all of it is known to hold,
    `preferred_channel` to contacts by a channel that the customer prefers.
    """

    id: str
    owner: str
    expires: date
    scope: Scope
    weight: float
    cents: int
    most_rows: int | None
    most_cents: int | None
    customers: tuple[Condition, ...] = ()
    preferred_channel: bool = False

    def pulls(self, offer: Offer | None, channel: str, who: Subject) -> bool:
        """Whether it moves an offer, or a care call where that is None, for a customer today."""
        return (
            who.day <= self.expires
            and (not self.preferred_channel or prefers_channel(who.profile, channel))
            and (self.scope.covers(offer) or (offer is None and self.scope == Scope()))
            and all(answer(need, who).holds for need in self.customers)
        )


def read_lever(section: Section) -> Lever:
    """One [[lever]] of a policy file; owner, expiry and a cap are no options."""
    weight, cents = _pull(section)
    rows = section.optional("most_rows", partial(section.whole, least=1))
    given_up = section.optional("most_cents", partial(section.whole, least=1, most=_MOST_CENTS))
    if rows is None and given_up is None:
        raise section.refuse(
            "the lever has no cap",
            "add most_rows = <rows a day> or most_cents = <cents given up a day>",
        )
    lever = Lever(
        id=section.text("id"),
        owner=section.text("owner"),
        expires=section.day("expires"),
        scope=read_scope(section, care=True),
        weight=weight,
        cents=cents,
        most_rows=rows,
        most_cents=given_up,
        customers=_customers(section),
        preferred_channel=bool(section.optional("preferred_channel", section.flag)),
    )
    section.done()
    return lever


def pulling(
    levers: Iterable[Lever], offer: Offer | None, channel: str, who: Subject
) -> tuple[Lever, ...]:
    """The levers that move an action for a customer on a day."""
    return tuple(lever for lever in levers if lever.pulls(offer, channel, who))


def _pull(section: Section) -> tuple[float, int]:
    """The weight in percent and the cents, of which a lever has one."""
    number = section.number
    weight = section.optional("weight", partial(number, least=_LEAST_WEIGHT, most=_MOST_WEIGHT))
    factor = section.optional("factor", partial(number, least=0, most=1 + _MOST_WEIGHT / 100))
    cents = section.optional("cents", partial(section.whole, least=-_MOST_CENTS, most=_MOST_CENTS))
    given = [said for said in (weight, factor, cents) if said is not None]
    if len(given) != 1:
        raise section.refuse(
            f"the lever pulls {len(given)} times over" if given else "the lever does not pull",
            "write one of: weight = 55 (in percent), factor = 1.55, cents = 500",
        )
    if weight == 0 or factor == 1 or cents == 0:
        raise section.refuse("the lever pulls by nothing", "write how much, or take it out")
    if factor is not None:
        weight = round((factor - 1) * 100, 9)
    return weight or 0.0, cents or 0


def _customers(section: Section) -> tuple[Condition, ...]:
    found = section.optional("customers", lambda _: needs_of(section, key="customers"))
    return found or ()
