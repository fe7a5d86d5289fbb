"""Learning which product comes next: the same for a fold, a test and the final model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.boosted import Boosted
from models.booster import Fold, Params
from models.calibration import Platt
from models.propensity import (
    IS_BUSINESS,
    IS_PRIVATE,
    Counter,
    Flags,
    Floats,
    Ranker,
    Shelf,
)
from models.propensity_grow import (
    GrownRanks,
    fit_ranks,
    grow_ranks,
    ranker_params,
    sales_of,
)
from training.evaluation.measure import FEWEST_POSITIVES
from training.products.calibration import AS_IS, Unlearned, base_rate_line, lines_of
from training.products.rows import ProductSet, groups_sold_to
from training.split import inner_folds


@dataclass(frozen=True, slots=True)
class LearnedRanker:
    """A ranker, and how it was grown."""

    ranker: Ranker
    params: Params
    rounds: int


def learn_ranker(
    products: ProductSet, seed: int, params: Params | None = None
) -> LearnedRanker | None:
    """What these rows teach; rounds and calibration are chosen on folds within them.

    None where no family has the 50 purchases that a class of its own asks for.
    """
    rng = np.random.default_rng(seed)
    counter = counter_of(products)
    if not any(shelf.place for shelf in counter.shelves):
        return None
    rows = products.rows
    open_to = counter.open_to(rows.matrix)
    before = counter.scores_before(open_to)
    sales = sales_of(_classes(products, counter, open_to), rng)
    folds = inner_folds(rows.customer_id, rows.as_of, rows.y, products.definition.horizon, rng)
    chosen = params or _params(products, seed)
    grown = grow_ranks(rows.matrix, sales, before, chosen, folds)
    text = fit_ranks(
        rows.matrix, sales, before, chosen, features=rows.features, rounds=grown.rounds
    )
    honest = _calibrated(products, counter, grown, folds)
    return LearnedRanker(Ranker(Boosted(text), honest), chosen, grown.rounds)


def grown_again(products: ProductSet, learned: LearnedRanker, seed: int) -> Ranker:
    """The same ranker with trees grown anew from another seed; all that was chosen stands."""
    counter, rows = learned.ranker.counter, products.rows
    open_to = counter.open_to(rows.matrix)
    sales = sales_of(_classes(products, counter, open_to), np.random.default_rng(seed))
    text = fit_ranks(
        *(rows.matrix, sales, counter.scores_before(open_to), {**learned.params, "seed": seed}),
        features=rows.features,
        rounds=learned.rounds,
    )
    return Ranker(Boosted(text), counter)


def counter_of(products: ProductSet) -> Counter:
    """The families with the columns that close them; a class for each with 50 purchases or more.

    The others have a base rate, which leans on the rate of all families together.
    """
    names, definition = products.rows.features, products.definition
    opened = (products.opened & products.open_to).sum(axis=0)
    asked = products.open_to.sum(axis=0)
    pooled = _pooled(products)
    idle = float((products.rows.y == 0).mean())
    shelves: list[Shelf] = []
    for number, family in enumerate(definition.families):
        enough = opened[number] >= FEWEST_POSITIVES
        rate = opened[number] / max(1, asked[number])
        shelf = Shelf(
            label=definition.labels[number],
            holds=names.index(f"holds_{family}"),
            groups=groups_sold_to(definition, family),
            line=AS_IS if enough else _base_rate(products, number, pooled),
            place=1 + sum(each.place is not None for each in shelves) if enough else None,
            start=float(np.log(rate / idle)) if enough else 0.0,
        )
        shelves.append(shelf)
    told_apart = any(definition.sold_to.values())
    flags = (names.index(IS_PRIVATE), names.index(IS_BUSINESS)) if told_apart else None
    return Counter(tuple(shelves), flags)


def with_base_rates(products: ProductSet, ranker: Ranker, labels: Sequence[str]) -> Ranker:
    """The ranker with a base rate in place of the scores of some labels."""
    pooled = _pooled(products)
    shelves = [
        replace(shelf, line=_base_rate(products, number, pooled))
        if shelf.label in labels
        else shelf
        for number, shelf in enumerate(ranker.counter.shelves)
    ]
    return Ranker(ranker.trees, replace(ranker.counter, shelves=tuple(shelves)))


def base_rates(products: ProductSet) -> tuple[float, ...]:
    """Each family's rate of purchases among those to whom it is open, leaning on that of all."""
    pooled = _pooled(products)
    lines = [
        _base_rate(products, number, pooled) for number in range(len(products.definition.families))
    ]
    return tuple(float(1 / (1 + np.exp(-line.intercept))) for line in lines)


def _pooled(products: ProductSet) -> float:
    opened, asked = (products.opened & products.open_to).sum(), products.open_to.sum()
    return float((opened + 1) / (asked + 1))


def _base_rate(products: ProductSet, number: int, pooled: float) -> Platt:
    asked = products.open_to[:, number]
    return base_rate_line(int(products.opened[asked, number].sum()), int(asked.sum()), pooled)


def _params(products: ProductSet, seed: int) -> Params:
    rows = products.rows
    customers = len(np.unique(rows.customer_id))
    buyers = len(np.unique(rows.customer_id[rows.y == 1]))
    return ranker_params(customers, buyers, seed, rows_each=len(rows.y) / customers)


def _classes(products: ProductSet, counter: Counter, open_to: Flags) -> Flags:
    """What was opened, by the booster's classes above 0."""
    ranked = [number for number, shelf in enumerate(counter.shelves) if shelf.place is not None]
    found: Flags = (products.opened & open_to)[:, ranked]
    return found


def _calibrated(
    products: ProductSet, counter: Counter, grown: GrownRanks, folds: Sequence[Fold]
) -> Counter:
    """The counter with a line for each ranked family, by rows that each fold did not learn from."""
    tested = np.concatenate([test for _, test in folds])
    unseen = products.of(tested)
    open_to = counter.open_to(unseen.rows.matrix)
    log_odds = _log_odds_on(products, counter, grown, folds)
    ranked = [number for number, shelf in enumerate(counter.shelves) if shelf.place is not None]
    lines = lines_of([_unlearned(unseen, log_odds, open_to, number) for number in ranked])
    shelves = list(counter.shelves)
    for number, line in zip(ranked, lines, strict=True):
        shelves[number] = replace(shelves[number], line=line)
    return replace(counter, shelves=tuple(shelves))


def _log_odds_on(
    products: ProductSet, counter: Counter, grown: GrownRanks, folds: Sequence[Fold]
) -> Floats:
    parts = []
    for text, (_, test) in zip(grown.boosters, folds, strict=True):
        matrix = products.rows.matrix[test]
        parts.append(Ranker(Boosted(text), counter).log_odds(matrix, counter.open_to(matrix)))
    return np.concatenate(parts)


def _unlearned(products: ProductSet, log_odds: Floats, open_to: Flags, number: int) -> Unlearned:
    asked = np.flatnonzero(open_to[:, number] & products.open_to[:, number])
    y = products.opened[asked, number].astype(np.int8)
    return Unlearned(log_odds[asked, number], y, products.rows.customer_id[asked])
