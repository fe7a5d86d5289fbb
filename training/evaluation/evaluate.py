"""How good scores are on rows that did not teach them, each figure with its 95 % interval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodcall.language import Text
from models.card import Estimate
from training.evaluation.bootstrap import (
    REPETITIONS,
    Floats,
    customer_weights,
    estimate,
    estimates,
)
from training.evaluation.profit import Campaign
from training.evaluation.scored import Dated, Scored

METRICS = ("auc", "pr_auc", "log_loss", "brier", "ece", "slope", "intercept", "lift_10")
DATED = ("auc_within", "precision_at_capacity", "recall_at_capacity")
PROFIT = ("profit_cents", "mean_profit_cents")
RANKING = ("auc", "pr_auc", "lift_10", *DATED, *PROFIT)
_TENTH = 0.10


@dataclass(frozen=True, slots=True)
class Use:
    """How scores are used: on lists of `capacity` rows a date, in a retention `campaign`.

    Without a capacity a list is a tenth of a date's rows; without a campaign no profit is told.
    """

    capacity: int | None = None
    campaign: Campaign | None = None


def evaluate(
    y: NDArray[np.int8],
    probability: Floats,
    customer_id: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    as_of: NDArray[np.datetime64] | None = None,
    use: Use | None = None,
    repetitions: int = REPETITIONS,
) -> dict[str, Estimate]:
    """AUC, PR-AUC, log-loss, Brier score, calibration and top-decile lift, as METRICS names them.

    The intervals are percentiles over bootstraps of customers, so that the rows of one customer
    stay together. PR-AUC is average precision; the calibration error `ece` is over ten bins of
    equally many rows, slope and intercept are of the calibration line; the lift is the rate in the
    best tenth over the rate of all, ties shared evenly. With `as_of` the figures of DATED follow:
    the AUC among rows of one date (over all pairs of a positive and a negative of one date), and
    precision and recall of each date's list. With a campaign those of PROFIT follow, in cents.
    """
    use = use or Use()
    scored = Scored(y, probability)
    dated = Dated(y, probability, as_of) if as_of is not None else None
    rows = list_rows(as_of, use.capacity) if as_of is not None else 0.0

    def figures(weight: Floats) -> dict[str, float]:
        found = scored.figures(weight)
        if dated is not None:
            found |= {"auc_within": dated.auc(weight)} | dated.at_capacity(weight, rows)
        if use.campaign is not None:
            found |= scored.profit(weight, use.campaign)
        return found

    draws = [figures(each) for each in customer_weights(customer_id, rng, repetitions)]
    return estimates(figures(np.ones(len(y))), draws)


def lists_of(
    y: NDArray[np.int8],
    scores: Floats,
    customer_id: NDArray[np.int64],
    as_of: NDArray[np.datetime64],
    *,
    seed: int,
    use: Use,
) -> dict[str, Estimate]:
    """Precision and recall of each date's list alone, for scores of any scale."""
    dated, rows = Dated(y, scores, as_of), list_rows(as_of, use.capacity)
    weights = customer_weights(customer_id, np.random.default_rng(seed), REPETITIONS)
    draws = [dated.at_capacity(each, rows) for each in weights]
    return estimates(dated.at_capacity(np.ones(len(y)), rows), draws)


def list_rows(as_of: NDArray[np.datetime64], capacity: int | None) -> float:
    """How many rows a date's list holds: the capacity, else a tenth of a date's mean rows."""
    return float(capacity) if capacity is not None else _TENTH * len(as_of) / len(np.unique(as_of))


def auc_difference(
    y: NDArray[np.int8],
    ours: Floats,
    theirs: Floats,
    customer_id: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    repetitions: int = REPETITIONS,
) -> Estimate:
    """By how much `ours` ranks better than `theirs` on the same rows, drawn in pairs."""
    first, second = Scored(y, ours), Scored(y, theirs)
    return _difference(first.auc, second.auc, customer_id, rng, repetitions)


def lift_difference(
    y: NDArray[np.int8],
    ours: Floats,
    theirs: Floats,
    customer_id: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    repetitions: int = REPETITIONS,
) -> Estimate:
    """By how much the best tenth by `ours` has more lift than by `theirs`, drawn in pairs."""
    first, second = Scored(y, ours), Scored(y, theirs)
    return _difference(first.lift, second.lift, customer_id, rng, repetitions)


def log_loss_difference(
    y: NDArray[np.int8],
    ours: Floats,
    theirs: Floats,
    customer_id: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    repetitions: int = REPETITIONS,
) -> Estimate:
    """By how much the log-loss of `ours` is above that of `theirs`, drawn in pairs."""
    first, second = Scored(y, ours), Scored(y, theirs)
    return _difference(first.log_loss, second.log_loss, customer_id, rng, repetitions)


def list_words(as_of: NDArray[np.datetime64], use: Use) -> Text:
    """How long the lists are of which precision and reach are told."""
    if use.capacity is None:
        return Text("a list is the best tenth of a date's rows", "名单为每个日期得分最高的10%")
    rows, most = use.capacity, round(list_rows(as_of, None) / _TENTH)
    if rows >= most:
        return Text(
            f"a list has room for {rows:,} rows and a date has {most:,}: everyone is on it",
            f"名单容量{rows:,}行,超过每个日期的{most:,}行:所有客户都在名单上",
        )
    return Text(
        f"a list is the best {rows:,} rows of a date, the capacity, out of {most:,}",
        f"名单为每个日期得分最高的{rows:,}行(产能),每日期共{most:,}行",
    )


def describe(metrics: Mapping[str, Estimate]) -> str:
    """Figures with their intervals on one line.

    >>> describe({"auc": Estimate(0.8, 0.75, 0.85)})
    'auc 0.800 [0.750, 0.850]'
    """
    return ", ".join(f"{k} {e.value:.3f} [{e.low:.3f}, {e.high:.3f}]" for k, e in metrics.items())


def _difference(
    ours: Callable[[Floats], float],
    theirs: Callable[[Floats], float],
    customer_id: NDArray[np.int64],
    rng: np.random.Generator,
    repetitions: int,
) -> Estimate:
    draws = [ours(w) - theirs(w) for w in customer_weights(customer_id, rng, repetitions)]
    ones = np.ones(len(customer_id))
    return estimate(ours(ones) - theirs(ones), draws)
