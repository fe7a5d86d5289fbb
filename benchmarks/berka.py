"""What our loan model reaches on the Berka bank beside a plain logistic model on simple features.

Both see the same folds of the 1,119 accounts without a loan on 1994-01-01, and neither is tuned
to them; the difference of their AUCs is paired and its interval drawn over customers.

    python -m benchmarks.berka FOLDER_OF_BERKA_FILES
"""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from banks import import_berka
from features import CATALOG, as_of, cohort_at, open_bank
from models import matrix_of
from training import Horizon, PurchaseLabel, absent_columns, auc_difference, evaluate, train
from training.split import grouped_folds

DAY = date(1994, 1, 1)
SEEDS = (1, 2, 3, 4, 5)
SIMPLE = (
    *("assets_mean_30d", "assets_mean_180d", "cash_in_90d", "cash_out_90d", "own_transactions_90d"),
    *("balance_volatility_90d", "tenure_days", "age"),
)


def main(source: Path) -> None:
    """Print both AUCs and their paired difference."""
    with TemporaryDirectory() as folder:
        import_berka(source, Path(folder) / "bank")
        bank = open_bank(Path(folder) / "bank")
        table = as_of(bank, cohort_at(bank, [DAY]), CATALOG)
        lacking = absent_columns(table, CATALOG)
        label = PurchaseLabel("consumer_loan", Horizon(12, "months"))
        trained = train(
            bank, table, CATALOG, label, seed=SEEDS[0], now=datetime.now(UTC), absent=lacking
        )
    tested = trained.tested
    place = {each: row for row, each in enumerate(table["customer_id"].to_pylist())}
    rows = [place[each] for each in tested["customer_id"].to_pylist()]
    simple = np.nan_to_num(matrix_of(table, SIMPLE)[rows])
    y, customers = tested["y"].to_numpy(), tested["customer_id"].to_numpy()
    plain = simple_logistic(simple, y, customers)
    ours = tested["probability"].to_numpy()
    print(f"{len(y)} accounts, {int(y.sum())} loans, cross-fitted")
    for name, scores in (("ours", ours), ("plain logistic on 8 simple features", plain)):
        auc = evaluate(y, scores, customers, np.random.default_rng(0))["auc"]
        print(f"{name}: AUC {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]")
    gap = auc_difference(y, ours, plain, customers, np.random.default_rng(0))
    print(f"ours less plain, paired: {gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]")


def simple_logistic(
    matrix: NDArray[np.float64], y: NDArray[np.int8], customers: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cross-fitted probabilities of a logistic regression on signed logs, mean of five foldings."""
    signed = np.sign(matrix) * np.log1p(np.abs(matrix))
    total = np.zeros(len(y))
    for seed in SEEDS:
        for teach, test in grouped_folds(customers, y, np.random.default_rng(seed)):
            model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
            model.fit(signed[teach], y[teach])
            total[test] += model.predict_proba(signed[test])[:, 1]
    return total / len(SEEDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
