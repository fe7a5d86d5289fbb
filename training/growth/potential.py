"""From features and the months after to a model that says who will grow, in cents."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.bank import Bank
from goodcall.language import Text
from models.boosted import Boosted
from models.booster import Fold, Params
from models.card import Card, Estimate
from models.held_out import HeldOut, held_out
from models.model import sealed_model
from models.potential import Floats, Growth
from models.potential_grow import (
    best_level,
    fit_growth,
    grow_growth,
    growth_params,
    tweedie_deviance,
)
from training.dataset import FeatureNames
from training.definitions.definition import GrowthLabel
from training.evaluation.bootstrap import REPETITIONS, customer_weights, estimates
from training.evaluation.measure import cross_fitted_words, draft_card, forward_words
from training.growth.rows import GrowthSet, growth_set
from training.labels import future_margin
from training.split import forward_folds, grouped_folds, inner_folds
from training.trained import Trained

Progress = Callable[[str], None]
_TENTH = 10
_LEAST_RATIO = 1e-3


@dataclass(frozen=True, slots=True)
class LearnedGrowth:
    """A growth model and how it was grown."""

    growth: Growth
    params: Params
    rounds: int


def _quiet(_: str) -> None:
    """Say nothing."""


def train_growth(
    bank: Bank,
    features: pa.Table,
    catalog: FeatureNames,
    definition: GrowthLabel,
    *,
    seed: int,
    now: datetime,
    absent: Collection[str] = (),
    progress: Progress = _quiet,
) -> Trained:
    """The model of growth that a features table and the customers' next months teach.

    `absent` names columns for which the bank has no source; `progress` is told each step.
    """
    progress("what was brought")
    told = future_margin(bank, features.select(["customer_id", "as_of"]), definition)
    data = growth_set(features, catalog, told, absent=absent)
    return foretell_growth(data, seed=seed, now=now, progress=progress)


def foretell_growth(
    data: GrowthSet, *, seed: int, now: datetime, progress: Progress = _quiet
) -> Trained:
    """The model of growth that rows and what their customers brought teach.

    Measured on the latest dates after an embargo of the horizon, else by cross-fitting over
    customers, beside everyone's pace times one ratio. Where its Tweedie deviance is not shown to be
    lower than that, everyone grows by the ratio, without reasons. The model's `tested` rows have
    cents, expected_cents, baseline_cents of the one ratio, and pace_cents.
    """
    rows = data.rows
    forward = next(forward_folds(rows.as_of, rows.y, data.definition.horizon), None)
    if forward is not None:
        return _forward(data, forward, now, seed, progress)
    return _cross_fitted(data, now, seed, progress)


def learn_growth(data: GrowthSet, seed: int, params: Params | None = None) -> LearnedGrowth:
    """What these rows teach; the rounds are chosen on folds within them."""
    rows, rng = data.rows, np.random.default_rng(seed)
    customers = len(np.unique(rows.customer_id))
    chosen = params or growth_params(customers, seed, rows_each=len(rows.y) / customers)
    folds = inner_folds(rows.customer_id, rows.as_of, rows.y, data.definition.horizon, rng)
    plain = mean_growth(data)
    before = plain.expected(rows.matrix)
    grown = grow_growth(rows.matrix, data.cents, before, chosen, folds)
    if not grown.rounds:
        return LearnedGrowth(plain, chosen, 0)
    text = fit_growth(
        rows.matrix, data.cents, before, chosen, features=rows.features, rounds=grown.rounds
    )
    return LearnedGrowth(replace(plain, trees=Boosted(text)), chosen, grown.rounds)


def mean_growth(data: GrowthSet) -> Growth:
    """Everyone's base times one ratio: that of the least Tweedie deviance."""
    ratio = best_level(data.cents, data.pace.base(data.rows.matrix))
    return Growth(data.pace, float(np.log(max(ratio, _LEAST_RATIO))), None)


def _forward(data: GrowthSet, fold: Fold, now: datetime, seed: int, progress: Progress) -> Trained:
    early, late = (data.of(rows) for rows in fold)
    progress("learn from the earlier dates")
    learned = learn_growth(early, seed)
    progress("test on the latest dates")
    matrix = late.rows.matrix
    ours, plain = learned.growth.expected(matrix), mean_growth(early).expected(matrix)
    words = forward_words(data.rows, fold)
    card = _card(data, late, (ours, plain), now=now, seed=seed, measured=words)
    progress("learn from all dates")
    # The parameters found on the earlier dates stand: the tested dates never tune.
    return _finished(data, card, _tested(late, ours, plain), seed, params=learned.params)


