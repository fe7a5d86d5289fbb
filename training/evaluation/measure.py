"""Cards: the figures of rows that did not teach, how they were measured, and their limits."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goodcall.language import Text
from models.booster import Fold
from models.calibration import sigmoid
from models.card import Card, Estimate
from training.baseline import rule_baseline
from training.dataset import TrainingSet
from training.evaluation.evaluate import (
    Use,
    auc_difference,
    evaluate,
    lift_difference,
    list_words,
)
from training.split import FOLDS

FEWEST_POSITIVES = 50
_FEW_POSITIVES = 200
_CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Unseen:
    """Rows of a training set with the log-odds of a booster and of the plain baseline, neither of
    which learned from them.
    """  # noqa: D205 - one sentence

    rows: NDArray[np.int64]
    log_odds: NDArray[np.float64]
    baseline: NDArray[np.float64]

    @classmethod
    def none(cls) -> Self:
        """No rows at all."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0))


def draft_card(data: TrainingSet, now: datetime) -> Card:
    """A card of what is learned from, with nothing measured yet."""
    return Card(
        label=data.definition.name,
        labels=(data.definition.name,),
        unit="probability",
        meaning=data.definition.meaning,
        kind="blend",
        features=data.features,
        fingerprint=data.fingerprint,
        trained_as_of=_dates(data.as_of),
        tested_as_of=(),
        rows=len(data.y),
        positives=data.positives,
        measured=Text("not measured", "未评估"),
        metrics={},
        baseline={},
        over_baseline=None,
        excluded=data.excluded,
        limits=(),
        params={},
        created=now,
    )


def base_rate_card(data: TrainingSet, now: datetime) -> Card:
    """The card of a model that gives everyone the base rate."""
    few = Text(
        f"only {data.positives} positives, fewer than {FEWEST_POSITIVES}: a base rate, without "
        "ranking or reasons",
        f"正样本仅{data.positives}个,少于{FEWEST_POSITIVES}个:只给出基准概率,无排序与原因",
    )
    return replace(draft_card(data, now), kind="base_rate", limits=(few,))


def measured_card(
    data: TrainingSet, tested: Unseen, now: datetime, seed: int, measured: Text, *, use: Use
) -> Card:
    """A card with the figures of the tested rows, and those of the rule of thumb where it applies.

    `auc_rule`, `lift_10_rule` and `precision_at_capacity_rule` are the rule's, `auc_over_rule` and
    `lift_10_over_rule` by how much the model is above it.
    """
    y, customers = data.y[tested.rows], data.customer_id[tested.rows]
    ours, theirs = sigmoid(tested.log_odds), sigmoid(tested.baseline)
    # One seed for all, so that the same customers are drawn each time.
    drawn = [np.random.default_rng(seed) for _ in range(3)]
    days = data.as_of[tested.rows]
    metrics = evaluate(y, ours, customers, drawn[0], as_of=days, use=use)
    return replace(
        draft_card(data, now),
        tested_as_of=_dates(days),
        measured=with_lists(measured, days, use),
        metrics={**metrics, **_beside_rule(data, tested, seed, use)},
        baseline=evaluate(y, theirs, customers, drawn[1], as_of=days, use=use),
        over_baseline=auc_difference(y, ours, theirs, customers, drawn[2]),
        limits=_limits(data, int(y.sum()), chance=metrics["auc"].low <= _CHANCE),
    )


def with_lists(measured: Text, as_of: NDArray[np.datetime64], use: Use) -> Text:
    """How it was measured, and how long the lists were."""
    lists = list_words(as_of, use)
    return Text(f"{measured.en}; {lists.en}", f"{measured.zh};{lists.zh}")


def ranks(card: Card) -> bool:
    """Whether unseen rows show that a model ranks better than chance."""
    return card.metrics["auc"].low > _CHANCE


