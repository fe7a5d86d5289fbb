"""What a contact changes, learned from a lot, measured on rows unseen, and used only when proved.

Small effects drown in noise: a learner always ranks somebody first. So a learned effect is used
only where its Qini on unseen rows lies above what random scores reach, and where it ranks better
than what would stand in its place: the customer's own chance times the average effect.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goodcall.language import Text
from models.booster import Fold
from models.card import Estimate
from models.effect import EffectScorer, Part
from training.effects.average import AverageEffect, average_effects, average_parts
from training.effects.learners import LEARNERS, folds_of, said_of, scorer_of
from training.effects.lot import EffectSet
from training.effects.uplift import (
    Band,
    Scored,
    measure_uplift,
    qini_difference,
    random_band,
)
from training.errors import TrainingError
from training.split import forward_folds

NO_SIGNAL = "no signal"
_DRAWN = 100
_CHANCE = 0.025

Floats = NDArray[np.float64]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EffectSettings:
    """How to learn an effect: which learners compete, and how they are chosen and measured.

    Learners are chosen by `inner` folds within the rows that teach, drawn `draws` times; the first
    is what another must beat. Where
    there are too few dates for a test out of time, the measure is `repeats` x `folds`-fold.
    """

    seed: int
    learners: tuple[str, ...] = tuple(LEARNERS)
    inner: int = 3
    draws: int = 2
    folds: int = 2
    repeats: int = 4


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a learned effect proved itself on unseen rows.

    `learned` and `response` are Qini coefficients: of the learned effect, and of the chance times
    the average effect. `random` is what random scores reach.
    """

    learned: Estimate
    response: Estimate
    over_response: Estimate
    random: Band

    @property
    def above_random(self) -> bool:
        """Whether the learned effect ranks better than random scores do."""
        return self.learned.value > self.random.high

    @property
    def above_response(self) -> bool:
        """Whether it ranks better than what would stand in its place."""
        return self.over_response.low > 0

    @property
    def opens(self) -> bool:
        """Whether there is a signal: both must hold."""
        return self.above_random and self.above_response


@dataclass(frozen=True, slots=True, eq=False)
class EffectLearned:
    """The scorer of a set's labels, how it came to be, and what unseen rows say of it.

    `learner` is NO_SIGNAL where the gate stayed shut: the effect is then the chance times the
    average. `metrics` are of the learned effect either way. `chosen` names each test's learner.
    `tested` has customer_id, as_of, label, test, treated, chance (the lot's, of being drawn for the
    contact), y, effect, response and used (the one of the two that stands), a row a tested one.
    """

    scorer: EffectScorer = field(repr=False)
    labels: tuple[str, ...]
    learner: str
    gate: Gate
    metrics: Mapping[str, Estimate]
    response: Mapping[str, Estimate]
    averages: tuple[AverageEffect, ...]
    chosen: tuple[str, ...]
    measured: Text
    tested: pa.Table = field(repr=False)


def _quiet(_: str) -> None:
    """Say nothing."""


def learn_effect(
    data: EffectSet, settings: EffectSettings, *, progress: Progress = _quiet
) -> EffectLearned:
    """What a lot teaches of a contact's effect, or the average effect where that is all it shows.

    Where there are enough dates the test is out of time, after an embargo of the outcome's horizon;
    else it is cross-fitted over customers. The final effect is learned from all rows.
    """
    _refuse_unknown(settings)
    outer, measured = _tests(data, settings)
    chosen, ours, theirs = [], [], []
    for number, (teach, test) in enumerate(outer):
        progress(f"test {number + 1} of {len(outer)}")
        part, asked = data.of(teach), data.of(test)
        name, parts = choose(part, settings)
        chosen.append(name)
        ours.append(Scored(test, said_of(asked, parts)))
        theirs.append(Scored(test, said_of(asked, _average(part, settings))))
    trial, signed = data.trial(), _signed(data, ours)
    other = _signed(data, theirs)
    metrics = measure_uplift(trial, signed, np.random.default_rng(settings.seed))
    response = measure_uplift(trial, other, np.random.default_rng(settings.seed))
    gate = Gate(
        metrics["qini"],
        response["qini"],
        qini_difference(trial, signed, other, np.random.default_rng(settings.seed)),
        random_band(trial, signed, np.random.default_rng(settings.seed)),
    )
    progress("learn from all rows")
    averages = average_effects(data, np.random.default_rng(settings.seed))
    learner, final = NO_SIGNAL, average_parts(data, averages, settings.seed)
    used = ours if gate.opens else theirs
    if gate.opens:
        learner, final = choose(data, settings)
    return EffectLearned(
        scorer=scorer_of(data, final),
        labels=data.labels,
        learner=learner,
        gate=gate,
        metrics=metrics,
        response=response,
        averages=averages,
        chosen=tuple(chosen),
        measured=measured,
        tested=_tested(data, ours, theirs, used),
    )


