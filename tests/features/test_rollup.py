"""The band roll-up on DuckDB: its edges, and the shipped catalogue against the compiled kernel."""

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import a_bank, a_customer, a_table, a_transaction
from reckoning import by_rollup

from banks import simulate
from features.asof import as_of
from features.bank import open_bank
from features.catalog import CATALOG
from features.cohort import cohort_at
from features.errors import DeclarationError
from features.feature import Catalog, derived, feature
from features.tables import TRANSACTIONS
from goodcall.calendar import start_of_day

TODAY = date(2026, 6, 1)
ZONE = "Asia/Shanghai"
WORDS = {"zh": "量", "concept": "x", "unit": "count", "purpose": "service"}


@feature(TRANSACTIONS, windows=(7, 30), **WORDS)
def total(rows):
    """Total."""
    return rows.amount_cents.sum()


@feature(TRANSACTIONS, windows=(7, 30), **WORDS)
def bookings(rows):
    """Bookings."""
    return rows.count()


@feature(TRANSACTIONS, windows=(30,), **WORDS)
def swing(rows):
    """Swing."""
    return rows.amount_cents.std()


@derived(total, bookings, **WORDS)
def size(row):
    """Size of a booking in the last week."""
    return row.total_7d / row.bookings_7d


def ago(days: float) -> datetime:
    return start_of_day(TODAY, ZONE) - timedelta(days=days)