def _cross_fitted(data: GrowthSet, now: datetime, seed: int, progress: Progress) -> Trained:
    rows = data.rows
    ours, plain = np.zeros(len(rows.y)), np.zeros(len(rows.y))
    shares = np.zeros(rows.matrix.shape)
    folds = grouped_folds(rows.customer_id, rows.y, np.random.default_rng(seed))
    for number, (teach, test) in enumerate(folds):
        progress(f"cross-fit {number + 1} of {len(folds)}")
        learned, asked = learn_growth(data.of(teach), seed), rows.matrix[test]
        ours[test] = learned.growth.expected(asked)
        plain[test] = mean_growth(data.of(teach)).expected(asked)
        shares[test] = learned.growth.contributions(asked, 0)
    words = cross_fitted_words(1)
    card = _card(data, data, (ours, plain), now=now, seed=seed, measured=words)
    progress("learn from all rows")
    raw = (ours - data.paced)[:, None]
    own = held_out(rows.customer_id, rows.as_of, raw, shares[:, None])
    return _finished(data, card, _tested(data, ours, plain), seed, own=own)


def _finished(
    data: GrowthSet,
    card: Card,
    tested: pa.Table,
    seed: int,
    *,
    params: Params | None = None,
    own: HeldOut | None = None,
) -> Trained:
    if card.metrics["deviance_gain"].low <= 0:
        model = sealed_model(replace(card, limits=(*card.limits, _NOT_SHOWN)), mean_growth(data))
        return Trained(model, data.definition, tested)
    learned = learn_growth(data, seed, params)
    told = {**learned.params, "rounds": learned.rounds}
    return Trained(
        sealed_model(replace(card, params=told), learned.growth, own), data.definition, tested
    )


_NOT_SHOWN = Text(
    "not shown to tell growth better than the pace: everyone grows by the mean ratio, no reasons",
    "未显示优于按当前水平外推:所有客户按平均比例增长,无原因",
)


def _card(
    data: GrowthSet,
    tested: GrowthSet,
    expected: tuple[Floats, Floats],
    *,
    now: datetime,
    seed: int,
    measured: Text,
) -> Card:
    ours, plain = expected
    return replace(
        draft_card(data.rows, now),
        unit="cents",
        kind="growth",
        tested_as_of=tuple(np.unique(tested.rows.as_of).tolist()),
        measured=measured,
        metrics=growth_figures(tested, ours, plain, seed),
        baseline=growth_figures(tested, plain, plain, seed),
    )


def growth_figures(
    tested: GrowthSet, ours: Floats, plain: Floats, seed: int
) -> dict[str, Estimate]:
    """How near expectations in cents came, each with a bootstrap interval over customers.

    `deviance` is the mean Tweedie deviance and `deviance_gain` by how much it is below that of
    `plain`; `error_cents` is the mean absolute error, `observed_ratio` what came over what was
    expected, and `best_growth_cents` the mean growth that came to the tenth expected to grow most.
    """
    deviance, before = (tweedie_deviance(tested.cents, each) for each in (ours, plain))
    error, growth = np.abs(tested.cents - ours), tested.cents - tested.paced
    order = np.argsort(-(ours - tested.paced), kind="stable")
    best = np.zeros(len(order))
    best[order[: max(1, len(order) // _TENTH)]] = 1.0

    def figures(weight: Floats) -> dict[str, float]:
        total, chosen = weight.sum(), weight * best
        return {
            "deviance": float(weight @ deviance / total),
            "deviance_gain": float(weight @ (before - deviance) / total),
            "error_cents": float(weight @ error / total),
            "observed_ratio": float(weight @ tested.cents / (weight @ ours)),
            "best_growth_cents": float(chosen @ growth / max(chosen.sum(), 1.0)),
        }

    rng = np.random.default_rng(seed)
    draws = [figures(each) for each in customer_weights(tested.rows.customer_id, rng, REPETITIONS)]
    return estimates(figures(np.ones(len(order))), draws)


def _tested(tested: GrowthSet, ours: Floats, plain: Floats) -> pa.Table:
    return pa.table(
        {
            "customer_id": tested.rows.customer_id,
            "as_of": pa.array(tested.rows.as_of),
            "cents": tested.cents,
            "expected_cents": ours,
            "baseline_cents": plain,
            "pace_cents": tested.paced,
        }
    )
