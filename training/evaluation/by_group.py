"""Whether a model treats groups of customers alike: figures by tier, region, age and sex."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from models.card import Estimate
from models.matrix import keys_of
from training.errors import BadGroups
from training.evaluation.bootstrap import REPETITIONS, Floats, customer_weights, estimate
from training.evaluation.evaluate import list_rows
from training.evaluation.groups import GROUPS, UNKNOWN
from training.evaluation.scored import Scored

FIGURES = ("auc", "ece", "selection_rate", "tpr")
ENOUGH_POSITIVES = 30
_A_PAIR = 2
_MOSTLY = 0.95


@dataclass(frozen=True, slots=True)
class Rows:
    """Tested rows: outcome, probability, whether on the date's list, whose, and as of when."""

    y: NDArray[np.int8]
    probability: Floats
    listed: NDArray[np.bool_]
    customer_id: NDArray[np.int64]
    as_of: NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one group; `judged` where it has enough positives to be compared."""

    name: str
    rows: int
    positives: int
    judged: bool
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Attribute:
    """The groups of one attribute, and by how much the judged ones differ at most.

    `chance` is what such differences stay below in 95 of 100 cases when groups of the same sizes
    are drawn by lot: a difference within it is not shown.
    """

    name: str
    groups: tuple[Group, ...]
    differences: Mapping[str, Estimate]
    chance: Mapping[str, float]


def listed_rows(
    y: NDArray[np.int8],
    probability: Floats,
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    capacity: int | None,
) -> Rows:
    """Tested rows with the best `capacity` of each date listed, a tenth where it is not given.

    Of equal scores the lower customer_id is listed, so that equal runs list the same.
    """
    rows = round(list_rows(as_of, capacity))
    listed = np.zeros(len(probability), dtype=bool)
    for day in np.unique(as_of):
        places = np.flatnonzero(as_of == day)
        order = np.lexsort((customer_id[places], -probability[places]))
        listed[places[order[:rows]]] = True
    return Rows(y, probability, listed, customer_id, as_of)


def evaluate_groups(
    rows: Rows,
    groups: pa.Table,
    seed: int,
    *,
    enough: int = ENOUGH_POSITIVES,
    repetitions: int = REPETITIONS,
    lots: int = REPETITIONS,
) -> tuple[Attribute, ...]:
    """AUC, calibration error, selection rate and true-positive rate of every group.

    `groups` has a row a tested one, as `groups_of` gives them. The last two are of the lists. The
    differences are between the groups that are known and have `enough` positives. The figures come
    out of fairlearn's MetricFrame; their intervals are of redrawn customers, which its own, of
    redrawn rows, are not. An attribute of which nothing is known is left out. Intervals take
    `repetitions` draws, and what chance alone can do so many `lots`; without any, neither is told.
    """
    _refuse_others(rows, groups)
    rng = np.random.default_rng(seed)
    draws = _Draws(list(customer_weights(rows.customer_id, rng, repetitions)), lots)
    found = []
    for name in GROUPS:
        values = groups[name].to_numpy(zero_copy_only=False).astype(str)
        if (values != UNKNOWN).any():
            found.append(_attribute(name, values, rows, draws, enough))
    return tuple(found)


def metric_frame(rows: Rows, groups: Mapping[str, NDArray[np.str_]]) -> Any:  # noqa: ANN401 - fairlearn is untyped
    """Fairlearn's MetricFrame of FIGURES over the values of some attributes."""
    # It takes seconds to import, so it is imported when groups are evaluated.
    from fairlearn.metrics import MetricFrame  # noqa: PLC0415

    def of(name: str) -> Callable[..., float]:
        return lambda y, p, listed: _Measured(y, p, listed).figures(np.ones(len(y)))[name]

    return MetricFrame(
        metrics={name: of(name) for name in FIGURES},
        y_true=rows.y,
        y_pred=rows.probability,
        sensitive_features=pd.DataFrame(groups),
        sample_params={name: {"listed": rows.listed} for name in FIGURES},
    )


@dataclass(frozen=True, slots=True)
class _Draws:
    """What every attribute is judged by: weights of redrawn customers, and how many lots of
    groups.
    """  # noqa: D205 - one sentence

    weights: Sequence[Floats]
    lots: int


