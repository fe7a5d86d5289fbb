"""How policies did, paired by world and seed: figures, differences, shares, verdicts.

Under one seed every policy meets the same customers with the same luck, so policies are compared
seed by seed. Intervals are Student's over seeds, at 95 %; of a ratio of sums over seeds it is that
of its residuals (the delta method), so that a seed whose denominator is near zero counts little.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from cli.loop.comparison import OWN_NUMBER, Outcome
from cli.loop.own import Own
from cli.loop.players import CEILING, NOTHING, ORACLE, SHIPPED
from cli.loop.worth import Result
from outreach.replay import Gain

# A figure with its interval, alone where there is one seed, None where it cannot be told.
Told = Gain | float | None
Verdict = Literal["ahead", "behind", "not_shown", "one_seed"]
ZeroVerdict = Literal["kept", "gain", "harm", "one_seed"]

# Who sees what no bank sees.
UNREAL = (ORACLE, CEILING)
_PER = 1000
_SURE = 0.975

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """Something about a run: `of` it, for each of `per` (customers unless said)."""

    of: Callable[[Result], float]
    per: Callable[[Result], float] = lambda result: result.customers


FIGURES: Mapping[str, Figure] = {
    "purchases": Figure(lambda result: result.purchases),
    "churn": Figure(lambda result: result.left),
    "net_value": Figure(lambda result: _PER * result.net_value_cents),
    "expected_value": Figure(lambda result: _PER * result.expected_value_cents),
    "contacts": Figure(lambda result: _PER * result.contacts),
    "opt_outs": Figure(lambda result: _PER * result.opt_outs),
    "complaints": Figure(lambda result: _PER * result.complaints),
    "cost": Figure(lambda result: _PER * result.cost_cents),
    "contacts_per_sale": Figure(lambda result: result.contacts, lambda result: result.caused),
}


# What is held against doing nothing where contacts change nothing, and whether more of it is worse.
ZERO_FIGURES: Mapping[str, bool] = {
    "purchases": False,
    "churn": True,
    "expected_value": False,
    "net_value": False,
    "opt_outs": True,
    "complaints": True,
}


@dataclass(frozen=True, slots=True)
class Zero:
    """What is told of goodcall in a world where contacts change nothing.

    `harms` are the figures that are shown to be worse than without contacts, and the verdict is
    `harm` where there are any. A `gain` in any figure cannot be, by equal luck: then the
    measurement is at fault. `kept` is neither.
    """

    verdict: ZeroVerdict
    harms: tuple[str, ...] = ()


class Judge:
    """The runs of a comparison, by world, policy and whether contacts were equal."""

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self._runs: dict[tuple[str, str, bool], dict[int, Result]] = {}
        self._own: dict[tuple[str, str, bool], list[Own | None]] = {}
        for each in outcomes:
            run = each.run
            place = run.world, run.policy, run.equal
            self._runs.setdefault(place, {})[run.seed] = each.result
            self._own.setdefault(place, []).append(each.own)

    @property
    def worlds(self) -> tuple[str, ...]:
        """The worlds that have runs, in the order of the outcomes."""
        return tuple(dict.fromkeys(world for world, _, _ in self._runs))

    @property
    def modes(self) -> tuple[bool, ...]:
        """Whether there are runs at capacity (False), and at equal contacts (True)."""
        limited = {equal for _, policy, equal in self._runs if policy not in OWN_NUMBER}
        return tuple(sorted(limited)) or (False,)

    def policies(self, world: str, *, equal: bool) -> tuple[str, ...]:
        """The policies that ran in a world; who has no run at equal contacts is in both."""
        names = dict.fromkeys(policy for place, policy, _ in self._runs if place == world)
        return tuple(name for name in names if self._of(world, name, equal=equal))

    def seeds(self, world: str, *policies: str, equal: bool) -> tuple[int, ...]:
        """The seeds under which all of some policies ran in a world."""
        found = [set(self._of(world, policy, equal=equal)) for policy in policies]
        return tuple(sorted(set.intersection(*found)))

    def level(self, world: str, policy: str, name: str, *, equal: bool) -> Told:
        """A figure of a policy in a world."""
        runs = self._of(world, policy, equal=equal)
        figure = FIGURES[name]
        results = [runs[seed] for seed in sorted(runs)]
        return ratio([figure.of(each) for each in results], [figure.per(each) for each in results])

    def above(self, world: str, policy: str, other: str, name: str, *, equal: bool) -> Told:
        """By how much a policy's figure is above another's."""
        mine, theirs = self._paired(world, policy, other, name, equal=equal)
        return mean(mine - theirs)

    def relative(self, world: str, policy: str, other: str, name: str, *, equal: bool) -> Told:
        """By which share of another's a policy's figure is above it."""
        mine, theirs = self._paired(world, policy, other, name, equal=equal)
        return ratio(mine - theirs, theirs)

    def reached(self, world: str, policy: str, best: str, *, equal: bool) -> Told:
        """Which share of the expected value of `best` a policy has.

        None where `best` is not shown to have any.
        """
        mine, theirs = self._paired(world, policy, best, "expected_value", equal=equal)
        over = mean(theirs)
        return None if over is None or low_of(over) <= 0 else ratio(mine, theirs)

    def verdict(
        self,
        world: str,
        other: str,
        *,
        equal: bool,
        by: str = "expected_value",
        policy: str = SHIPPED,
    ) -> Verdict | None:
        """Whether a policy is worth more than another, `by` a value; None without runs."""
        told = self.above(world, policy, other, by, equal=equal)
        if told is None:
            return None
        if not isinstance(told, Gain):
            return "one_seed"
        if not told.shown:
            return "not_shown"
        return "ahead" if told.low > 0 else "behind"

    def zero(self, world: str) -> Zero | None:
        """What is told of goodcall in a world where contacts change nothing; None without runs."""
        if not self.seeds(world, SHIPPED, NOTHING, equal=False):
            return None
        told = {
            name: self.above(world, SHIPPED, NOTHING, name, equal=False) for name in ZERO_FIGURES
        }
        shown = {name: each for name, each in told.items() if isinstance(each, Gain)}
        if not shown:
            return Zero("one_seed")
        shown = {name: each for name, each in shown.items() if each.shown}
        harms = tuple(
            name for name, each in shown.items() if (each.value > 0) == ZERO_FIGURES[name]
        )
        if harms:
            return Zero("harm", harms)
        return Zero("gain" if shown else "kept")

    def own(self, world: str, policy: str, *, equal: bool) -> Sequence[Own | None]:
        """What the policy's own instruments said in each run; None where that was not kept."""
        own = equal and policy not in OWN_NUMBER
        return self._own.get((world, policy, own), [])

    def _of(self, world: str, policy: str, *, equal: bool) -> Mapping[int, Result]:
        own = equal and policy not in OWN_NUMBER
        return self._runs.get((world, policy, own), {})

    def _paired(
        self, world: str, policy: str, other: str, name: str, *, equal: bool
    ) -> tuple[Floats, Floats]:
        seeds = self.seeds(world, policy, other, equal=equal)
        mine, theirs = (
            self._values(world, each, name, seeds, equal=equal) for each in (policy, other)
        )
        return mine, theirs

    def _values(
        self, world: str, policy: str, name: str, seeds: Sequence[int], *, equal: bool
    ) -> Floats:
        runs, figure = self._of(world, policy, equal=equal), FIGURES[name]
        return np.array([figure.of(runs[seed]) / figure.per(runs[seed]) for seed in seeds])


def mean(values: Floats) -> Told:
    """The mean over seeds with its interval; None of no seeds."""
    return _around(float(values.mean()), values - values.mean()) if values.size else None


def ratio(above: Sequence[float] | Floats, below: Sequence[float] | Floats) -> Told:
    """The ratio of two sums over seeds with its interval; None where the lower one is 0."""
    top, bottom = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    if not bottom.sum():
        return None
    value = float(top.sum() / bottom.sum())
    return _around(value, (top - value * bottom) / bottom.mean())


def middle_of(told: Gain | float) -> float:
    """What a figure is, without its interval."""
    return told.value if isinstance(told, Gain) else told


def low_of(told: Gain | float) -> float:
    """The least that a figure may be; of one seed the figure itself."""
    return told.low if isinstance(told, Gain) else told


def _around(value: float, residuals: Floats) -> Gain | float:
    count = residuals.size
    if count == 1:
        return value
    error = float(np.sqrt((residuals**2).sum() / (count - 1) / count))
    half = float(t.ppf(_SURE, count - 1)) * error
    return Gain(value, value - half, value + half)
