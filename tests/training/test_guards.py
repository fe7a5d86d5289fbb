"""Guards: what looks ahead or lacks a month is refused, and nothing honest is."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
from builders import a_bank, a_transaction
from random_bank import DATES, random_bank
from small_sets import FUND, a_set

from features import CATALOG, as_of, cohort_at
from goodcall.calendar import start_of_day
from training import guards
from training.dataset import TrainingSet, training_set
from training.errors import Leak, MissingMonth
from training.fit import Settings, learn
from training.guards import refuse_missing_months, refuse_telling_shuffled
from training.labels import LabelTable

ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(("rows", "missing"), [(300, 0.0), (4_000, 0.3)])
def test_outcomes_drawn_by_lot_are_not_told(rows, missing):
    """However strongly features tell the outcome, they tell no lot."""
    data = a_set(rows=rows, missing=missing, seed=3)
    assert refuse_telling_shuffled(data, 1) == pytest.approx(0.5, abs=0.05)


def test_rows_that_stand_twice_tell_a_lot(monkeypatch):
    """A fold that tests what it taught is found out by outcomes that a lot drew."""
    data = a_set(rows=300, seed=3)

    def both(customer_id, _y, _rng, folds):
        rows = np.arange(len(customer_id))
        return [(rows, rows[place::folds]) for place in range(folds)]

    monkeypatch.setattr(guards, "grouped_folds", both)
    with pytest.raises(Leak, match=r"'buys:fund' that were drawn by lot are told with an AUC of 0"):
        refuse_telling_shuffled(data, 1)


def test_a_part_of_a_large_set_is_enough():
    """Of many rows only some customers are looked at, all rows of each."""
    data = a_set(rows=30_000)
    twice = replace(data, customer_id=data.customer_id // 3, matrix=np.tile(data.matrix, 30))
    rows = guards._some_customers(twice, np.random.default_rng(0))  # noqa: SLF001 - what is looked at
    assert 2_000 <= len(rows) <= 3_500
    taken = set(twice.customer_id[rows].tolist())
    assert len(rows) == np.isin(twice.customer_id, list(taken)).sum()


def months_of(counts, first=date(2024, 1, 1)):
    """Transactions: so many in each month that follows."""
    start = np.datetime64(first).astype("datetime64[M]")
    days = [
        (start + place).astype("datetime64[D]") + number % 28
        for place, count in enumerate(counts)
        for number in range(count)
    ]
    return [
        a_transaction(number, happened_at=start_of_day(day.item(), ZONE))
        for number, day in enumerate(days, start=1)
    ]


@pytest.mark.parametrize(
    ("counts", "lost"),
    [
        ([30, 30, 0, 30, 30], "2024-03"),
        ([30, 30, 1, 30, 30], "2024-03"),
        ([30, 30, 0, 0, 30, 30], "2024-03, 2024-04"),
        ([40, 0, 40, 1, 40], "2024-02, 2024-04"),
    ],
)
def test_a_missing_month_is_named(tmp_path, counts, lost):
    """A month without facts between months that have them stops a training, by its name."""
    bank = a_bank(tmp_path / "bank", transactions=months_of(counts))
    with pytest.raises(MissingMonth, match=f"transactions of bank 'test bank' lack {lost}: "):
        refuse_missing_months(bank)


@pytest.mark.parametrize(
    "counts",
    [
        [30, 30, 30],
        [1, 2, 30, 60, 90],  # a young bank
        [90, 60, 30, 2, 1],  # a bank that is wound up
        [30, 30, 2, 30, 30],  # a quiet month
        [5, 0, 5, 4, 0, 3],  # too few facts to miss any
        [30],
    ],
)
def test_a_bank_that_is_only_uneven_is_not_refused(tmp_path, counts):
    """Growth, decline, a quiet month and a handful of facts are no gaps."""
    refuse_missing_months(a_bank(tmp_path / "bank", transactions=months_of(counts)))


def test_months_are_those_of_the_banks_own_zone(tmp_path):
    """Facts of the last hours of a UTC month belong to the bank's next one."""
    last = [(1, 31), (2, 29), (4, 30), (5, 31)]
    late = [datetime(2024, month, day, 20, tzinfo=UTC) for month, day in last]
    rows = [a_transaction(number, happened_at=late[number % 4]) for number in range(1, 200)]
    bank = a_bank(tmp_path / "bank", zone="Pacific/Kiritimati", transactions=rows)
    with pytest.raises(MissingMonth, match=r"lack 2024-04: "):
        refuse_missing_months(bank)


def test_a_bank_without_such_tables_lacks_nothing(tmp_path):
    """What a bank does not keep at all is no gap."""
    refuse_missing_months(a_bank(tmp_path / "bank"))


@pytest.mark.slow
def test_a_corrupted_future_teaches_the_same(tmp_path):
    """Every fact known after as_of may change: the matrix and what it teaches keep their bytes."""
    zone = "America/New_York"
    bank, rows = random_bank(tmp_path / "true", 5, zone=zone)
    cut = start_of_day(DATES[0], zone)
    other = {name: [_corrupted(row, cut) for row in found] for name, found in rows.items()}
    future = a_bank(tmp_path / "false", zone=zone, **other)
    assert future.read("transactions") != bank.read("transactions")
    first, second = _taught(bank), _taught(future)
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1] == second[1]


def _corrupted(row, cut):
    """A fact known after the cut, with its amounts a thousand times as large."""
    if row["known_at"] < cut:
        return row
    return {
        name: value * 1_000 if name.endswith("_cents") and value is not None else value
        for name, value in row.items()
    }


def _taught(bank):
    """The matrix of a date's features, and what they teach of outcomes that stay the same."""
    table = as_of(bank, cohort_at(bank, [DATES[0]]), CATALOG)
    keys = table.select(["customer_id", "as_of"])
    y = pa.array((np.arange(keys.num_rows) % 2).astype(np.int8))
    labels = LabelTable(FUND, keys.append_column("y", y), {})
    data = training_set(table, CATALOG, labels, absent=CATALOG.names)
    many = [each for each in range(keys.num_rows) for _ in range(20)]
    grown = TrainingSet(
        FUND,
        data.features,
        data.fingerprint,
        data.matrix[many],
        data.y[many],
        np.arange(len(many)),
        data.as_of[many],
        {},
    )
    learned = learn(grown, Settings(1))
    return data.matrix, (learned.booster, learned.line.to_json(), learned.calibration)
