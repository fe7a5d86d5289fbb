"""The card of a ranking of products: its figures on rows that did not teach, and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goodcall.language import Text
from models.calibration import sigmoid
from models.card import Card, Estimate
from models.propensity import Floats
from training.evaluation.bootstrap import (
    REPETITIONS,
    customer_weights,
    estimates,
    mean_estimate,
)
from training.evaluation.evaluate import Use, lists_of
from training.evaluation.measure import draft_card, with_lists
from training.evaluation.ranking import average_precision
from training.evaluation.scored import Scored
from training.products.rows import ProductSet, of_family

FEWEST_TESTED = 20
_CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class TestedProducts:
    """Rows that did not teach, with log-odds of every family, and what popularity alone gives.

    `log_odds` is [rows, families]; `rates` is each family's rate among the rows that taught.
    """

    products: ProductSet
    log_odds: Floats
    rates: tuple[float, ...]

    @property
    def popularity(self) -> Floats:
        """The rates for every row alike, [rows, families]."""
        return np.tile(np.array(self.rates), (len(self.log_odds), 1))


def product_card(
    products: ProductSet,
    tested: TestedProducts,
    now: datetime,
    seed: int,
    measured: Text,
    *,
    use: Use,
) -> Card:
    """A card with MAP@7 beside that of popularity, and AUC, log-loss and ECE of each family.

    A list is of pairs of a customer and a family. A family with fewer than 20 tested purchases has
    no figures of its own.
    """
    metrics, baseline = _ranking(tested, seed)
    lists = [
        lists_of(*_pairs(tested, scores), seed=seed, use=use)
        for scores in (tested.log_odds, tested.popularity)
    ]
    metrics, baseline = metrics | lists[0], baseline | lists[1]
    for number, label in enumerate(products.definition.labels):
        metrics |= _of_label(tested, number, label, seed)
    draft = draft_product_card(products, now)
    unranked = [label for label in products.definition.labels if not label_ranks(metrics, label)]
    return replace(
        draft,
        tested_as_of=tuple(np.unique(tested.products.rows.as_of).tolist()),
        measured=with_lists(measured, _pairs(tested, tested.log_odds)[3], use),
        metrics=metrics,
        baseline=baseline,
        limits=(*_limits(unranked), *draft.limits),
    )


def draft_product_card(products: ProductSet, now: datetime) -> Card:
    """A card of what is learned from, with nothing measured yet."""
    draft = draft_card(products.rows, now)
    absent = products.rows.absent
    names = ", ".join(absent)
    lacks = Text(f"the bank has no data for: {names}", f"本行无以下数据:{names}")
    limits = (lacks,) if absent else ()
    return replace(draft, labels=products.definition.labels, kind="ranker", limits=limits)


def label_ranks(metrics: Mapping[str, Estimate], label: str) -> bool:
    """Whether unseen rows show that a family's scores rank better than chance."""
    auc = metrics.get(f"auc:{label}")
    return auc is not None and auc.low > _CHANCE


def tested_products_table(tested: TestedProducts) -> pa.Table:
    """A row for each tested row and family open to it.

    Columns customer_id, as_of, label, y, probability, the popularity as baseline, and a null rule:
    the rule of thumb foretells leaving, not buying.
    """
    rows, families = np.nonzero(tested.products.open_to)
    labels = pa.array(tested.products.definition.labels)
    return pa.table(
        {
            "customer_id": tested.products.rows.customer_id[rows],
            "as_of": pa.array(tested.products.rows.as_of[rows]),
            "label": labels.take(pa.array(families)),
            "y": tested.products.opened[rows, families].astype(np.int8),
            "probability": sigmoid(tested.log_odds[rows, families]),
            "baseline": tested.popularity[rows, families],
            "rule": pa.nulls(len(rows), pa.float64()),
        }
    )


def _ranking(tested: TestedProducts, seed: int) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """MAP@7 of the scores and by how much it is above popularity's, and that of popularity."""
    products = tested.products
    ours, theirs = (
        average_precision(scores, products.opened, ~products.open_to)
        for scores in (tested.log_odds, tested.popularity)
    )
    told = ~np.isnan(ours)
    if not told.any():
        return {}, {}
    ours, theirs = ours[told], theirs[told]
    customers = products.rows.customer_id[told]
    found = [mean_estimate(each, customers, seed) for each in (ours, ours - theirs, theirs)]
    return {"map_7": found[0], "map_7_over_popularity": found[1]}, {"map_7": found[2]}


def _pairs(
    tested: TestedProducts, scores: Floats
) -> tuple[NDArray[np.int8], Floats, NDArray[np.int64], NDArray[np.datetime64]]:
    """Outcome, score, customer and date of every row and family open to it."""
    rows, families = np.nonzero(tested.products.open_to)
    opened, whose = tested.products.opened[rows, families], tested.products.rows
    return (
        opened.astype(np.int8),
        scores[rows, families],
        whose.customer_id[rows],
        whose.as_of[rows],
    )


def _of_label(tested: TestedProducts, number: int, label: str, seed: int) -> dict[str, Estimate]:
    rows, places = of_family(tested.products, number)
    if rows.positives < FEWEST_TESTED or rows.y.min() == 1:
        return {}
    scored = Scored(rows.y, sigmoid(tested.log_odds[places, number]))

    def figures(weight: Floats) -> dict[str, float]:
        found = {"auc": scored.auc, "log_loss": scored.log_loss, "ece": scored.ece}
        return {f"{name}:{label}": figure(weight) for name, figure in found.items()}

    rng = np.random.default_rng(seed)
    draws = [figures(each) for each in customer_weights(rows.customer_id, rng, REPETITIONS)]
    return estimates(figures(np.ones(len(rows.y))), draws)


def _limits(unranked: list[str]) -> tuple[Text, ...]:
    names = ", ".join(unranked)
    words = Text(
        f"no better than chance as far as shown, so a base rate without reasons: {names}",
        f"未显示优于随机排序,只给出基准概率且无原因:{names}",
    )
    return (words,) if unranked else ()
