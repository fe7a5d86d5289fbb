"""How well four ways of ranking products order what customers of a simulated bank buy next.

Popularity, one model a product, one pooled model that is told the product, and one ranker over all
products: each learns from the earlier
dates and ranks the latest, after an embargo of the horizon; nothing is tuned on them. Also how well
growth of margin is foretold, and whether those whose income the world lets rise are found.

    python -m benchmarks.products --customers 3000
    python -m benchmarks.products --customers 20000 --ranker-only
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from banks import simulate, truth_folder
from features import CATALOG, Bank, as_of, cohort_at, open_bank
from goodcall.calendar import month_starts
from models.boosted import Boosted
from models.booster import default_params, fit_booster, grow
from models.calibration import sigmoid
from models.card import Estimate
from models.propensity import Floats
from training.dataset import absent_columns
from training.definitions.definition import GrowthLabel, Horizon, NextProduct
from training.evaluation.bootstrap import REPETITIONS, customer_weights, estimate
from training.evaluation.ranking import average_precision
from training.evaluation.scored import Scored
from training.fit import Settings, blend_of, learn
from training.growth.potential import train_growth
from training.labels import next_products
from training.products.learn import base_rates, learn_ranker
from training.products.rows import ProductSet, of_family, product_set
from training.split import forward_folds, inner_folds

_FIRST_MONTHS = 6
_DATES = 12
_FIRMS = {"business_loan": ("small_business", "corporate")}
_HALF_YEAR = Horizon(6, "months")


def main() -> None:
    """Simulate, learn, and print the figures with their 95 % intervals over customers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--customers", type=int, default=3_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ranker-only", action="store_true")
    said = parser.parse_args()
    with TemporaryDirectory() as folder:
        place = Path(folder) / "bank"
        simulate(place, customers=said.customers, months=said.months, seed=said.seed)
        bank = open_bank(place)
        print(f"{said.customers} customers, {said.months} months, seed {said.seed}")
        table = features_of(bank)
        rank(bank, table, said.seed, binary=not said.ranker_only)
        truth = pq.read_table(truth_folder(place) / "customers.parquet")
        for earned in ("margin", "income"):
            label = GrowthLabel(_HALF_YEAR, of=earned)
            foretell(bank, table, label, truth, said.seed)


def features_of(bank: Bank) -> pa.Table:
    """Features as of every first of a month, the first half year left as the past."""
    first, last = bank.manifest.first_day, bank.manifest.last_day
    days: list[date] = list(month_starts(first, last))[_FIRST_MONTHS:]
    return pa.concat_tables(as_of(bank, cohort_at(bank, [day]), CATALOG) for day in days)


def rank(bank: Bank, table: pa.Table, seed: int, *, binary: bool) -> None:
    """Print what each way of ranking reaches on the latest dates."""
    definition = NextProduct(sold_to=_FIRMS)
    labels = next_products(bank, table.select(["customer_id", "as_of"]), definition)
    every = product_set(table, CATALOG, labels, absent=absent_columns(table, CATALOG))
    days = np.unique(every.rows.as_of)[-_DATES:]
    products = every.of(np.flatnonzero(np.isin(every.rows.as_of, days)))
    rows = products.rows
    teach, test = next(forward_folds(rows.as_of, rows.y, definition.horizon))
    early, late = products.of(teach), products.of(test)
    popular = np.tile(np.array(base_rates(early)), (len(test), 1))
    print(f"learned from {len(teach)} rows, tested on {len(test)}, {late.rows.positives} bought")
    shown(late, "popularity", popular, popular, seed)
    if binary:
        for name, way in (("one model a product", one_model_a_product), ("pooled", pooled_model)):
            with timed(name):
                said = way(early, late, seed)
            shown(late, name, said, popular, seed)
    with timed("ranker"):
        learned = learn_ranker(early, seed)
    if learned is not None:
        shown(late, "ranker", sigmoid(learned.ranker.raw(late.rows.matrix)), popular, seed)


def one_model_a_product(early: ProductSet, late: ProductSet, seed: int) -> Floats:
    """Probabilities [rows, families] by a blend of trees and a line for each family."""
    found = np.zeros(late.opened.shape)
    for number in range(late.opened.shape[1]):
        data, _places = of_family(early, number)
        raw = blend_of(learn(data, Settings(seed))).raw(late.rows.matrix)
        found[:, number] = sigmoid(raw[:, 0])
    return found


