"""From a bank's lot to a model of what a contact changes, with an honest card.

The features are those as of each contact's own morning; the model answers for every arm of the lot.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.bank import Bank
from features.objections import without
from goodcall.language import Text
from models.card import Card, Estimate
from models.model import sealed_model
from training.dataset import FeatureNames
from training.definitions.definition import ChurnLabel
from training.definitions.effects import EffectLabel
from training.effects.contacts import (
    Source,
    harm_set,
    leaving_set,
    lot_of,
    purchase_set,
)
from training.effects.effect import EffectLearned, EffectSettings, learn_effect
from training.effects.learners import LEARNERS, LINEAR
from training.effects.lot import EffectSet
from training.trained import Progress, Trained, quiet

# Another learner must be shown to beat the first, which few rows cannot show; and at about 20,000
# rows shrunken lines matched or beat boosted learners on public data, in a fraction of the time.
_ROWS_TO_COMPETE, _ROWS_FOR_TREES = 10_000, 50_000
_FEW_OUTCOMES = 200
_LEAVING_DAYS = 30


def train_effect(
    bank: Bank,
    features: pa.Table,
    catalog: FeatureNames,
    definition: EffectLabel,
    *,
    seed: int,
    now: datetime,
    absent: Collection[str] = (),
    but: Collection[int] = (),
    progress: Progress = quiet,
) -> Trained:
    """The model of effects that a bank's lot teaches, all but what the customers `but` did.

    `features` holds a row for every row of `cohort_of` that lot. NotRandomised where the bank
    drew no contacts by lot. Where unseen rows show no signal the model tells each arm's average,
    and its card says so.
    """
    progress("the lot and what came of it")
    source = Source(bank, without(lot_of(bank), but), features, catalog, absent)
    data = effect_set(source, definition)
    settings = EffectSettings(seed, _competing(len(data.y)))
    learned = learn_effect(data, settings, progress=progress)
    card = effect_card(data, learned, definition, now, absent=absent)
    return Trained(sealed_model(card, learned.scorer), definition, learned.tested)


def _competing(rows: int) -> tuple[str, ...]:
    """The learners that compete for so many rows."""
    if rows >= _ROWS_FOR_TREES:
        return tuple(LEARNERS)
    return LINEAR if rows >= _ROWS_TO_COMPETE else LINEAR[:1]


def effect_set(source: Source, definition: EffectLabel) -> EffectSet:
    """The rows of a lot with the outcome that a definition asks for.

    A customer leaves when mean assets of the horizon's last 30 days fall as the churn label says.
    """
    horizon = definition.horizon
    if definition.outcome == "buys":
        return purchase_set(source, horizon)
    if definition.outcome == "leaves":
        days = horizon.count if horizon.unit == "days" else _LEAVING_DAYS * horizon.count
        gap = max(0, days - _LEAVING_DAYS)
        return leaving_set(source, ChurnLabel(gap_days=gap, horizon_days=days))
    return harm_set(source, definition.outcome, horizon)


def effect_card(
    data: EffectSet,
    learned: EffectLearned,
    definition: EffectLabel,
    now: datetime,
    *,
    absent: Collection[str] = (),
) -> Card:
    """What a person must know before trusting a model of effects.

    Its metrics are those of the learned effect on unseen rows, whether it is used or not, and each
    arm's average: how many times likelier a contact makes the outcome, or what it adds. Those of
    `baseline` are of the customer's own chance times the average.
    """
    signal = learned.gate.opens
    return Card(
        label=definition.name,
        labels=data.labels,
        unit="difference",
        meaning=definition.meaning,
        kind="effect",
        features=data.features,
        fingerprint=data.fingerprint,
        trained_as_of=tuple(np.unique(data.as_of).tolist()),
        tested_as_of=tuple(np.unique(learned.tested["as_of"].to_numpy()).tolist()),
        rows=len(data.y),
        positives=int(data.y.sum()),
        measured=learned.measured,
        metrics=_figures(data, learned),
        baseline=learned.response,
        over_baseline=None,
        excluded=data.excluded,
        limits=_limits(data, learned, absent),
        params={
            "learner": learned.learner,
            "tested_learners": ", ".join(dict.fromkeys(learned.chosen)),
            "signal": signal,
            "reasons": signal and not data.additive,
            "wanted": data.wanted,
        },
        created=now,
    )


def _figures(data: EffectSet, learned: EffectLearned) -> Mapping[str, Estimate]:
    random = learned.gate.random
    middle = (random.low + random.high) / 2
    return {
        **learned.metrics,
        "qini_random": Estimate(middle, random.low, random.high),
        "qini_over_response": learned.gate.over_response,
        **{
            f"added:{label}" if data.additive else f"ratio:{label}": (
                average.added if data.additive else average.ratio
            )
            for label, average in zip(data.labels, learned.averages, strict=True)
        },
    }


def _limits(data: EffectSet, learned: EffectLearned, absent: Collection[str]) -> tuple[Text, ...]:
    found = []
    if not learned.gate.opens:
        found.append(_NO_SIGNAL_ADDED if data.additive else _NO_SIGNAL)
    if int(data.y.sum()) < _FEW_OUTCOMES:
        count = int(data.y.sum())
        found.append(
            Text(
                f"learned from {count} outcomes in the lot: averages of single arms lean on arms "
                "alike, and the intervals are wide",
                f"随机联系中仅有{count}个结果:各分组平均值向同类分组收缩,区间较宽",
            )
        )
    if absent:
        names = ", ".join(absent)
        found.append(Text(f"the bank has no data for: {names}", f"本行无以下数据:{names}"))
    return tuple(found)


_NO_SIGNAL = Text(
    "no signal: unseen rows do not show that contacts move some customers more than others in a "
    "way of their own; the effect is the chance times the average effect",
    "无信号:未见数据未显示联系对不同客户有各自不同的影响;效果为概率乘以平均效果",
)
_NO_SIGNAL_ADDED = Text(
    "no signal: unseen rows do not show that contacts move some customers more than others; the "
    "effect is the arm's average, the same for everyone",
    "无信号:未见数据未显示联系对不同客户的影响有差异;效果为该组平均值,对所有人相同",
)