class _Measured:
    """The rows of one group, whose figures follow from any row weights."""

    def __init__(self, y: Any, probability: Any, listed: Any) -> None:  # noqa: ANN401 - pandas or numpy
        self._y = np.asarray(y, dtype=np.int8)
        self._listed = np.asarray(listed, dtype=np.float64)
        self._scored = Scored(self._y, np.asarray(probability, dtype=np.float64))

    def figures(self, weight: Floats) -> dict[str, float]:
        """Every figure; not-a-number where a group has nobody to tell it by."""
        hits = weight * self._y
        with np.errstate(invalid="ignore"):
            return {
                "auc": self._scored.auc(weight),
                "ece": self._scored.ece(weight),
                "selection_rate": float(weight @ self._listed / weight.sum()),
                "tpr": float(hits @ self._listed / hits.sum()),
            }


def _attribute(
    name: str, values: NDArray[np.str_], rows: Rows, draws: _Draws, enough: int
) -> Attribute:
    names = [str(value) for value in np.unique(values)]
    judged = [each != UNKNOWN and int(rows.y[values == each].sum()) >= enough for each in names]
    by_group = metric_frame(rows, {name: values}).by_group
    drawn = [_drawn(rows, values == each, draws.weights) for each in names]
    groups = tuple(
        Group(
            each,
            int((values == each).sum()),
            int(rows.y[values == each].sum()),
            is_judged,
            {
                figure: estimate(float(by_group.loc[each, figure]), drawn[place][figure])
                for figure in FIGURES
            },
        )
        for place, (each, is_judged) in enumerate(zip(names, judged, strict=True))
    )
    kept = np.isin(values, [group.name for group in groups if group.judged])
    return Attribute(
        name,
        groups,
        _differences(groups, drawn),
        _chance(_only(rows, kept), values[kept], draws.lots),
    )


def _drawn(
    rows: Rows, mine: NDArray[np.bool_], weights: Sequence[Floats]
) -> dict[str, list[float]]:
    """The figures of a group's rows under each draw."""
    part = _only(rows, mine)
    group = _Measured(part.y, part.probability, part.listed)
    told = [group.figures(weight[mine]) for weight in weights]
    return {figure: [each[figure] for each in told] for figure in FIGURES}


def _differences(
    groups: Sequence[Group], draws: Sequence[Mapping[str, list[float]]]
) -> dict[str, Estimate]:
    """The greatest difference between judged groups, a figure each; none with fewer than two."""
    judged = [place for place, group in enumerate(groups) if group.judged]
    if len(judged) < _A_PAIR:
        return {}
    found = {}
    for figure in FIGURES:
        value = np.ptp([groups[place].figures[figure].value for place in judged])
        spread = np.ptp([draws[place][figure] for place in judged], axis=0)
        found[figure] = estimate(float(value), spread.tolist())
    return found


def _chance(rows: Rows, values: NDArray[np.str_], times: int) -> dict[str, float]:
    """What the greatest differences would be between groups drawn by lot among customers."""
    names = np.unique(values)
    if len(names) < _A_PAIR or not times:
        return {}
    rng = np.random.default_rng(len(values))
    _, first, which = np.unique(rows.customer_id, return_index=True, return_inverse=True)
    drawn: dict[str, list[float]] = {figure: [] for figure in FIGURES}
    for _ in range(times):
        lot = rng.permutation(values[first])[which]
        each = [_whole(_only(rows, lot == name)) for name in names]
        for figure in FIGURES:
            told = np.array([group[figure] for group in each])
            drawn[figure].append(float(np.ptp(told[~np.isnan(told)])))
    return {figure: float(np.quantile(told, _MOSTLY)) for figure, told in drawn.items()}


def _whole(rows: Rows) -> dict[str, float]:
    return _Measured(rows.y, rows.probability, rows.listed).figures(np.ones(len(rows.y)))


def _only(rows: Rows, kept: NDArray[np.bool_]) -> Rows:
    return Rows(*(getattr(rows, part)[kept] for part in Rows.__slots__))


def _refuse_others(rows: Rows, groups: pa.Table) -> None:
    customer_id, as_of = keys_of(groups)
    same = len(customer_id) == len(rows.customer_id) and (
        (customer_id == rows.customer_id).all() and (as_of == rows.as_of).all()
    )
    if not same:
        raise BadGroups(
            f"groups have {len(customer_id)} rows, the tested are {len(rows.customer_id)}, or they "
            "stand in another order; make them with groups_of(bank, tested)"
        )
