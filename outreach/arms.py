"""A test of two policies on live lists: households drawn into two arms, each planned by its own.

Arm A is served by the policy in force, arm B by the one that is tried. Each arm has its part of
every list's minutes and of every volume, in proportion to its customers there.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from goodcall.profile import Profile
from outreach.errors import ExperimentError
from outreach.experiment import Draw, hash_of, in_holdout, key_print
from outreach.levers import Lever
from outreach.limits import Limit
from outreach.planned import Promise
from outreach.policy import Policy
from outreach.roster import Roster

ArmName = Literal["A", "B"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A customer's arm, and the household by which it was drawn, None of one alone."""

    household_id: int | None
    arm: ArmName


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """A test that was begun: which policies, and the share of households that arm B has.

    `policy_a` is the version of the policy that was in force then. `members` are the customers whom
    a plan has placed so far; they keep their arm whatever becomes of their household.
    """

    number: int
    name: str
    policy_a: str
    policy_b: Policy
    share: float
    key_print: str
    started_at: datetime
    stopped_at: datetime | None = None
    members: Mapping[int, Placed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arms:
    """Where each customer of a day stands in a test; the hold-out is in neither arm."""

    test: PolicyTest
    places: Mapping[int, Placed]

    def of(self, customer_id: int) -> ArmName | None:
        """The arm of a customer, None of one of the hold-out."""
        placed = self.places.get(customer_id)
        return None if placed is None else placed.arm

    def customers(self, among: Iterable[int] | None = None) -> tuple[int, int]:
        """How many customers A and B have, among some or in all."""
        names = [self.of(who) for who in (self.places if among is None else among)]
        return names.count("A"), names.count("B")


@dataclass(frozen=True, slots=True)
class Part:
    """One arm's part of a day; what does not divide, and who is in neither arm, is with A."""

    arms: Arms
    name: ArmName

    def has(self, customer_id: int) -> bool:
        """Whether a customer's day is planned in this part."""
        return (self.arms.of(customer_id) or "A") == self.name

    def roster(
        self, whole: Roster, promises: Sequence[Promise], minutes: Callable[[str], int]
    ) -> Roster:
        """The lists with this arm's minutes; `minutes` gives what a contact by a channel takes."""
        people: dict[int, list[int]] = {name: [] for name in whole.minutes}
        for who, name in whole.list_of.items():
            people[name].append(who)
        promised: dict[int, list[tuple[int, int]]] = {}
        for one in promises:
            if one.customer_id in whole.list_of:
                name = whole.list_of[one.customer_id]
                promised.setdefault(name, []).append((one.customer_id, minutes(one.channel)))
        mine = {
            name: self._of(amount, promised.get(name, ()), self.arms.customers(people[name]))
            for name, amount in whole.minutes.items()
        }
        return replace(whole, minutes=mine)

    def limits(self, whole: Sequence[Limit], promises: Sequence[Promise]) -> tuple[Limit, ...]:
        """The limits with what this arm may take of each, or has to reach."""

        def part(limit: Limit) -> Limit:
            promised = [
                (one.customer_id, limit.take(one.customer_id, (one.offer_code, one.channel)))
                for one in promises
                if not limit.minimum
            ]
            customers = self.arms.customers(limit.members)
            return replace(limit, amount=self._of(limit.amount, promised, customers))

        return tuple(part(limit) for limit in whole)

    def levers(self, whole: Sequence[Lever]) -> tuple[Lever, ...]:
        """The levers with this arm's part of their caps."""
        customers = self.arms.customers()

        def part(cap: int | None) -> int | None:
            return None if cap is None else self._of(cap, (), customers)

        return tuple(
            replace(each, most_rows=part(each.most_rows), most_cents=part(each.most_cents))
            for each in whole
        )

    def _of(
        self, amount: int, promised: Iterable[tuple[int, int]], customers: tuple[int, int]
    ) -> int:
        """This arm's part of an amount: what was promised to its customers, then its share."""
        need = {"A": 0, "B": 0}
        for who, size in promised:
            need[self.arms.of(who) or "A"] += size
        asked, everyone = sum(need.values()), sum(customers)
        if asked > amount:
            b = amount * need["B"] // asked
        else:
            b = need["B"] + ((amount - asked) * customers[1] // everyone if everyone else 0)
        return b if self.name == "B" else amount - b


def arm_of(profile: Profile, key: bytes, test: PolicyTest) -> ArmName:
    """The arm of a customer outside the hold-out: by the household's keyed hash, whole households.

    Each test draws by a key of its own, made of the hold-out's key and the test's name, so that its
    arms hang neither on the hold-out nor on another test. Who was placed before stays there.
    """
    if test.key_print != key_print(key):
        raise ExperimentError(
            f"the hold-out's key is not the one that test {test.name!r} was begun with; put that "
            "key back, or end the test with `goodcall outreach ab stop`"
        )
    placed = test.members.get(profile.customer_id)
    if placed is not None:
        return placed.arm
    own = hmac.digest(key, f"test of policies:{test.name}".encode(), "sha256")
    said = hash_of(profile.customer_id, profile.household_id, own)
    return "B" if int(said[:16], 16) / 2**64 < test.share else "A"


def arms_of(
    people: Iterable[Profile], key: bytes, draw: Draw | None, policy: Policy, test: PolicyTest
) -> Arms:
    """Where everyone stands in a test on a day; `policy` is the one in force."""
    if policy.version != test.policy_a:
        raise ExperimentError(
            f"the policy in force is {policy.version}, test {test.name!r} compares with "
            f"{test.policy_a}; put that policy back, or end the test with "
            "`goodcall outreach ab stop`"
        )
    drawn = draw or policy.undrawn
    places: dict[int, Placed] = {}
    for who in people:
        if not in_holdout(who, key, drawn):
            before = test.members.get(who.customer_id)
            arm = arm_of(who, key, test)
            places[who.customer_id] = before or Placed(who.household_id, arm)
    return Arms(test, places)


def check_comparable(a: Policy, b: Policy) -> None:
    """Refuse policies that differ in what both arms of a test have to share."""
    shared: tuple[tuple[str, Callable[[Policy], object]], ...] = (
        ("zone", lambda each: each.zone),
        ("currency", lambda each: each.currency),
        ("[lists] by", lambda each: each.lists_by),
        ("[capacity] default_minutes", lambda each: each.default_minutes),
        ("[holdout] share", lambda each: each.holdout_share),
        ("[[holdout.band]]", lambda each: each.holdout_bands),
        ("[[channel]] id, minutes and points", _channels),
        ("[[offer]]", lambda each: each.offers),
        ("[tags]", lambda each: each.tags),
    )
    for name, said in shared:
        if said(a) != said(b):
            raise ExperimentError(
                f"the policies differ in {name}, which both arms of a test share; write the same "
                "in both, and compare rules, figures, levers and weights"
            )


def _channels(policy: Policy) -> object:
    return {(each.id, each.minutes, each.points) for each in policy.channels}
