"""The point-in-time engine: what it may see, and that nothing else moves it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import a_bank, a_customer, a_table, a_transaction

from features.asof import as_of, connect
from features.catalog import CATALOG
from features.cohort import cohort_at, monthly
from features.feature import Catalog, feature
from features.tables import HOLDINGS, TRANSACTIONS
from goodcall.calendar import start_of_day

TODAY = date(2026, 6, 1)
MIDNIGHT = start_of_day(TODAY, "Asia/Shanghai")


@feature(TRANSACTIONS, windows=(30,), zh="笔数", concept="count", unit="count", purpose="service")
def bookings(rows):
    """Bookings."""
    return rows.count()


@feature(HOLDINGS, zh="持有", concept="held", unit="count", purpose="service")
def held(rows):
    """Holdings not closed."""
    return rows.count(where=rows.closed_on.isnull())


def count(path: Path, *transactions, zone: str = "Asia/Shanghai", catalog=None, today=TODAY):
    bank = a_bank(path, zone=zone, transactions=list(transactions))
    cohort = pa.table({"customer_id": pa.array([1]), "as_of": pa.array([today], pa.date32())})
    return as_of(bank, cohort, catalog or Catalog(bookings))["bookings_30d"][0].as_py()


def test_a_fact_at_midnight_of_as_of_belongs_to_the_future(tmp_path):
    """A tie with as_of is not seen; a microsecond earlier is."""
    tie = a_transaction(happened_at=MIDNIGHT, known_at=MIDNIGHT)
    before = MIDNIGHT - timedelta(microseconds=1)
    just_before = a_transaction(2, happened_at=before, known_at=before)
    assert count(tmp_path / "tie", tie) == 0
    assert count(tmp_path / "before", just_before) == 1


def test_a_fact_known_at_midnight_of_as_of_is_unknown(tmp_path):
    """What becomes known on the as_of instant itself belongs to the future, however old it is."""
    happened = MIDNIGHT - timedelta(days=3)
    late = a_transaction(happened_at=happened, known_at=MIDNIGHT)
    in_time = a_transaction(happened_at=happened, known_at=MIDNIGHT - timedelta(microseconds=1))
    assert count(tmp_path / "late", late) == 0
    assert count(tmp_path / "in_time", in_time) == 1


def test_a_fact_known_before_it_happens_still_waits_until_it_has_happened(tmp_path):
    """Even in a file that no check has seen, what happens at as_of or later is not counted."""
    yesterday = MIDNIGHT - timedelta(days=1)
    bank = a_bank(tmp_path / "bank", transactions=[a_transaction(happened_at=yesterday)])
    foretold = a_transaction(happened_at=MIDNIGHT, known_at=yesterday)
    pq.write_table(a_table("transactions", [foretold]), bank.file("transactions"))
    found = as_of(bank, cohort_at(bank, [TODAY]), Catalog(bookings))
    assert found["bookings_30d"].to_pylist() == [0]


def test_a_window_holds_its_left_edge(tmp_path):
    """A fact exactly 30 local days before as_of counts; a microsecond earlier does not."""
    edge = start_of_day(TODAY - timedelta(days=30), "Asia/Shanghai")
    outside = edge - timedelta(microseconds=1)
    assert count(tmp_path / "edge", a_transaction(happened_at=edge)) == 1
    assert count(tmp_path / "outside", a_transaction(happened_at=outside)) == 0


def test_days_ago_agrees_with_the_windows(tmp_path):
    """Inside a window of n days every fact is fewer than n days ago, its left edge too."""

    @feature(TRANSACTIONS, windows=(30,), zh="最久", concept="x", unit="days", purpose="service")
    def oldest(rows):
        """Oldest booking."""
        return rows.days_ago.max()

    edge = start_of_day(TODAY - timedelta(days=30), "Asia/Shanghai")
    bank = a_bank(tmp_path / "bank", transactions=[a_transaction(happened_at=edge)])
    row = as_of(bank, cohort_at(bank, [TODAY]), Catalog(oldest))
    assert row["oldest_30d"].to_pylist() == [29]


def test_an_as_of_is_midnight_in_the_banks_zone(tmp_path):
    """Three in the afternoon UTC on 31 May is 31 May in Prague and 1 June in Auckland."""
    moment = datetime(2026, 5, 31, 15, tzinfo=UTC)
    assert count(tmp_path / "a", a_transaction(happened_at=moment), zone="Europe/Prague") == 1
    assert count(tmp_path / "b", a_transaction(happened_at=moment), zone="Pacific/Auckland") == 0


@pytest.mark.parametrize("session_zone", ["UTC", "Asia/Shanghai", "America/Los_Angeles"])
def test_the_sessions_time_zone_moves_nothing(tmp_path, monkeypatch, session_zone):
    """Facts at both edges of the window count the same whatever zone the session is in."""
    edge = start_of_day(TODAY - timedelta(days=30), "Asia/Shanghai")
    rows = [
        a_transaction(1, happened_at=edge),
        a_transaction(2, happened_at=edge - timedelta(microseconds=1)),
        a_transaction(3, happened_at=MIDNIGHT - timedelta(seconds=2)),
        a_transaction(4, happened_at=MIDNIGHT + timedelta(hours=3)),
    ]

    def connect_elsewhere(memory="2GB"):
        backend = connect(memory)
        backend.raw_sql(f"SET TimeZone = '{session_zone}'")
        return backend

    monkeypatch.setattr("features.asof.connect", connect_elsewhere)
    assert count(tmp_path / "bank", *rows) == 2


def test_the_latest_version_known_before_as_of_counts(tmp_path):
    """A closing known only at as_of leaves the holding open; one known before ends it."""
    opened = MIDNIGHT - timedelta(days=100)
    holding = {
        "holding_id": 1,
        "customer_id": 1,
        "happened_at": opened,
        "known_at": opened,
        "product_id": 1,
        "family": "fund",
        "opened_on": opened.date(),
    }
    closing = holding | {"closed_on": date(2026, 5, 20), "known_at": MIDNIGHT}
    known_earlier = closing | {"known_at": MIDNIGHT - timedelta(seconds=1)}
    answers = []
    for number, version in enumerate((closing, known_earlier)):
        bank = a_bank(tmp_path / str(number), holdings=[holding, version])
        answers += as_of(bank, cohort_at(bank, [TODAY]), Catalog(held))["held"].to_pylist()
    assert answers == [1, 0]


def test_a_corrected_amount_replaces_the_first_one(tmp_path):
    """Of two versions of a transaction only the one known last before as_of is summed."""

    @feature(TRANSACTIONS, windows=(30,), zh="合计", concept="x", unit="money", purpose="service")
    def total(rows):
        """Total."""
        return rows.amount_cents.sum()

    happened = MIDNIGHT - timedelta(days=5)
    first = a_transaction(happened_at=happened)
    corrected = first | {"known_at": MIDNIGHT - timedelta(days=1), "amount_cents": 7_700}
    bank = a_bank(tmp_path / "bank", transactions=[first, corrected])
    cohort = cohort_at(bank, [TODAY - timedelta(days=2), TODAY])
    assert as_of(bank, cohort, Catalog(total))["total_30d"].to_pylist() == [10_000, 7_700]


def test_the_future_changes_nothing(tmp_path):
    """Every fact from as_of on, multiplied by 1000 or made up anew, leaves the same bytes."""
    past = [
        a_transaction(n, happened_at=MIDNIGHT - timedelta(days=n, minutes=7 * n))
        for n in range(1, 60)
    ]
    future = [a_transaction(100 + n, happened_at=MIDNIGHT + timedelta(days=n)) for n in range(60)]
    late = [
        a_transaction(200 + n, happened_at=MIDNIGHT - timedelta(days=n), known_at=MIDNIGHT)
        for n in range(1, 30)
    ]
    loud = [row | {"amount_cents": row["amount_cents"] * 1000} for row in (*future, *late)]
    tables = []
    for name, rows in (("plain", [*past, *future, *late]), ("loud", [*past, *loud])):
        bank = a_bank(tmp_path / name, transactions=rows)
        tables.append(as_of(bank, cohort_at(bank, [TODAY]), CATALOG))
    sink = [pa.BufferOutputStream(), pa.BufferOutputStream()]
    for table, out in zip(tables, sink, strict=True):
        with pa.ipc.new_stream(out, table.schema) as stream:
            stream.write_table(table)
    assert sink[0].getvalue().to_pybytes() == sink[1].getvalue().to_pybytes()


@pytest.mark.parametrize("apart", [1, 3, 1000])
def test_the_rows_of_customers_who_are_not_asked_about_change_nothing(tmp_path, apart):
    """However near to those asked about they are, or far from them."""
    numbers, before = range(1, 1 + 6 * apart, apart), MIDNIGHT - timedelta(days=1)
    booked = [
        a_transaction(who * 10 + number, customer_id=who, happened_at=before, known_at=before)
        for who in (*numbers, numbers[-1] + 1)
        for number in range(numbers.index(who) + 1 if who in numbers else 9)
    ]
    people = [a_customer(who) for who in (*numbers, numbers[-1] + 1)]
    bank = a_bank(tmp_path, customers=people, transactions=booked)
    asked = [numbers[n] for n in (5, 1, 2)]
    cohort = pa.table({"customer_id": asked, "as_of": pa.array([TODAY] * 3, pa.date32())})
    assert as_of(bank, cohort, Catalog(bookings))["bookings_30d"].to_pylist() == [6, 2, 3]


def test_what_a_bank_lacks_is_missing_and_what_a_customer_lacks_is_counted(tmp_path):
    """Without the table a count is missing; with the table but no rows it is 0."""
    lacking = a_bank(tmp_path / "lacking")
    other = a_bank(
        tmp_path / "other",
        customers=[a_customer(1), a_customer(2)],
        transactions=[a_transaction(customer_id=2, happened_at=MIDNIGHT - timedelta(days=1))],
    )
    missing = as_of(lacking, cohort_at(lacking, [TODAY]), Catalog(bookings))["bookings_30d"]
    counted = as_of(other, cohort_at(other, [TODAY]), Catalog(bookings))["bookings_30d"]
    assert str(missing.to_pylist()) == "[nan]"
    assert counted.to_pylist() == [0, 1]


def test_a_cohort_holds_customers_once_they_are_known_and_while_they_are_active(tmp_path):
    """A customer enters the day after the bank knew them and leaves when known to be closed."""
    joined = start_of_day(date(2026, 2, 10), "Asia/Shanghai")
    left = start_of_day(date(2026, 4, 10), "Asia/Shanghai")
    rows = [
        a_customer(1),
        a_customer(2, happened_at=joined, known_at=joined),
        a_customer(2, happened_at=joined, known_at=left, status="closed"),
    ]
    bank = a_bank(tmp_path / "bank", customers=rows)
    cohort = monthly(bank, date(2026, 2, 1), date(2026, 5, 1)).to_pylist()
    assert [(row["as_of"].month, row["customer_id"]) for row in cohort] == [
        *((2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (5, 1)),
    ]


def test_a_cohort_holds_customers_with_an_open_account(tmp_path):
    """Who has no account of their own, or only a closed one, is not in it."""
    opened = MIDNIGHT - timedelta(days=100)
    account = {"happened_at": opened, "known_at": opened, "kind": "current", "opened_on": TODAY}
    rows = [
        account | {"account_id": 1, "customer_id": 1},
        account | {"account_id": 2, "customer_id": 2, "closed_on": TODAY - timedelta(days=1)},
        account | {"account_id": 3, "customer_id": 3, "closed_on": TODAY},
    ]
    people = [a_customer(n) for n in range(1, 5)]
    bank = a_bank(tmp_path / "bank", customers=people, accounts=rows)
    assert cohort_at(bank, [TODAY])["customer_id"].to_pylist() == [1, 3]


def test_a_condition_that_is_missing_does_not_hold(tmp_path):
    """Of a customer without rows nothing is known, so what depends on it takes the other branch."""

    @feature(TRANSACTIONS, windows=(30,), zh="x", concept="x", unit="flag", purpose="service")
    def announced(rows):
        """Whether any booking was announced."""
        return ibis.ifelse(rows.planned.max(), 1, 0)

    bank = a_bank(
        tmp_path / "bank",
        customers=[a_customer(1), a_customer(2)],
        transactions=[a_transaction(happened_at=MIDNIGHT - timedelta(days=1), planned=True)],
    )
    row = as_of(bank, cohort_at(bank, [TODAY]), Catalog(announced))
    assert row["announced_30d"].to_pylist() == [1, 0]
