"""From features and the months after to a model that says who will grow, in cents."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.bank import Bank
from goodcall.language import Text
from goodcall.ports import Phrasebook
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
from training.evaluation.evaluate import Use, list_rows
from training.evaluation.explained import Explained, ask, explain, spread
from training.evaluation.measure import cross_fitted_words, draft_card, forward_words, with_lists
from training.growth.rows import GrowthSet, growth_set
from training.labels import future_margin
from training.split import forward_folds, grouped_folds, inner_folds
from training.trained import Progress, Trained, quiet

_LEAST_RATIO = 1e-3


@dataclass(frozen=True, slots=True)
class LearnedGrowth:
    """A growth model and how it was grown."""

    growth: Growth
    params: Params
    rounds: int


def train_growth(
    bank: Bank,
    features: pa.Table,
    catalog: FeatureNames,
    definition: GrowthLabel,
    *,
    seed: int,
    now: datetime,
    absent: Collection[str] = (),
    use: Use | None = None,
    progress: Progress = quiet,
) -> Trained:
    """The model of growth that a features table and the customers' next months teach.

    `absent` names columns for which the bank has no source; `use` and `progress` are as `train` has
    them.
    """
    progress("what was brought")
    told = future_margin(bank, features.select(["customer_id", "as_of"]), definition)
    data = growth_set(features, catalog, told, absent=absent)
    return foretell_growth(data, catalog, seed=seed, now=now, use=use, progress=progress)


def foretell_growth(
    data: GrowthSet,
    phrasebook: Phrasebook,
    *,
    seed: int,
    now: datetime,
    use: Use | None = None,
    progress: Progress = quiet,
) -> Trained:
    """The model of growth that rows and what their customers brought teach.

    Measured on the latest dates after an embargo of the horizon, else by cross-fitting over
    customers, beside everyone's pace times one ratio. Where its Tweedie deviance is not shown to be
    lower than that, everyone grows by the ratio, without reasons. The model's `tested` rows have
    cents, expected_cents, baseline_cents of the one ratio, and pace_cents.
    """
    rows = data.rows
    forward = next(forward_folds(rows.as_of, rows.y, data.definition.horizon), None)
    task = _Task(data, phrasebook, seed, now, use or Use())
    if forward is not None:
        return _forward(task, forward, progress)
    return _cross_fitted(task, progress)


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


def grown_again(data: GrowthSet, learned: LearnedGrowth, seed: int) -> Growth:
    """The same model with trees grown anew from another seed; all that was chosen stands."""
    rows, plain = data.rows, mean_growth(data)
    text = fit_growth(
        *(rows.matrix, data.cents, plain.expected(rows.matrix), {**learned.params, "seed": seed}),
        features=rows.features,
        rounds=learned.rounds,
    )
    return replace(plain, trees=Boosted(text))


def mean_growth(data: GrowthSet) -> Growth:
    """Everyone's base times one ratio: that of the least Tweedie deviance."""
    ratio = best_level(data.cents, data.pace.base(data.rows.matrix))
    return Growth(data.pace, float(np.log(max(ratio, _LEAST_RATIO))), None)


@dataclass(frozen=True, slots=True)
class _Task:
    """What growth is learned from, in which words it speaks, and how it is learned and used."""

    data: GrowthSet
    phrasebook: Phrasebook
    seed: int
    now: datetime
    use: Use


def _forward(task: _Task, fold: Fold, progress: Progress) -> Trained:
    data = task.data
    early, late = (data.of(rows) for rows in fold)
    progress("learn from the earlier dates")
    learned = learn_growth(early, task.seed)
    progress("test on the latest dates")
    matrix = late.rows.matrix
    both = learned.growth.expected(matrix), mean_growth(early).expected(matrix)
    card = _card(task, late, both, forward_words(data.rows, fold))
    told = _explained(task, early, learned, late)
    progress("learn from all dates")
    # The parameters found on the earlier dates stand: the tested dates never tune.
    return _finished(task, card, _tested(late, *both), told, params=learned.params)


