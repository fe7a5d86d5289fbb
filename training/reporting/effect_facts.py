"""The Qini curves of a model of effects: whom it would contact first, and what that gained."""

from dataclasses import dataclass

import numpy as np

from training.effects.uplift import Floats, Trial, qini_curve
from training.gates.evidence import Evidence

_STEPS = 100
_DRAWS = 200
_SEED = 1
_KEYS = ("customer_id", "as_of", "label")


@dataclass(frozen=True, slots=True, eq=False)
class EffectFacts:
    """Gains by the share of the lot's rows reached, best first, for each 1,000 rows.

    `curves` are of the learned effect and of the chance times the average (`response`); `low` and
    `high` hold the middle 95 % of orders drawn at random. Effects of several tests of a row count
    by their mean.
    """

    shares: Floats
    curves: dict[str, Floats]
    low: Floats
    high: Floats


def effect_facts(evidence: Evidence) -> EffectFacts:
    """What the tested rows of a model of effects come to; equal evidence gives equal facts."""
    rows = evidence.tested.group_by(_KEYS).aggregate(
        [(name, "max") for name in ("y", "treated")]
        + [(name, "mean") for name in ("chance", "effect", "response")]
    )
    rows = rows.sort_by([(key, "ascending") for key in _KEYS])
    sign = 1 if evidence.card.params["wanted"] else -1
    y = rows["y_max"].to_numpy()
    trial = Trial(
        (y if sign > 0 else 1 - y).astype(np.int8),
        rows["treated_max"].to_numpy(zero_copy_only=False),
        rows["chance_mean"].to_numpy(),
        rows["customer_id"].to_numpy(),
    )
    shares, rng = np.linspace(0, 1, _STEPS + 1), np.random.default_rng(_SEED)
    scores = {name: sign * rows[f"{name}_mean"].to_numpy() for name in ("effect", "response")}
    drawn = [_gains(trial, rng.permutation(len(y)).astype(float), shares) for _ in range(_DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    curves = {name: _gains(trial, score, shares) for name, score in scores.items()}
    return EffectFacts(shares, curves, low, high)


def _gains(trial: Trial, score: Floats, shares: Floats) -> Floats:
    """The Qini curve at some shares of the rows, for each 1,000 rows."""
    curve = qini_curve(trial, score)
    per_row = 1_000 * curve.gained / len(score)
    return np.asarray(np.interp(shares, curve.reached / curve.reached[-1], per_row))
