"""What simulated customers do in channels besides moving money: logins, page views, visits."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from banks.world import LIFE_EVENTS, World
from banks.world_arrays import Flags, Floats, Ints, Records, instants, words
from banks.world_calendar import DAY, SECOND, Desk
from banks.world_people import People
from banks.world_spending import Span
from goodcall.vocabulary import FAMILIES

_KINDS = (
    *("login", "page_view", "application", "application_abandoned", "visit"),
    *("partner", "government"),
)
_LOGIN, _VIEW, _APPLICATION, _ABANDONED, _VISIT, _PARTNER, _GOVERNMENT = range(len(_KINDS))
_CHANNELS = ("mobile", "web", "branch", "partner")
_MOBILE, _WEB, _BRANCH, _PARTNERS = range(len(_CHANNELS))
_LOOKS_AT = {
    "home": ("mortgage",),
    "child": ("insurance",),
    "windfall": ("wealth", "fund"),
    "job_change": ("credit_card",),
}
_GONE_LOGINS = 0.3
_UNEVEN = 0.35
_COMES_BY = 55  # years of age from which people come by twice as often
_ON_THE_WEB = 0.15


@dataclass(frozen=True, slots=True)
class Interest:
    """What of a block's month shows in channels; `need` and `buys` are (n, families).

    `coming` is the life event of the month after it; `leaving` and `until` are when a customer
    began to leave and was kept; `purchases` are who, family and day.
    """

    need: Floats
    buys: Flags
    unsettled: Flags
    silent: Flags
    coming: Ints
    leaving: Ints
    until: Ints
    purchases: Records


def events(world: World, people: People, interest: Interest, span: Span, desk: Desk) -> pa.Table:
    """The raw table `events` of a block's month; some are known days late."""
    drawn, habits, rng = _Drawn(span, desk), world.habits, desk.rng
    activity = np.where(interest.silent, 0.0, _activity(interest, span.end))
    mood = np.exp(_UNEVEN * rng.normal(size=activity.shape))
    calmer = np.where(interest.unsettled, world.leaving.logins, 1.0)
    drawn.add(_LOGIN, people.logins * activity * calmer * mood)
    keener = np.where(interest.unsettled, world.leaving.views, 1.0)
    views = _views(world, interest) * (people.views * activity * keener * mood)[:, None]
    for family in range(len(FAMILIES)):
        drawn.add(_VIEW, views[:, family], family)
        drawn.add(_ABANDONED, habits.gives_up * views[:, family], family)
    busy = np.where(interest.coming > 0, 2.0, 1.0)
    comes_by = np.where(people.age > _COMES_BY, 2.0, 1.0)
    drawn.add(_VISIT, habits.visits * comes_by * activity * busy)
    drawn.add(_PARTNER, habits.outside_events * activity)
    drawn.add(_GOVERNMENT, habits.outside_events * activity * busy)
    drawn.apply(interest.purchases, habits.applies_first)
    return drawn.table(people, habits.late)


def _activity(interest: Interest, end: int) -> Floats:
    """How active a customer is in the month up to `end`, from 0 to 1; a leaver is little so."""
    gone = (end - interest.leaving) / 30
    back = (end - interest.until) / 30
    left = np.clip(gone, 0, 1) - np.clip(back, 0, 1)
    active: Floats = 1 - (1 - _GONE_LOGINS) * left
    return active


def _views(world: World, interest: Interest) -> Floats:
    """How many page views each family gets, relative to an average customer's views of all."""
    gain = world.buying.view_gain
    liking = np.exp(gain * interest.need - gain * gain / 2) * interest.buys
    for event, families in _LOOKS_AT.items():
        rows = interest.coming == 1 + LIFE_EVENTS.index(event)
        for family in families:
            liking[:, FAMILIES.index(family)] *= np.where(rows, world.life.shows, 1.0)
    share: Floats = np.nan_to_num(liking) / np.maximum(interest.buys.sum(axis=1), 1)[:, None]
    return share


class _Drawn:
    """Gathers events as they are drawn."""

    def __init__(self, span: Span, desk: Desk) -> None:
        self._span, self._desk, self._rng = span, desk, desk.rng
        self._who: list[Ints] = []
        self._day: list[Ints] = []
        self._kind: list[Ints] = []
        self._topic: list[Ints] = []

    def add(self, kind: int, rate: Floats, topic: int = -1) -> None:
        """Draw events of a kind at each customer's rate in the month."""
        who = np.repeat(np.arange(len(rate)), self._rng.poisson(rate))
        day = self._rng.integers(self._span.start, self._span.end, len(who))
        self._keep(who, day, kind, np.full(len(who), topic))

    def apply(self, purchases: Records, share: float) -> None:
        """A share of the purchases begin with an application in the month, days before at most."""
        rows = purchases[self._rng.random(len(purchases)) < share]
        day = np.maximum(rows["day"] - self._rng.integers(0, 4, len(rows)), self._span.start)
        self._keep(rows["who"], day, _APPLICATION, rows["family"].astype(np.int64))

    def _keep(self, who: Ints, day: Ints, kind: int, topic: Ints) -> None:
        there = (day >= self._span.low[who]) & (day < self._span.high[who])
        self._who.append(who[there])
        self._day.append(day[there])
        self._kind.append(np.full(int(there.sum()), kind))
        self._topic.append(topic[there])

    def table(self, people: People, late: float) -> pa.Table:
        """The events drawn, as the raw table; what others tell is known a day late or more."""
        who, day = np.concatenate(self._who), np.concatenate(self._day)
        kind, topic = np.concatenate(self._kind), np.concatenate(self._topic)
        order = np.lexsort((topic, kind, day, who))
        who, day, kind, topic = who[order], day[order], kind[order], topic[order]
        channel, size = self._channels(kind, people.digital[who]), len(who)
        hours = np.where(channel[:, None] == _BRANCH, (9, 17), (7, 24)) * 3600
        second = hours[:, 0] + self._rng.random(size) * (hours[:, 1] - hours[:, 0])
        happened = self._desk.calendar.instant(day, second.astype(np.int64))
        slow = (self._rng.random(size) < late) | (kind >= _PARTNER)
        delay = self._rng.integers(1, 900, size) * SECOND
        delay += slow * self._rng.integers(1, 4, size) * DAY
        return pa.table(
            {
                "event_id": self._desk.ids(size),
                "customer_id": people.customer_id[who],
                "happened_at": instants(happened),
                "known_at": instants(happened + delay),
                "kind": words(kind, _KINDS),
                "channel": words(channel, _CHANNELS),
                "topic": words(topic, FAMILIES),
            }
        )

    def _channels(self, kind: Ints, digital: Flags) -> Ints:
        screen = np.where(self._rng.random(len(kind)) < _ON_THE_WEB, _WEB, _MOBILE)
        channel = np.where(digital | np.isin(kind, (_LOGIN, _VIEW)), screen, _BRANCH)
        channel = np.where(kind == _VISIT, _BRANCH, channel)
        return np.where(kind >= _PARTNER, _PARTNERS, channel)