def _cross_fitted(task: _Task, progress: Progress) -> Trained:
    data, rows = task.data, task.data.rows
    ours, plain = np.zeros(len(rows.y)), np.zeros(len(rows.y))
    shares = np.zeros(rows.matrix.shape)
    folds = grouped_folds(rows.customer_id, rows.y, np.random.default_rng(task.seed))
    for number, (teach, test) in enumerate(folds):
        progress(f"cross-fit {number + 1} of {len(folds)}")
        part, asked = data.of(teach), rows.matrix[test]
        learned = learn_growth(part, task.seed)
        ours[test] = learned.growth.expected(asked)
        plain[test] = mean_growth(part).expected(asked)
        shares[test] = learned.growth.contributions(asked, 0)
    card = _card(task, data, (ours, plain), cross_fitted_words(1))
    told = _explained(task, part, learned, data.of(test))
    progress("learn from all rows")
    raw = (ours - data.paced)[:, None]
    own = held_out(rows.customer_id, rows.as_of, raw, shares[:, None])
    return _finished(task, card, _tested(data, ours, plain), told, own=own)


def _explained(
    task: _Task, taught: GrowthSet, learned: LearnedGrowth, late: GrowthSet
) -> Explained | None:
    """What moves growth in cents, of rows that did not teach; the pace stays as it was."""
    if learned.growth.trees is None:
        return None
    growth, again = learned.growth, grown_again(taught, learned, task.seed + 1)
    rows = late.of(spread(np.arange(len(late.rows.y)))).rows
    base = growth.pace.base(rows.matrix)
    asked = replace(
        ask(growth, again, rows),
        raw=lambda matrix: base * growth.expected(matrix) / growth.pace.base(matrix),
    )
    return explain([asked], taught.rows, task.phrasebook, task.seed)


def _finished(
    task: _Task,
    card: Card,
    tested: pa.Table,
    told: Explained | None,
    *,
    params: Params | None = None,
    own: HeldOut | None = None,
) -> Trained:
    data, use = task.data, task.use
    if card.metrics["deviance_gain"].low <= 0:
        model = sealed_model(replace(card, limits=(*card.limits, _NOT_SHOWN)), mean_growth(data))
        return Trained(model, data.definition, tested, use=use)
    learned = learn_growth(data, task.seed, params)
    chosen = {**learned.params, "rounds": learned.rounds}
    model = sealed_model(replace(card, params=chosen), learned.growth, own)
    return Trained(model, data.definition, tested, told, use)


_NOT_SHOWN = Text(
    "not shown to tell growth better than the pace: everyone grows by the mean ratio, no reasons",
    "未显示优于按当前水平外推:所有客户按平均比例增长,无原因",
)


def _card(task: _Task, tested: GrowthSet, expected: tuple[Floats, Floats], measured: Text) -> Card:
    ours, plain = expected
    as_of = tested.rows.as_of
    return replace(
        draft_card(task.data.rows, task.now),
        unit="cents",
        kind="growth",
        tested_as_of=tuple(np.unique(as_of).tolist()),
        measured=with_lists(measured, as_of, task.use),
        metrics=growth_figures(tested, ours, plain, task.seed, task.use),
        baseline=growth_figures(tested, plain, plain, task.seed, task.use),
    )


def growth_figures(
    tested: GrowthSet, ours: Floats, plain: Floats, seed: int, use: Use
) -> dict[str, Estimate]:
    """How near expectations in cents came, each with a bootstrap interval over customers.

    `deviance` is the mean Tweedie deviance and `deviance_gain` by how much it is below that of
    `plain`; `error_cents` is the mean absolute error, `observed_ratio` what came over what was
    expected, and `best_growth_cents` the mean growth that came to those on each date's list, who
    were expected to grow most.
    """
    deviance, before = (tweedie_deviance(tested.cents, each) for each in (ours, plain))
    error, growth = np.abs(tested.cents - ours), tested.cents - tested.paced
    best = _listed(tested, ours - tested.paced, use)

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
    return estimates(figures(np.ones(len(best))), draws)


def _listed(tested: GrowthSet, expected: Floats, use: Use) -> Floats:
    """1 for each row on its date's list, else 0; of equal ones the lower customer_id is listed."""
    as_of, customers = tested.rows.as_of, tested.rows.customer_id
    rows = max(1, round(list_rows(as_of, use.capacity)))
    listed = np.zeros(len(expected))
    for day in np.unique(as_of):
        places = np.flatnonzero(as_of == day)
        order = np.lexsort((customers[places], -expected[places]))
        listed[places[order[:rows]]] = 1.0
    return listed


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
