"""How rules answer: what passes now, and the first instant at which it will."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from goodcall.calendar import WorkingDays, is_zone
from goodcall.profile import PastContact, Profile
from outreach.request import PASS, Facts, Verdict

Span = tuple[datetime, datetime | None]
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a policy a rule stands: the bank's zone and working days, and what the rule binds.

    `minutes` is what a contact takes by each of the policy's channels; `channels` are those that
    the rule names, None for all; `team_of` names the team of each manager who is in one; `tags` are
    the policy's words for what several offers have in common.
    """

    zone: str
    days: WorkingDays
    minutes: Mapping[str, int]
    team_of: Mapping[int, str]
    categories: frozenset[str]
    channels: frozenset[str] | None
    tags: tuple[str, ...] = ()


def answer(
    now: datetime,
    edges: Iterable[datetime],
    passes: Callable[[datetime], bool],
    *,
    because: str | None = None,
) -> Verdict:
    """The verdict of a rule that changes its mind only at `edges`."""
    if passes(now):
        return PASS
    return Verdict(passes=False, until=first_passing(now, edges, passes), because=because)


def first_passing(
    now: datetime, edges: Iterable[datetime], passes: Callable[[datetime], bool]
) -> datetime | None:
    """The first edge after `now` at which a rule passes, if any."""
    return next((at for at in sorted(set(edges)) if at > now and passes(at)), None)


def outside(now: datetime, spans: Iterable[Span], *, because: str | None = None) -> Verdict:
    """The verdict of a rule that fails within spans; one without an end fails for ever."""
    live = sorted((s for s in spans if s[1] is None or s[1] > now), key=lambda span: span[0])
    until = now
    for start, end in live:
        if start <= until:
            if end is None:
                return Verdict(passes=False, because=because)
            until = max(until, end)
    return PASS if until == now else Verdict(passes=False, until=until, because=because)


def triggered(
    moments: Iterable[datetime], at_least: int, within: timedelta | None
) -> list[datetime]:
    """The moments that bring the number in (moment - within, moment] to `at_least` or more."""
    ordered = sorted(moments)
    return [
        last
        for last in ordered
        if sum(at <= last and (within is None or last - within < at) for at in ordered) >= at_least
    ]


def local_zone(profile: Profile, bank_zone: str) -> str:
    """The zone of a customer's dates; the bank's where the customer's is no IANA name."""
    return profile.zone if is_zone(profile.zone) else bank_zone


def family_of(facts: Facts, contact: PastContact) -> str | None:
    """The family that a contact was about: as it was then where that is kept, else the offer's."""
    if contact.family is not None:
        return contact.family
    offer = facts.offers.get(contact.offer_code or "")
    return None if offer is None else offer.family
