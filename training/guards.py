"""What a training refuses to go on with: an outcome that a lot drew and is told all the same, or a
bank of which a month is missing.

What else is refused stands where it is found: outcomes of one kind, empty columns, names that tell
the outcome and features that tell it alone in training/dataset.py, columns of a flat file that are
only known afterwards in training/flat/spec.py.
"""  # noqa: D205 - one sentence

from contextlib import closing
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.bank import Bank
from features.embedded import embedded
from training.baseline import LineForm
from training.dataset import TrainingSet
from training.errors import Leak, MissingMonth
from training.evaluation.scored import Scored
from training.fit import Choices, Settings, blend_of, learn, rows_of, shapes
from training.split import grouped_folds

TOLD_BY_CHANCE = 0.05
_MOST_CELLS = 400_000
_FEWEST_ROWS = 2_000
_MOST_DRAWS = 4
_SURE = 4.0
_HALVES = 2
_REGULAR = ("balances", "transactions")
_BESIDE = 3
_LOST = 0.05
_ENOUGH_ROWS = 20


def refuse_telling_shuffled(data: TrainingSet, seed: int) -> float:
    """The AUC that the whole way of learning reaches on outcomes drawn by lot, which is about .5.

    A Leak where it is not from .45 to .55: something of the tested rows then reaches the learning.
    A part of the customers is learned from in two halves, each tested on the other, and lots are
    drawn again until chance alone stays within the bounds; where even four lots hold too few
    positives for that, the bounds widen to four standard errors.
    """
    rng = np.random.default_rng(seed)
    part = rows_of(data, _some_customers(data, rng))
    error = _standard_error(part.y)
    draws = int(np.clip(np.ceil((_SURE * error / TOLD_BY_CHANCE) ** 2), 1, _MOST_DRAWS))
    auc = float(np.mean([_shuffled_auc(part, seed, rng) for _ in range(draws)]))
    allowed = max(TOLD_BY_CHANCE, _SURE * error / float(np.sqrt(draws)))
    if abs(auc - 0.5) > allowed:
        raise Leak(
            f"outcomes of {data.definition.name!r} that were drawn by lot are told with an AUC of "
            f"{auc:.3f}, which must be within {allowed:.3f} of .5: something of the tested rows "
            "reaches the learning; look at rows that stand twice and at columns made from outcomes"
        )
    return auc


def refuse_missing_months(bank: Bank) -> None:
    """Raise MissingMonth where balances or transactions of a whole month are lacking.

    A month between others is missing when it has less than a twentieth of the rows of the fuller
    months among the three before it and the three after it.
    """
    for table in _REGULAR:
        if table not in bank.tables:
            continue
        months, rows = _rows_by_month(bank, table)
        lost = [f"{month:%Y-%m}" for month, few in zip(months, _missing(rows), strict=True) if few]
        if lost:
            raise MissingMonth(
                f"{table} of bank {bank.manifest.name!r} lack {', '.join(lost)}: what is learned "
                "from them would take the gap for customers who fell silent; load the month, or "
                "import the bank from after it"
            )


def _shuffled_auc(data: TrainingSet, seed: int, rng: np.random.Generator) -> float:
    """The AUC on outcomes that one lot gave to the rows."""
    drawn = replace(data, y=rng.permutation(data.y))
    # Nothing is chosen: choices take long, and any of them must fail to tell a lot.
    choices = Choices({**shapes(data, seed)[0], "max_bin": 63}, LineForm(), 0.5)
    log_odds = np.zeros(len(data.y))
    for teach, test in grouped_folds(drawn.customer_id, drawn.y, rng, _HALVES):
        part = rows_of(drawn, teach)
        inner = grouped_folds(part.customer_id, part.y, rng, _HALVES)
        learned = learn(part, Settings(seed, choices=choices), inner)
        raw = blend_of(learned).raw(data.matrix[test])[:, 0]
        # Ranks, since the two halves' models have constants of their own.
        log_odds[test] = (raw.argsort(kind="stable").argsort() + 0.5) / len(raw)
    return Scored(drawn.y, log_odds).auc(np.ones(len(drawn.y)))


def _some_customers(data: TrainingSet, rng: np.random.Generator) -> NDArray[np.int64]:
    """All rows of as many customers as are quick to learn from."""
    most = max(_FEWEST_ROWS, _MOST_CELLS // data.matrix.shape[1])
    customers, which = np.unique(data.customer_id, return_inverse=True)
    share = min(1.0, most / len(data.y))
    taken = np.zeros(len(customers), dtype=bool)
    taken[rng.permutation(len(customers))[: max(1, round(share * len(customers)))]] = True
    return np.flatnonzero(taken[which])


def _standard_error(y: NDArray[np.int8]) -> float:
    """By how much chance moves an AUC of .5 (Hanley, McNeil 1982, without ties)."""
    positives, negatives = max(1, int(y.sum())), max(1, int((y == 0).sum()))
    return float(np.sqrt((positives + negatives + 1) / (12 * positives * negatives)))


def _rows_by_month(bank: Bank, table: str) -> tuple[list[date], NDArray[np.int64]]:
    """Every local month from the first fact to the last, and how many facts it has."""
    with closing(embedded()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(
            """
            WITH counted AS (
                SELECT date_trunc('month', timezone($zone, happened_at))::DATE AS month, count(*) n
                FROM read_parquet($file) GROUP BY ALL
            ), every AS (
                SELECT unnest(range((SELECT min(month) FROM counted)::TIMESTAMP,
                    (SELECT max(month) FROM counted) + INTERVAL 1 DAY, INTERVAL 1 MONTH))::DATE
                    AS month
            )
            SELECT month, coalesce(n, 0) FROM every LEFT JOIN counted USING (month) ORDER BY month
            """,
            {"zone": bank.manifest.zone, "file": str(bank.file(table))},
        ).fetchall()
    return [month for month, _ in found], np.array([n for _, n in found], dtype=np.int64)


def _missing(rows: NDArray[np.int64]) -> list[bool]:
    """Whether each month is far emptier than those on both sides of it."""
    usual = [
        min(rows[max(0, place - _BESIDE) : place].max(), rows[place + 1 :][:_BESIDE].max())
        if 0 < place < len(rows) - 1
        else 0
        for place in range(len(rows))
    ]
    return [
        bool(beside >= _ENOUGH_ROWS and few < _LOST * beside)
        for few, beside in zip(rows, usual, strict=True)
    ]
