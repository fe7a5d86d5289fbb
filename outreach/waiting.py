"""Waiting: what the same contact would be worth on a later day, against what it is worth today.

value of waiting = survival x discount x (gain x event - cost - harm then)

The need may pass and money later is worth less; but fatigue fades, a holding matures, and a channel
that the policy blocks today opens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from goodcall.calendar import local_date
from goodcall.profile import Profile
from goodcall.section import Section
from goodcall.vocabulary import COUNTED_STATES
from outreach.parameter import Parameter, read_parameter

_LONGEST_DAYS = 366
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class WaitTerms:
    """How far ahead waiting looks, how fast a need passes, and what a maturity does to a gain."""

    horizon_days: int
    need_half_life_days: Parameter
    maturity_factor: Parameter


@dataclass(frozen=True, slots=True)
class Prospect:
    """A contact that could be made later: what it gains and costs, and from which day on.

    `gain_cents` is before cost and harm; `from_day` counts from today, 0 for one allowed today.
    """

    offer_code: str | None
    family: str | None
    channel: str
    gain_cents: float
    cost_cents: float
    harm_cents: float
    from_day: int


@dataclass(frozen=True, slots=True)
class Wait:
    """The contact that is worth more later: which, when, how much in cents of today, and why.

    `because` names what changes by then: fatigue, maturity, or channel.
    """

    offer_code: str | None
    channel: str
    until: date
    value_cents: int
    because: tuple[str, ...]
    assumed: tuple[str, ...]


def read_wait(section: Section) -> WaitTerms:
    """The [wait] table of a policy file."""
    terms = WaitTerms(
        horizon_days=section.whole("horizon_days", 1, _LONGEST_DAYS),
        need_half_life_days=read_parameter(section, "need_half_life_days", 1, 3660),
        maturity_factor=read_parameter(section, "maturity_factor", 1, 10),
    )
    section.done()
    return terms


@dataclass(frozen=True, slots=True)
class Patience:
    """One customer's later days: when fatigue falls, what matures, and what a day costs."""

    terms: WaitTerms
    day: date
    discount: float
    fatigue_cents: float
    tiring: tuple[int, ...]
    maturing: tuple[tuple[str, int], ...]

    def worth(self, prospect: Prospect, days: int) -> float:
        """What a prospect is worth in cents of today if it is made after so many days."""
        rested = sum(left <= days for left in self.tiring) * self.fatigue_cents
        due = any(family == prospect.family and left <= days for family, left in self.maturing)
        gain = prospect.gain_cents * (self.terms.maturity_factor.amount if due else 1)
        harm = max(0.0, prospect.harm_cents - rested)
        survival = 0.5 ** (days / self.terms.need_half_life_days.amount)
        today: float = survival * (1 + self.discount) ** (-days / _YEAR)
        return today * (gain - prospect.cost_cents - harm)

    def days_of(self, prospect: Prospect) -> Iterator[int]:
        """The later days on which a prospect may be worth more than the day before."""
        own = (left for family, left in self.maturing if family == prospect.family)
        for days in sorted({*self.tiring, *own, prospect.from_day}):
            if max(1, prospect.from_day) <= days <= self.terms.horizon_days:
                yield days


def patience_of(
    profile: Profile,
    terms: WaitTerms,
    now: datetime,
    zone: str,
    *,
    discount: float,
    fatigue_cents: float,
    fatigue_days: float,
) -> Patience:
    """What the later days bring one customer, seen from `now`.

    A counted outbound contact tires until it has left the policy's window of fatigue.
    """
    today = local_date(now, zone)
    span = timedelta(days=fatigue_days)
    tiring = [
        contact.happened_at + span
        for contact in profile.contacts
        if contact.state in COUNTED_STATES
        and contact.direction == "outbound"
        and now - span < contact.happened_at <= now
    ]
    maturing = {
        (h.family, (h.matures_on - today).days)
        for h in profile.holdings
        if h.closed_on is None and h.matures_on is not None and h.matures_on > today
    }
    return Patience(
        terms=terms,
        day=today,
        discount=discount,
        fatigue_cents=fatigue_cents,
        tiring=tuple(sorted(_days_until(end, now) for end in tiring)),
        maturing=tuple(sorted(maturing)),
    )


def best_wait(prospects: Sequence[Prospect], patience: Patience) -> Wait | None:
    """The later contact that is worth most, the soonest of equals, if any is worth something."""
    best: tuple[tuple[float, int, str, str], Prospect] | None = None
    for prospect in prospects:
        for days in patience.days_of(prospect):
            worth = patience.worth(prospect, days)
            key = (-worth, days, prospect.offer_code or "", prospect.channel)
            if worth > 0 and (best is None or key < best[0]):
                best = key, prospect
    if best is None:
        return None
    (minus, days, _, _), prospect = best
    because = tuple(_because(prospect, patience, days))
    return Wait(
        offer_code=prospect.offer_code,
        channel=prospect.channel,
        until=patience.day + timedelta(days=days),
        value_cents=round(-minus),
        because=because,
        assumed=tuple(_assumed(patience.terms, because)),
    )


def _because(prospect: Prospect, patience: Patience, days: int) -> Iterator[str]:
    if any(left <= days for left in patience.tiring):
        yield "fatigue"
    if any(f == prospect.family and left <= days for f, left in patience.maturing):
        yield "maturity"
    if prospect.from_day > 0:
        yield "channel"


def _assumed(terms: WaitTerms, because: tuple[str, ...]) -> Iterator[str]:
    if terms.need_half_life_days.assumed:
        yield "need_half_life_days"
    if terms.maturity_factor.assumed and "maturity" in because:
        yield "maturity_factor"


def _days_until(moment: datetime, now: datetime) -> int:
    """Whole days, rounded up, so that the moment has passed by then."""
    return -((now - moment) // timedelta(days=1))
