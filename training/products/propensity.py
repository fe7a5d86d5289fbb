"""From features and the families a bank sells to one model that says which product comes next."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.bank import Bank
from goodcall.language import Text
from goodcall.ports import Phrasebook
from models.base_rate import BaseRate
from models.booster import Fold, Params
from models.calibration import logit
from models.card import Card
from models.held_out import HeldOut, held_out
from models.model import Model, sealed_model
from models.propensity import CLOSED, Floats, Ranker
from training.dataset import FeatureNames
from training.definitions.definition import NextProduct
from training.evaluation.evaluate import Use
from training.evaluation.explained import SAMPLE, Asked, Explained, ask, explain, spread
from training.evaluation.measure import FEWEST_POSITIVES, cross_fitted_words, forward_words
from training.guards import refuse_telling_shuffled
from training.labels import next_products
from training.products.learn import (
    LearnedRanker,
    base_rates,
    grown_again,
    learn_ranker,
    with_base_rates,
)
from training.products.measure import (
    TestedProducts,
    draft_product_card,
    label_ranks,
    product_card,
    tested_products_table,
)
from training.products.rows import ProductSet, product_set, refuse_product_leaks
from training.split import forward_folds, grouped_folds
from training.trained import Progress, Trained, quiet


def train_next_product(
    bank: Bank,
    features: pa.Table,
    catalog: FeatureNames,
    definition: NextProduct,
    *,
    seed: int,
    now: datetime,
    absent: Collection[str] = (),
    use: Use | None = None,
    progress: Progress = quiet,
) -> Trained:
    """The ranking of families that a features table and what its customers opened teach.

    `absent` names columns for which the bank has no source; `use` and `progress` are as `train` has
    them.
    """
    progress("labels")
    labels = next_products(bank, features.select(["customer_id", "as_of"]), definition)
    products = product_set(features, catalog, labels, absent=absent)
    return rank_products(products, catalog, seed=seed, now=now, use=use, progress=progress)


def rank_products(
    products: ProductSet,
    phrasebook: Phrasebook,
    *,
    seed: int,
    now: datetime,
    use: Use | None = None,
    progress: Progress = quiet,
) -> Trained:
    """The ranking of families that rows and what their customers opened teach.

    Measured as `train` measures: on the latest dates after an embargo of the horizon, else by
    cross-fitting over customers. A family with fewer than 50 purchases, or of which unseen rows do
    not show that its scores rank better than chance, has a base rate within the model and gives no
    reasons; where that is so of all, the model is a base rate. The model's `tested` rows have a
    column `label` besides. An offer takes its family's score, so that a new one needs no sales.
    """
    refuse_product_leaks(products)
    task = _Task(products, phrasebook, seed, now, use or Use())
    rows, horizon = products.rows, products.definition.horizon
    if rows.positives >= FEWEST_POSITIVES:
        progress("look whether outcomes drawn by lot are told")
        refuse_telling_shuffled(rows, seed)
    forward = next(forward_folds(rows.as_of, rows.y, horizon), None)
    if forward is not None:
        return _forward(task, forward, progress)
    if rows.positives < FEWEST_POSITIVES:
        return _unranked(task, draft_product_card(products, now), None)
    return _cross_fitted(task, progress)


@dataclass(frozen=True, slots=True)
class _Task:
    """What a ranker learns from, in which words it speaks, and how it is learned and used."""

    products: ProductSet
    phrasebook: Phrasebook
    seed: int
    now: datetime
    use: Use

    def card(self, tested: TestedProducts, measured: Text) -> Card:
        """The card of tested rows."""
        return product_card(self.products, tested, self.now, self.seed, measured, use=self.use)

    def done(self, model: Model, tested: TestedProducts, told: Explained | None = None) -> Trained:
        """What training hands over."""
        table = tested_products_table(tested)
        return Trained(model, self.products.definition, table, told, self.use)


def _forward(task: _Task, fold: Fold, progress: Progress) -> Trained:
    products, (teach, test) = task.products, fold
    early, late = products.of(teach), products.of(test)
    progress("learn from the earlier dates")
    learned = learn_ranker(early, task.seed)
    if learned is None:
        return _unranked(task, draft_product_card(products, task.now), None)
    progress("test on the latest dates")
    log_odds = learned.ranker.raw(late.rows.matrix)
    tested = TestedProducts(late, log_odds, base_rates(early))
    card = task.card(tested, forward_words(products.rows, fold))
    told = _explained(task, card, early, learned, late)
    progress("learn from all dates")
    # The parameters found on the earlier dates stand: the tested dates never tune.
    return _finished(task, card, tested, told, params=learned.params)


def _cross_fitted(task: _Task, progress: Progress) -> Trained:
    products, rows = task.products, task.products.rows
    rates = np.array(base_rates(products))
    log_odds = np.tile(logit(rates), (len(rows.y), 1))
    shares = np.zeros((len(rows.y), len(rates), len(rows.features)))
    folds = grouped_folds(rows.customer_id, rows.y, np.random.default_rng(task.seed))
    for number, (teach, test) in enumerate(folds):
        progress(f"cross-fit {number + 1} of {len(folds)}")
        part = products.of(teach)
        learned = learn_ranker(part, task.seed)
        if learned is None:
            return _unranked(task, draft_product_card(products, task.now), None)
        log_odds[test] = learned.ranker.raw(rows.matrix[test])
        for place in range(len(rates)):
            shares[test, place] = learned.ranker.contributions(rows.matrix[test], place)
        last = part, learned, products.of(test)
    tested = TestedProducts(products, log_odds, tuple(rates.tolist()))
    card = task.card(tested, cross_fitted_words(1))
    told = _explained(task, card, *last)
    progress("learn from all rows")
    own = _own(products, card, log_odds, shares)
    return _finished(task, card, tested, told, own=own)


def _explained(
    task: _Task, card: Card, taught: ProductSet, learned: LearnedRanker, late: ProductSet
) -> Explained | None:
    """What moves the scores of the families that rank, of rows to which each is open."""
    labels = late.definition.labels
    ranked = [
        place
        for place, shelf in enumerate(learned.ranker.counter.shelves)
        if shelf.ranks and label_ranks(card.metrics, labels[place])
    ]
    if not ranked:
        return None
    again = grown_again(taught, learned, task.seed + 1)
    most = max(1, SAMPLE // len(ranked))
    asked = [_asked(learned.ranker, again, late, place, most) for place in ranked]
    return explain(asked, taught.rows, task.phrasebook, task.seed)


def _asked(ranker: Ranker, again: Ranker, late: ProductSet, place: int, most: int) -> Asked:
    """Rows to which a family is open; what is open to them stays so when a concept is removed."""
    open_to = ranker.counter.open_to(late.rows.matrix)
    rows = late.of(spread(np.flatnonzero(open_to[:, place]), most)).rows
    still = ranker.counter.open_to(rows.matrix)
    told = ask(ranker, again, rows, place)
    return replace(
        told,
        raw=lambda matrix: ranker.calibrated(ranker.log_odds(matrix, still), still)[:, place],
    )


def _own(products: ProductSet, card: Card, log_odds: Floats, shares: Floats) -> HeldOut:
    """Out-of-fold scores; a family that did not rank has its base rate and no contributions."""
    said, given = log_odds.copy(), shares.copy()
    for place, rate in enumerate(base_rates(products)):
        if not label_ranks(card.metrics, products.definition.labels[place]):
            said[said[:, place] != CLOSED, place] = logit(np.array([rate]))
            given[:, place] = 0.0
    return held_out(products.rows.customer_id, products.rows.as_of, said, given)


def _finished(
    task: _Task,
    card: Card,
    tested: TestedProducts,
    told: Explained | None,
    *,
    params: Params | None = None,
    own: HeldOut | None = None,
) -> Trained:
    """The model that all rows teach, under a card that was measured before."""
    products, labels = task.products, task.products.definition.labels
    unranked = [label for label in labels if not label_ranks(card.metrics, label)]
    learned = learn_ranker(products, task.seed, params) if len(unranked) < len(labels) else None
    if learned is None:
        return _unranked(task, card, tested)
    ranker = with_base_rates(products, learned.ranker, unranked)
    chosen = {**learned.params, "rounds": learned.rounds, **_lines_told(ranker)}
    return task.done(sealed_model(replace(card, params=chosen), ranker, own), tested, told)


def _unranked(task: _Task, card: Card, tested: TestedProducts | None) -> Trained:
    """A base rate for every family: nothing of it is listed."""
    rates = base_rates(task.products)
    nobody = task.products.of(np.empty(0, np.int64))
    tested = tested or TestedProducts(nobody, np.empty((0, len(rates))), rates)
    limits = card.limits or (_NOTHING_RANKS,)
    model = sealed_model(replace(card, kind="base_rate", limits=limits), BaseRate(rates))
    return task.done(model, tested)


_NOTHING_RANKS = Text(
    f"no family has {FEWEST_POSITIVES} purchases to learn from: base rates, without ranking or "
    "reasons",
    f"没有任何大类有{FEWEST_POSITIVES}笔新开立可供学习:只给出基准概率,无排序与原因",
)


def _lines_told(ranker: Ranker) -> dict[str, float]:
    """Slope and intercept of every family's calibration, for the card."""
    return {
        f"{name}:{shelf.label}": round(value, 6)
        for shelf in ranker.counter.shelves
        for name, value in (("slope", shelf.line.slope), ("intercept", shelf.line.intercept))
    }