def of_one(found: pa.Table) -> dict[str, float]:
    return {name: found[name][0].as_py() for name in found.column_names[2:]}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A simulated bank of forty customers."""
    path = tmp_path_factory.mktemp("simulated") / "bank"
    simulate(path, customers=40, months=9, seed=11)
    return open_bank(path)


def test_the_shipped_catalogue_rolls_up_to_what_the_kernel_adds_up(simulated):
    """Two engines that share no arithmetic agree on every feature to 1e-9."""
    cohort = cohort_at(simulated, [date(2026, 3, 1), date(2026, 4, 15), date(2026, 7, 1)])
    kernel, bands = as_of(simulated, cohort, CATALOG), by_rollup(simulated, cohort, CATALOG)
    assert bands.column_names == kernel.column_names
    differing = [
        name
        for name in CATALOG.names
        if not np.allclose(kernel[name], bands[name], rtol=1e-9, atol=1e-9, equal_nan=True)
    ]
    assert len(cohort) > 100
    assert differing == []


MIDNIGHT = start_of_day(TODAY, ZONE)
EDGE = start_of_day(TODAY - timedelta(days=30), ZONE)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("happened", "known", "seen"),
    [
        (EDGE, EDGE, 1),
        (EDGE - TICK, EDGE, 0),
        (MIDNIGHT - TICK, MIDNIGHT - TICK, 1),
        (MIDNIGHT, MIDNIGHT - TICK, 0),
        (EDGE, MIDNIGHT, 0),
    ],
)
def test_the_longest_window_holds_its_left_edge_and_not_its_right(tmp_path, happened, known, seen):
    """A fact at the beginning counts; one that happens, or becomes known, at as_of does not."""
    bank = a_bank(tmp_path / "bank", transactions=[a_transaction(happened_at=EDGE)])
    row = a_transaction(happened_at=happened, known_at=known)
    pq.write_table(a_table("transactions", [row]), bank.file("transactions"))
    found = by_rollup(bank, cohort_at(bank, [TODAY]), Catalog(bookings))
    assert found["bookings_30d"].to_pylist() == [seen]


def test_a_correction_moves_a_row_to_another_band(tmp_path):
    """A booking that turns out to be older leaves the short window and stays in the long one."""
    first = a_transaction(happened_at=ago(3), known_at=ago(3))
    moved = first | {"happened_at": ago(20), "known_at": ago(1), "amount_cents": 700}
    bank = a_bank(tmp_path / "bank", transactions=[first, moved])
    found = of_one(by_rollup(bank, cohort_at(bank, [TODAY]), Catalog((*total, *bookings))))
    assert np.isnan(found.pop("total_7d"))
    assert found == {"total_30d": 700, "bookings_7d": 0, "bookings_30d": 1}


def test_a_constant_series_does_not_swing(tmp_path):
    """The deviation of equal amounts is 0 exactly, over bands and however large they are."""
    amount = 123_456_789_012_347
    rows = [a_transaction(n, happened_at=ago(n + 0.5), amount_cents=amount) for n in range(1, 29)]
    bank = a_bank(tmp_path / "bank", transactions=rows)
    found = by_rollup(bank, cohort_at(bank, [TODAY]), Catalog((*swing, *total)))
    assert found["swing_30d"].to_pylist() == [0]


@pytest.mark.parametrize("engine", [as_of, by_rollup])
def test_large_amounts_that_differ_by_a_cent_swing_by_what_they_differ(tmp_path, engine):
    """Nothing cancels: ten thousand million, twice, and a cent more deviate by 1/sqrt(3) cents."""
    rows = [
        a_transaction(n, happened_at=ago(n), amount_cents=10**12 + (n == 12)) for n in (10, 11, 12)
    ]
    bank = a_bank(tmp_path / "bank", transactions=rows)
    found = engine(bank, cohort_at(bank, [TODAY]), Catalog(swing))
    assert found["swing_30d"].to_pylist() == pytest.approx([3**-0.5], rel=1e-12)


def test_the_result_keeps_the_cohorts_order_and_its_repeats(tmp_path):
    """Rows come out as they were asked for, those of a customer without facts too."""
    rows = [
        a_transaction(n, customer_id=n, happened_at=ago(2), amount_cents=100 * n) for n in (1, 2)
    ]
    people = [a_customer(n) for n in (1, 2, 3)]
    bank = a_bank(tmp_path / "bank", customers=people, transactions=rows)
    asked = [(2, TODAY), (3, TODAY), (1, TODAY - timedelta(5)), (2, TODAY), (1, TODAY)]
    cohort = pa.table(
        {
            "customer_id": pa.array([customer for customer, _ in asked]),
            "as_of": pa.array([day for _, day in asked], pa.date32()),
        }
    )
    catalog = Catalog((*total, *bookings, *size))
    found = by_rollup(bank, cohort, catalog)
    assert found.select(["customer_id", "as_of"]).equals(cohort)
    assert found["bookings_7d"].to_pylist() == [1, 0, 0, 1, 1]
    assert str(found["size"].to_pylist()) == "[200.0, nan, nan, 200.0, 100.0]"
    assert by_rollup(bank, cohort.slice(0, 0), catalog).num_rows == 0


def test_a_moment_inside_a_day_ends_the_window(tmp_path):
    """With `until`, what happened that day before the moment counts, what comes after does not."""
    noon = start_of_day(TODAY, ZONE) + timedelta(hours=12)
    rows = [
        a_transaction(1, happened_at=noon - timedelta(hours=1)),
        a_transaction(2, happened_at=noon),
        a_transaction(3, happened_at=ago(7)),
    ]
    bank = a_bank(tmp_path / "bank", transactions=rows)
    cohort = cohort_at(bank, [TODAY])
    until = pa.array([noon] * len(cohort), pa.timestamp("us", tz="UTC"))
    found = by_rollup(bank, cohort.append_column("until", until), Catalog(bookings))
    assert of_one(found) == {"bookings_7d": 2, "bookings_30d": 2}


def test_what_a_bank_lacks_is_missing(tmp_path):
    """Without the table even a count is missing."""
    bank = a_bank(tmp_path / "bank")
    found = by_rollup(bank, cohort_at(bank, [TODAY]), Catalog(bookings))
    assert str(found["bookings_30d"].to_pylist()) == "[nan]"


def test_an_aggregate_that_is_no_number_is_refused_when_declared():
    """Text cannot be a feature, and engines order it by different rules."""
    with pytest.raises(DeclarationError, match="aggregates string into ArgMax; a feature is a nu"):

        @feature(TRANSACTIONS, **WORDS)
        def last_channel(rows):
            """Channel used last."""
            return rows.channel.argmax(rows.happened_at)