def choose(data: EffectSet, settings: EffectSettings) -> tuple[str, tuple[Part, ...]]:
    """The learner that does best by inner folds, and what it makes of all these rows.

    The first learner stands unless another's Qini is shown to be higher, at the 95 % level for all
    comparisons together (Bonferroni): the best of many is often the luckiest.
    """
    first, *others = settings.learners
    name, most = first, 0.0
    if others:
        tests = inner_tests(data, settings)
        reach = NormalDist().inv_cdf(1 - _CHANCE / len(others)) / NormalDist().inv_cdf(1 - _CHANCE)
        for other in others:
            rng = np.random.default_rng(settings.seed)
            lead = qini_difference(
                data.trial(), tests[other], tests[first], rng, repetitions=_DRAWN
            )
            if lead.value > max(most, reach * (lead.high - lead.low) / 2):
                name, most = other, lead.value
    return name, LEARNERS[name](data, settings.seed)


def inner_tests(data: EffectSet, settings: EffectSettings) -> dict[str, list[Scored]]:
    """What each learner says of each inner fold's rows, none of which it saw."""
    tests: dict[str, list[Scored]] = {name: [] for name in settings.learners}
    for draw in range(settings.draws):
        for teach, test in folds_of(data, settings.inner, settings.seed + draw):
            part, asked = data.of(teach), data.of(test)
            for name, found in tests.items():
                said = said_of(asked, LEARNERS[name](part, settings.seed))
                found.append(Scored(test, _hoped(data, said)))
    return tests


def _tests(data: EffectSet, settings: EffectSettings) -> tuple[list[Fold], Text]:
    """The splits by which the effect is measured, and how that is said."""
    forward = next(forward_folds(data.as_of, data.y, data.horizon), None)
    if forward is not None:
        first = data.as_of[forward[1]].min()
        return [forward], Text(
            f"out of time: tested on contacts from {first} on, learned from those before, embargo "
            f"{data.horizon.words().en}",
            f"时间外评估:以{first}起的联系测试,以此前的联系学习,间隔{data.horizon.words().zh}",
        )
    folds = [
        fold
        for repeat in range(settings.repeats)
        for fold in folds_of(data, settings.folds, settings.seed + repeat)
    ]
    return folds, Text(
        f"cross-fitted over customers, {settings.folds} folds, {settings.repeats} times: too few "
        "dates for a test out of time",
        f"按客户交叉拟合,{settings.folds}折,重复{settings.repeats}次:日期不足,无法做时间外评估",
    )


def _average(data: EffectSet, settings: EffectSettings) -> tuple[Part, ...]:
    averages = average_effects(data, np.random.default_rng(settings.seed), repetitions=1)
    return average_parts(data, averages, settings.seed)


def _hoped(data: EffectSet, effect: Floats) -> Floats:
    """Effects turned so that more is better."""
    return effect if data.wanted else -effect


def _signed(data: EffectSet, tests: Sequence[Scored]) -> list[Scored]:
    return [Scored(test.rows, _hoped(data, test.score)) for test in tests]


def _tested(
    data: EffectSet, ours: Sequence[Scored], theirs: Sequence[Scored], used: Sequence[Scored]
) -> pa.Table:
    rows = np.concatenate([test.rows for test in ours])
    return pa.table(
        {
            "customer_id": data.customer_id[rows],
            "as_of": pa.array(data.as_of[rows].astype("datetime64[D]")),
            "label": np.array(data.labels)[data.arm[rows]],
            "test": np.repeat(np.arange(len(ours)), [len(test.rows) for test in ours]),
            "treated": data.treated[rows],
            "chance": data.probability[rows],
            "y": data.y[rows],
            "effect": np.concatenate([test.score for test in ours]),
            "response": np.concatenate([test.score for test in theirs]),
            "used": np.concatenate([test.score for test in used]),
        }
    )


def _refuse_unknown(settings: EffectSettings) -> None:
    unknown = [repr(name) for name in settings.learners if name not in LEARNERS]
    if unknown or not settings.learners:
        raise TrainingError(
            f"learner {', '.join(unknown) or '(none)'} is unknown; name one or more of: "
            f"{', '.join(LEARNERS)}"
        )