def pooled_model(early: ProductSet, late: ProductSet, seed: int) -> Floats:
    """Probabilities [rows, families] by one boosted model that is told the product."""
    matrix, y, place = long_form(early)
    rows = early.rows
    customer_id, as_of_dates = rows.customer_id[place], rows.as_of[place]
    customers = len(np.unique(customer_id))
    buyers = len(np.unique(customer_id[y == 1]))
    params = default_params(customers, buyers, seed, rows_each=len(y) / customers)
    rng = np.random.default_rng(seed)
    folds = inner_folds(customer_id, as_of_dates, y, early.definition.horizon, rng)
    rounds = grow(matrix, y, params, folds).rounds
    text = fit_booster(matrix, y, (*rows.features, "product"), params, rounds)
    said = Boosted(text)
    families = range(late.opened.shape[1])
    asked = [np.column_stack([late.rows.matrix, np.full(len(late.opened), f)]) for f in families]
    return sigmoid(np.column_stack([said.raw(each)[:, 0] for each in asked]))


def long_form(products: ProductSet) -> tuple[Floats, NDArray[np.int8], NDArray[np.int64]]:
    """A row for each row and family open to it: features and family, bought or not, which row."""
    place, family = np.nonzero(products.open_to)
    matrix = np.column_stack([products.rows.matrix[place], family])
    return matrix, products.opened[place, family].astype(np.int8), place


def shown(late: ProductSet, name: str, said: Floats, popular: Floats, seed: int) -> None:
    """Print MAP@7, its paired gap to popularity's, and each family's AUC, log-loss and ECE."""
    ours, theirs = (average_precision(each, late.opened, ~late.open_to) for each in (said, popular))
    told = ~np.isnan(ours)
    customers = late.rows.customer_id[told]
    whole, gap = (mean_of(each[told], customers, seed) for each in (ours, ours - theirs))
    print(f"{name}: MAP@7 {words(whole)}, above popularity {words(gap)}")
    for number, label in enumerate(late.definition.labels):
        rows, places = of_family(late, number)
        scored, ones = Scored(rows.y, said[places, number]), np.ones(len(places))
        weights = customer_weights(rows.customer_id, np.random.default_rng(seed), REPETITIONS)
        auc = estimate(scored.auc(ones), [scored.auc(weight) for weight in weights])
        rest = f"log-loss {scored.log_loss(ones):.4f}, ECE {scored.ece(ones):.4f}"
        print(f"  {label:20s} {rows.positives:5d} bought, AUC {words(auc)}, {rest}")


def foretell(bank: Bank, table: pa.Table, label: GrowthLabel, truth: pa.Table, seed: int) -> None:
    """Print how well growth is foretold, and how many risers are among the best tenth."""
    absent = absent_columns(table, CATALOG)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    trained = train_growth(bank, table, CATALOG, label, seed=seed, now=now, absent=absent)
    card, tested = trained.model.card, trained.tested
    print(f"{card.label}: {card.measured.en}")
    for name, figure in card.metrics.items():
        print(f"  {name} {words(figure)}, one ratio for all {words(card.baseline[name])}")
    risers = {
        row["customer_id"]
        for row in truth.select(["customer_id", "rising"]).to_pylist()
        if row["rising"]
    }
    customers = tested["customer_id"].to_numpy()
    rising = np.isin(customers, list(risers)).astype(np.float64)
    growth = tested["expected_cents"].to_numpy() - tested["pace_cents"].to_numpy()
    best = np.zeros(len(growth))
    best[np.argsort(-growth, kind="stable")[: len(growth) // 10]] = 1.0

    def lift(weight: Floats) -> float:
        rate = weight @ rising / weight.sum()
        return float(weight @ (best * rising) / (weight @ best) / rate)

    weights = customer_weights(customers, np.random.default_rng(seed), REPETITIONS)
    found = estimate(lift(np.ones(len(growth))), [lift(weight) for weight in weights])
    print(f"  risers in the best tenth against all: {words(found)} times, {len(risers)} risers")


def mean_of(values: Floats, customers: NDArray[np.int64], seed: int) -> Estimate:
    """A mean with its interval over customers."""
    weights = customer_weights(customers, np.random.default_rng(seed), REPETITIONS)
    draws = [float(weight @ values / weight.sum()) for weight in weights]
    return estimate(float(values.mean()), draws)


def words(figure: Estimate) -> str:
    """A figure with its interval."""
    return f"{figure.value:.4f} [{figure.low:.4f}, {figure.high:.4f}]"


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print how many seconds a step took."""
    begun = time.perf_counter()
    yield
    print(f"{name}: {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
