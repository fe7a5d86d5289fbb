"""How many customers would take an offer, before anybody is asked: left alone, and contacted.

The chances are a model's. What they came to over earlier 90 days, of customers who were left alone
then, corrects them and says how far off they may be. How far 90 days lie apart by more than chance,
as seasons make them, is told by the purchases of all families together (DerSimonian and Laird
1986), for one alone is bought too seldom; few windows tell it badly, so that Student's law sets the
interval (Higgins, Thompson and Spiegelhalter 2009). What a contact adds is an assumption until a
lot taught it, and no window checks it: its range goes from nothing to twice as much.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from goodcall.effect import Origin
from outreach import Funnel
from outreach.replay import Z95, Gain
from reports.errors import NotComparable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Words = NDArray[np.str_]
Group = Literal["eligible", "allowed", "listed"]
# Added to what happened and to what was expected, so that a window without a purchase has a ratio.
_HALF = 0.5
# What lies below the upper end of an interval of 95 %.
_UPPER = 0.975


@dataclass(frozen=True, slots=True)
class Window:
    """Earlier 90 days from a day on, of customers who were not contacted about the family in them.

    `variance` is that of observed - expected, by households; `chance` what it would be if every
    customer had decided alone. `learned` says whether the model had learned from these days.
    """

    day: date
    customers: int
    expected: float
    observed: int
    variance: float
    chance: float
    learned: bool

    @property
    def ratio(self) -> float:
        """What happened, as a multiple of what was expected."""
        return (self.observed + _HALF) / (self.expected + _HALF)


def looked_back(
    day: date, chance: Floats, bought: Flags, home: NDArray[np.int64], *, learned: bool
) -> Window:
    """A window from chances and what came of them, [customers]."""
    _, place = np.unique(home, return_inverse=True)
    off = np.bincount(place, bought - chance)
    alone = float((chance * (1 - chance)).sum())
    return Window(
        day=day,
        customers=len(chance),
        expected=float(chance.sum()),
        observed=int(bought.sum()),
        variance=max(float(off @ off), alone),
        chance=alone,
        learned=learned,
    )


@dataclass(frozen=True, slots=True)
class Trust:
    """What windows say of a model's chances: a ratio that corrects them, and how sure that is.

    `doubt` is the standard error of the logarithm of the ratio of the 90 days to come, and `limit`
    how many of them an interval of 95 % holds; `common` is how many times larger the variance is
    than if every customer decided alone.
    """

    ratio: float
    doubt: float
    limit: float
    common: float


def trust_of(windows: Sequence[Window], every: Sequence[Window]) -> Trust:
    """How far a model's chances are to be trusted; NotComparable without any window.

    `every` are the windows of all families together, which tell how far 90 days lie apart.
    """
    if not windows:
        raise NotComparable(
            "no earlier 90 days of this bank can check the chances; bring data of nine months or "
            "more before the day"
        )
    between, (ratio, error) = _between(every), _logs(windows)
    weight = 1 / (error + between)
    alone = sum(each.chance for each in windows)
    return Trust(
        ratio=float(np.exp(weight @ ratio / weight.sum())),
        doubt=float(np.sqrt(between + 1 / weight.sum())),
        limit=float(stdtrit(len(every) - 1, _UPPER)) if len(every) > 1 else Z95,
        common=sum(each.variance for each in windows) / alone if alone > 0 else 1.0,
    )


def together(families: Iterable[Sequence[Window]]) -> tuple[Window, ...]:
    """The windows of all families as one a day; a customer counts once for each family."""
    days: dict[date, list[Window]] = {}
    for each in (window for family in families for window in family):
        days.setdefault(each.day, []).append(each)
    return tuple(
        Window(
            day,
            customers=sum(each.customers for each in mine),
            expected=sum(each.expected for each in mine),
            observed=sum(each.observed for each in mine),
            variance=sum(each.variance for each in mine),
            chance=sum(each.chance for each in mine),
            learned=any(each.learned for each in mine),
        )
        for day, mine in sorted(days.items())
    )


def _logs(windows: Sequence[Window]) -> tuple[Floats, Floats]:
    """The logarithm of each window's ratio, and the square of its error."""
    ratio = np.log([each.ratio for each in windows])
    return ratio, np.array([each.variance / (each.expected + _HALF) ** 2 for each in windows])


def _between(windows: Sequence[Window]) -> float:
    """The variance between 90 days of the logarithm of the ratio, beyond chance."""
    ratio, error = _logs(windows)
    weight = 1 / error
    apart = weight @ (ratio - weight @ ratio / weight.sum()) ** 2 - (len(windows) - 1)
    scale = weight.sum() - weight @ weight / weight.sum()
    return max(0.0, float(apart / scale)) if len(windows) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Way:
    """Contacts about the offer by one channel, [customers]: whom it is open to, what it brings.

    `effect` is what a contact adds to the chance of a purchase, 0 where no score says; `opt_out`
    and `complaint` are the chances that it ends so; `margin_cents` is that of a purchase, less what
    would have been made elsewhere in the bank.
    """

    channel: str
    allowed: Flags
    listed: Flags
    effect: Floats
    opt_out: Floats
    complaint: Floats
    margin_cents: float
    cost_cents: float
    origin: Origin


