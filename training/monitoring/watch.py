"""Whether models still hold: how their scores lie now, how they turned out, and what to do.

Scores are compared with the first that the model gave of a date that it had not learned from.
Outcomes come late: a date is judged once its horizon has passed, and until then only its scores are
seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.feature import Catalog
from goodcall.language import Text
from models.card import Card, Estimate
from models.matrix import keys_of
from training.evaluation.evaluate import evaluate
from training.monitoring.drift import CHANGED, most_drifted, parts_of, shift_of

FEWEST_POSITIVES = 20
_TOLERATED_ECE = 0.02
_FEATURES_NAMED = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How scores of one date turned out: figures by name, as `evaluate` gives them."""

    rows: int
    positives: int
    expected: float
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Seen:
    """One label's scores on one date, against the first that the model gave.

    `psi` is their population stability index and `noise` what two samples of one population stay
    below in 999 of 1000 cases; `distance` is that of Kolmogorov and Smirnov. `outcome` is None
    until the date's outcomes are known.
    """

    label: str
    as_of: date
    rows: int
    mean: float
    psi: float
    noise: float
    distance: float
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that no longer holds, and what to do about it."""

    label: str
    as_of: date
    what: Text
    remedy: Text


def seen_on(
    label: str,
    scores: pa.Table,
    reference: NDArray[np.float64],
    known: pa.Table | None,
    seed: int,
) -> Seen:
    """How one date's scores of a label lie and, where `known` tells outcomes, how they turned out.

    `scores` has customer_id, as_of and a column of the label; `reference` holds the first
    probabilities that the model gave; `known` has customer_id, as_of and y.
    """
    now = scores[label].to_numpy()
    parts = parts_of(reference)
    shift = shift_of(parts.counts(reference), parts.counts(now))
    return Seen(
        label=label,
        as_of=scores["as_of"][0].as_py(),
        rows=len(now),
        mean=float(now.mean()),
        psi=shift.index if shift else 0.0,
        noise=shift.noise if shift else 0.0,
        distance=_distance(reference, now),
        outcome=_outcome(label, scores, known, seed) if known is not None else None,
    )


def alerts_of(card: Card, seen: Sequence[Seen], drifts: pa.Table, catalog: Catalog) -> list[Alert]:
    """What is wrong with a model on the dates seen, the latest date of each fault only.

    `drifts` is what `drift` gives of the features; of those that changed, the ones that the model
    reads are named where scores have moved.
    """
    found: dict[tuple[str, str], Alert] = {}
    for each in sorted(seen, key=lambda one: one.as_of):
        for fault, alert in _faults(card, each, drifts, catalog):
            found[each.label, fault] = alert
    return list(found.values())


def _faults(
    card: Card, seen: Seen, drifts: pa.Table, catalog: Catalog
) -> Iterable[tuple[str, Alert]]:
    if seen.psi > CHANGED and seen.psi > seen.noise:
        yield "scores", _moved(card, seen, drifts, catalog)
    if seen.outcome is None or seen.outcome.positives < FEWEST_POSITIVES:
        return
    now, then = seen.outcome.figures, card.metrics
    if "auc" in then and now["auc"].high < then["auc"].low:
        yield (
            "auc",
            _alert(
                seen,
                Text(
                    f"ranks worse than when it was tested: AUC {_said(now['auc'])}, "
                    f"then {_said(then['auc'])}",
                    f"排序能力低于评估时:AUC {_said(now['auc'])},评估时{_said(then['auc'])}",
                ),
                _RETRAIN,
            ),
        )
    slope = now["slope"]
    if now["ece"].value > _TOLERATED_ECE and not slope.low <= 1 <= slope.high:
        yield (
            "slope",
            _alert(
                seen,
                Text(
                    f"probabilities are too {'extreme' if slope.high < 1 else 'timid'}: "
                    f"calibration slope {_said(slope)}, error {now['ece'].value:.3f}",
                    f"概率{'过于极端' if slope.high < 1 else '过于保守'}:"
                    f"校准斜率{_said(slope)},误差{now['ece'].value:.3f}",
                ),
                _RETRAIN,
            ),
        )
    rate = seen.outcome.positives / seen.outcome.rows
    half = 1.96 * (rate * (1 - rate) / seen.outcome.rows) ** 0.5
    if abs(seen.outcome.expected - rate) > max(half, _TOLERATED_ECE):
        yield (
            "level",
            _alert(
                seen,
                Text(
                    f"came true for {rate:.1%} where {seen.outcome.expected:.1%} were expected",
                    f"实际发生{rate:.1%},预期{seen.outcome.expected:.1%}",
                ),
                _RETRAIN,
            ),
        )


_RETRAIN = Text(
    "train again with `goodcall train` and let `goodcall models promote` judge the challenger; "
    "until then lists rest on these scores",
    "请运行 goodcall train 重新训练,并由 goodcall models promote 审核挑战者;此前名单仍依据现有评分",
)


def _moved(card: Card, seen: Seen, drifts: pa.Table, catalog: Catalog) -> Alert:
    """The scores have moved, with the features that may be why and who answers for them."""
    own = set(card.features)
    changed = [
        row["feature"]
        for row in most_drifted(drifts).to_pylist()
        if row["feature"] in own and row["psi"] > CHANGED and row["psi"] > row["noise"]
    ][:_FEATURES_NAMED]
    tables = sorted({catalog.get(name).table.name for name in changed})
    what = Text(
        f"scores lie elsewhere than its first: stability index {seen.psi:.2f}",
        f"评分分布已偏离启用之初:稳定性指标{seen.psi:.2f}",
    )
    if not changed:
        return _alert(seen, what, _RETRAIN)
    return _alert(
        seen,
        what,
        Text(
            f"changed most: {', '.join(changed)}; check the tables {', '.join(tables)} with "
            "`goodcall bank quality`, and train again where the change is real",
            f"变化最大的特征:{'、'.join(changed)};请用 goodcall bank quality 检查表"
            f"{'、'.join(tables)},若变化属实则重新训练",
        ),
    )


def _outcome(label: str, scores: pa.Table, known: pa.Table, seed: int) -> Outcome | None:
    both = known.join(
        scores.select(["customer_id", "as_of", label]),
        ["customer_id", "as_of"],
        join_type="inner",
    ).sort_by("customer_id")
    if not both.num_rows:
        return None
    y, probability = both["y"].to_numpy(), both[label].to_numpy()
    customers, _ = keys_of(both)
    figures = {}
    if 0 < y.sum() < len(y):
        figures = evaluate(y, probability, customers, np.random.default_rng(seed))
    return Outcome(len(y), int(y.sum()), float(probability.mean()), figures)


def _distance(before: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """The greatest distance between two empirical distributions (Kolmogorov and Smirnov)."""
    from scipy.stats import ks_2samp  # noqa: PLC0415 - SciPy's statistics load slowly

    return float(ks_2samp(before, now, method="asymp").statistic)


def _alert(seen: Seen, what: Text, remedy: Text) -> Alert:
    return Alert(seen.label, seen.as_of, what, remedy)


def _said(figure: Estimate) -> str:
    if isnan(figure.low):
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