def forward_words(data: TrainingSet, fold: Fold) -> Text:
    """How a split by date measures."""
    teach, test = (_dates(data.as_of[rows]) for rows in fold)
    horizon, tested = data.definition.horizon.words(), span_words(test[0], test[-1])
    return Text(
        f"out of time: learned from {len(teach)} dates up to {teach[-1]}, tested on {tested.en}, "
        f"embargo {horizon.en}; the same customers stand on both sides",
        f"时间外评估:学习截至{teach[-1]}的{len(teach)}个日期,测试{tested.zh},"
        f"间隔{horizon.zh};两侧可含相同客户",
    )


def span_words(first: object, last: object) -> Text:
    """Dates from the first to the last, or the one date that they are.

    >>> span_words("2026-01-01", "2026-01-01").en
    '2026-01-01'
    """
    if first == last:
        return Text(str(first), str(first))
    return Text(f"{first} to {last}", f"{first}至{last}")


def cross_fitted_words(repeats: int) -> Text:
    """How cross-fitting measures."""
    return Text(
        f"cross-fitted over customers, {FOLDS} folds, {repeats} time{'s' * (repeats > 1)}: too few "
        "dates or positives for a test out of time, which figures of the future may fall short of",
        f"按客户交叉拟合,{FOLDS}折,重复{repeats}次:日期或正样本不足,无法做时间外评估,"
        "未来表现可能更低",
    )


def tested_table(data: TrainingSet, tested: Unseen) -> pa.Table:
    """The tested rows: customer_id, as_of, y, probability, and what the yardsticks say.

    `baseline` is the logistic regression's probability; `rule` is 1 where the rule of thumb warns,
    else 0, and null where it does not apply.
    """
    rule = rule_baseline(data)
    nothing = pa.nulls(len(tested.rows), pa.float64())
    return pa.table(
        {
            "customer_id": data.customer_id[tested.rows],
            "as_of": pa.array(data.as_of[tested.rows]),
            "y": data.y[tested.rows],
            "probability": sigmoid(tested.log_odds),
            "baseline": sigmoid(tested.baseline),
            "rule": nothing if rule is None else pa.array(rule[tested.rows]),
        }
    )


def _beside_rule(data: TrainingSet, tested: Unseen, seed: int, use: Use) -> dict[str, Estimate]:
    """The rule's figures and the model's gain over it, over the same draws of customers."""
    said = rule_baseline(data)
    if said is None:
        return {}
    rows = tested.rows
    y, customers, theirs = data.y[rows], data.customer_id[rows], said[rows]
    drawn = [np.random.default_rng(seed) for _ in range(3)]
    told = evaluate(y, theirs, customers, drawn[0], as_of=data.as_of[rows], use=use)
    ours = sigmoid(tested.log_odds)
    return {
        **{f"{name}_rule": told[name] for name in ("auc", "lift_10", "precision_at_capacity")},
        "auc_over_rule": auc_difference(y, ours, theirs, customers, drawn[1]),
        "lift_10_over_rule": lift_difference(y, ours, theirs, customers, drawn[2]),
    }


def _limits(data: TrainingSet, positives: int, *, chance: bool) -> tuple[Text, ...]:
    limits = []
    if chance:
        limits.append(
            Text(
                "no better than chance as far as shown: a base rate, without ranking or reasons",
                "未显示优于随机排序:只给出基准概率,无排序与原因",
            )
        )
    if positives < _FEW_POSITIVES:
        limits.append(
            Text(
                f"measured on {positives} positives: the intervals are wide",
                f"评估仅含{positives}个正样本,区间较宽",
            )
        )
    if data.absent:
        names = ", ".join(data.absent)
        limits.append(Text(f"the bank has no data for: {names}", f"本行无以下数据:{names}"))
    return tuple(limits)


def _dates(as_of: NDArray[np.datetime64]) -> tuple[date, ...]:
    return tuple(np.unique(as_of).tolist())