@dataclass(frozen=True, slots=True)
class Audience:
    """The customers of a bank before an offer is made, [customers] each.

    `chance` is the model's of buying within 90 days, NaN where it scored nobody; `eligible` are
    those whom the offer fits, `segments` says by dimension in which of its groups each is.
    """

    eligible: Flags
    chance: Floats
    ways: tuple[Way, ...]
    segments: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class Expected:
    """Some customers, contacted by a channel or, where that is None, left alone.

    `alone` and `contacted` are their purchases within 90 days, `added` the difference, in money
    `margin_cents`. All of it None where nobody is contacted.
    """

    group: Group
    channel: str | None
    customers: int
    alone: Gain
    contacted: Gain | None = None
    added: Gain | None = None
    margin_cents: Gain | None = None
    cost_cents: int | None = None
    opt_outs: float | None = None
    complaints: float | None = None
    origin: Origin | None = None

    @property
    def net_cents(self) -> Gain | None:
        """What the contacts bring less what they cost."""
        if self.margin_cents is None or self.cost_cents is None:
            return None
        brings = self.margin_cents
        return Gain(*(x - self.cost_cents for x in (brings.value, brings.low, brings.high)))


@dataclass(frozen=True, slots=True)
class Segment:
    """Eligible customers of one group of a dimension, "" of those for whom it is not known.

    `allowed` may be contacted by some channel, `listed` would be on the day's lists; `alone` are
    the purchases of the eligible if they are left alone.
    """

    dimension: str
    name: str
    customers: int
    allowed: int
    listed: int
    alone: Gain

    @property
    def share(self) -> float:
        """The share of its customers who would buy."""
        return self.alone.value / self.customers


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What an offer would meet with: the funnel, groups of customers, segments, the windows.

    `unscored` are eligible customers of whom no score says anything; they count as none who buys.
    """

    funnel: Funnel
    expected: tuple[Expected, ...]
    segments: tuple[Segment, ...]
    windows: tuple[Window, ...]
    trust: Trust
    unscored: int


def acceptance(
    audience: Audience, windows: Mapping[str, Sequence[Window]], family: str, funnel: Funnel
) -> Acceptance:
    """What an offer of a family would meet with; `windows` are those of each family."""
    checked = tuple(windows.get(family, ()))
    trust = trust_of(checked, together(windows.values()))
    chance = np.minimum(np.nan_to_num(audience.chance) * trust.ratio, 1.0)
    found = [
        Expected("eligible", None, *_alone(audience.eligible, chance, trust)),
        *(_contacted("allowed", way, way.allowed, chance, trust) for way in audience.ways),
        *(
            _contacted("listed", way, way.listed, chance, trust)
            for way in audience.ways
            if way.listed.any()
        ),
    ]
    unscored = int((audience.eligible & np.isnan(audience.chance)).sum())
    segments = tuple(_segments(audience, chance, trust))
    return Acceptance(funnel, tuple(found), segments, checked, trust, unscored)


def _alone(rows: Flags, chance: Floats, trust: Trust) -> tuple[int, Gain]:
    """How many customers, and their purchases if they are left alone."""
    value = float(chance[rows].sum())
    half = _half(chance[rows], value, trust)
    return int(rows.sum()), Gain(value, max(0.0, value - half), value + half)


def _contacted(group: Group, way: Way, rows: Flags, chance: Floats, trust: Trust) -> Expected:
    customers, alone = _alone(rows, chance, trust)
    effect = way.effect * (1.0 if way.origin == "learned" else trust.ratio)
    likely = np.clip(chance + effect, 0.0, 1.0)[rows]
    change = float((likely - chance[rows]).sum())
    added = Gain(change, min(0.0, 2 * change), max(0.0, 2 * change))
    half = _half(likely, alone.value, trust)
    return Expected(
        *(group, way.channel, customers, alone),
        contacted=Gain(
            alone.value + change,
            max(0.0, alone.value + added.low - half),
            alone.value + added.high + half,
        ),
        added=added,
        margin_cents=Gain(
            *(way.margin_cents * each for each in (added.value, added.low, added.high))
        ),
        cost_cents=round(way.cost_cents * customers),
        opt_outs=float(way.opt_out[rows].sum()),
        complaints=float(way.complaint[rows].sum()),
        origin=way.origin,
    )


def _half(chance: Floats, model: float, trust: Trust) -> float:
    """Half an interval of 95 %: who happens to buy, and how far off a model's sum may be."""
    luck = trust.common * float((chance * (1 - chance)).sum())
    return float(np.hypot(Z95 * np.sqrt(luck), trust.limit * model * trust.doubt))


def _segments(audience: Audience, chance: Floats, trust: Trust) -> Iterable[Segment]:
    allowed, listed = (
        np.any([getattr(way, name) for way in audience.ways], axis=0)
        for name in ("allowed", "listed")
    )
    for dimension, names in audience.segments.items():
        for name in np.unique(names[audience.eligible]):
            rows = audience.eligible & (names == name)
            customers, alone = _alone(rows, chance, trust)
            counts = int((rows & allowed).sum()), int((rows & listed).sum())
            yield Segment(dimension, str(name), customers, *counts, alone)
