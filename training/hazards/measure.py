"""What a model of when something happens shows on rows that did not teach it, on its card."""

from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goodcall.language import Text
from models.base_rate import BaseRate
from models.calibration import sigmoid
from models.card import Card, Estimate
from models.model import Model, sealed_model
from training.evaluation.evaluate import Use, evaluate
from training.evaluation.measure import Unseen, measured_card, span_words, tested_table
from training.evaluation.survival import concordance
from training.hazards.rows import EventSet, life_table


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was said of rows by what did not learn from them.

    `rows` are places in an EventSet in ascending order, `raw` the log-odds [rows, labels] of each
    label's horizon, and `baseline` those of the plain baseline for the main horizon.
    """

    rows: NDArray[np.int64]
    raw: NDArray[np.float64]
    baseline: NDArray[np.float64]


def hazard_card(
    events: EventSet, told: Forecast, now: datetime, seed: int, measured: Text, *, use: Use
) -> tuple[Card, pa.Table]:
    """A card with the figures of the rows told of, and those rows with their probabilities.

    The plain names are of the main horizon; `auc_30d` and `ece_30d` name another's. Each horizon
    is judged on the rows watched for so long; `c_index` on all of them, by the longest horizon.
    """
    tested = events.take(told.rows)
    data, place = tested.by(tested.main), tested.horizons.index(tested.main)
    watched = tested.observed >= tested.main
    unseen = Unseen(np.arange(len(data.y)), told.raw[watched, place], told.baseline[watched])
    card = measured_card(data, unseen, now, seed, measured, use=use)
    figures = dict(card.metrics)
    for number, horizon in enumerate(events.horizons):
        if horizon != events.main:
            figures |= _at(tested, told.raw[:, number], horizon, seed)
    figures["c_index"] = _c_index(tested, told.raw[:, int(np.argmax(events.horizons))], seed)
    return _of_hazard(events, replace(card, metrics=figures)), tested_table(data, unseen)


def plain_rates(events: EventSet, card: Card) -> Model:
    """A model that gives everyone each horizon's share, with the card's figures and limits."""
    shares = life_table(events)[np.array(events.horizons) - 1]
    return sealed_model(
        replace(_of_hazard(events, card), kind="base_rate"),
        BaseRate(tuple(float(share) for share in shares)),
    )


def forward_hazard_words(events: EventSet, first: date, last: date) -> Text:
    """How a split by date measures a model of when something happens."""
    span, tested = events.data.definition.horizon.words(), span_words(first, last)
    return Text(
        f"out of time: learned from what had happened by {first}, dates whose {span.en} had not "
        f"ended then as far as they were watched; tested on {tested.en}; the same customers "
        "stand on both sides",
        f"时间外评估:仅学习截至{first}已发生的情况,{span.zh}未满的日期只计已观察部分;"
        f"测试{tested.zh};两侧可含相同客户",
    )


def _at(tested: EventSet, raw: NDArray[np.float64], horizon: int, seed: int) -> dict[str, Estimate]:
    """AUC and calibration error at a horizon, where there are rows of both outcomes."""
    data, watched = tested.by(horizon), tested.observed >= horizon
    if not 0 < data.positives < len(data.y):
        return {}
    rng = np.random.default_rng(seed)
    found = evaluate(data.y, sigmoid(raw[watched]), data.customer_id, rng)
    days = horizon * tested.period_days
    return {f"auc_{days}d": found["auc"], f"ece_{days}d": found["ece"]}


def _c_index(tested: EventSet, raw: NDArray[np.float64], seed: int) -> Estimate:
    happened = tested.period > 0
    time = np.where(happened, tested.period, tested.observed).astype(np.int64)
    rng = np.random.default_rng(seed)
    return concordance(time, happened, raw, tested.data.customer_id, rng)


def _of_hazard(events: EventSet, card: Card) -> Card:
    """The card of all rows and labels, where it spoke of the main horizon's."""
    days: list[date] = np.unique(events.data.as_of).tolist()
    return replace(
        card,
        label=events.data.definition.name,
        labels=events.labels,
        kind="hazard",
        trained_as_of=tuple(days),
        rows=len(events.period),
        positives=events.data.positives,
    )
