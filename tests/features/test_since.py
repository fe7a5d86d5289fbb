"""What arrives after a snapshot: the online row is the catalogue over what happened until now."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamed import (
    CUSTOMERS,
    DAY,
    FIXED,
    MIDNIGHT,
    NOON,
    SMALL,
    Clock,
    a_booking,
    a_door,
    a_page,
    a_stream_bank,
    by_name,
    put_online,
    slowly,
    some_bookings,
)

from features.online import OnlineStore
from goodcall.calendar import start_of_day

DAYS = ("busy_days_7d", "busy_days_30d", "busy_share")
WEEK, MONTH = (start_of_day(DAY - timedelta(n), "Asia/Shanghai") for n in (7, 30))


def held(served):
    """The names that a row holds at the snapshot's value."""
    return set(served.marks)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return a_stream_bank(tmp_path_factory.mktemp("since") / "bank")


@pytest.fixture(scope="module")
def open_store(tmp_path_factory, bank):
    """A store published anew for every question, with its door and a clock."""
    numbers = iter(range(10_000))
    folder = tmp_path_factory.mktemp("stores")
    waiting = []

    def make():
        url = f"sqlite:///{folder / f'{next(numbers)}.db'}"
        put_online(url, bank)
        clock = Clock()
        door, store = a_door(url, clock), OnlineStore(url, SMALL)
        waiting.extend((door, store))
        return store, door, clock

    yield make
    for each in waiting:
        each.close()


def expect(store, rows, now, customer=1, but=()):
    """A row read at `now` holds what a slow reading of the rows says, and the snapshot's else."""
    served = store.row_at(customer, now)
    said, before = by_name(served), dict(zip(SMALL.names, store.row(customer), strict=True))
    wanted = slowly(rows, customer, max(now, served.at))
    for name in SMALL.names:
        held_back = name in FIXED or name in but
        right = before[name] if held_back else wanted[name]
        assert said[name] == pytest.approx(right, rel=1e-9, nan_ok=True), name
    return served


def known(row, clock, *, late=0):
    """A row as the log holds it: known at the moment at which it was taken."""
    return row | {"known_at": clock.now + timedelta(microseconds=late)}


def test_a_new_fact_counts_at_once(open_store):
    """A page looked at an hour ago is one more page about funds; nothing else changes."""
    store, door, clock = open_store()
    clock.on(hours=1)
    door.absorb("events", [a_page(7)])
    before = dict(zip(SMALL.names, store.row(1), strict=True))
    after = by_name(store.row_at(1, clock.now))
    assert after["fund_pages_30d"] == before["fund_pages_30d"] + 1
    assert by_name(store.row_at(2, clock.now))["fund_pages_30d"] == 0
    assert store.row_at(1, clock.now).marks == ()
    assert store.row_at(1, clock.now).facts == 1


def test_every_kind_of_measure_merges(open_store):
    """Sums, counts, extremes, spreads, days, the newest and the first follow the raw rows."""
    store, door, clock = open_store()
    rows = some_bookings()
    for number, amount in enumerate((-95_000, 95_000, 3), start=100):
        clock.on(hours=9)
        new = a_booking(number, happened_at=clock.now, amount_cents=amount)
        door.absorb("transactions", [new])
        rows.append(known(new, clock))
        clock.on(seconds=1)
        served = expect(store, rows, clock.now)
        assert held(served) == set(FIXED)
        assert served.facts == number - 99


def test_days_pass_without_facts(open_store):
    """Whatever counts days moves at midnight of the bank's zone; windows stay where they began."""
    store, _, _ = open_store()
    rows = some_bookings()
    for now in (NOON, MIDNIGHT + timedelta(days=1), MIDNIGHT + timedelta(days=1, microseconds=1)):
        expect(store, rows, now)
    midnight = by_name(store.row_at(1, MIDNIGHT + timedelta(days=1)))["days_since_30d"]
    assert (
        by_name(store.row_at(1, MIDNIGHT + timedelta(days=1, microseconds=1)))["days_since_30d"]
        == midnight + 1
    )


EDGES = [
    (MONTH, {"bookings_30d": 1, "bookings_7d": 0}),
    (MONTH - timedelta(microseconds=1), {"bookings_30d": 0, "bookings_7d": 0}),
    (WEEK, {"bookings_30d": 1, "bookings_7d": 1}),
    (WEEK - timedelta(microseconds=1), {"bookings_30d": 1, "bookings_7d": 0}),
]


@pytest.mark.parametrize(("happened", "wanted"), EDGES)
def test_a_late_fact_counts_in_the_windows_that_hold_it(open_store, happened, wanted):
    """It happened before the snapshot and became known after; left edges stay the snapshot's."""
    store, door, clock = open_store()
    new = a_booking(100, customer=4, happened_at=happened, amount_cents=5)
    door.absorb("transactions", [new])
    inside = wanted["bookings_30d"]
    but = (*(("busy_days_7d",) if wanted["bookings_7d"] else ()), *(DAYS[1:] if inside else ()))
    served = expect(store, [known(new, clock)], clock.on(seconds=1), customer=4, but=but)
    assert {name: by_name(served)[name] for name in wanted} == wanted
    assert held(served) == {*FIXED, *but}
    assert by_name(served)["newest_amount"] == 5


def test_a_fact_on_the_first_instant_of_as_of_is_no_late_one(open_store):
    """Midnight belongs to the new day, which the snapshot did not count."""
    store, door, clock = open_store()
    new = a_booking(100, happened_at=MIDNIGHT)
    door.absorb("transactions", [new])
    served = expect(store, [*some_bookings(), known(new, clock)], clock.on(seconds=1))
    assert not held(served) & set(DAYS)


def test_a_second_version_replaces_the_first(open_store):
    """The log keeps both; the row counts the last, and follows it to another amount and day."""
    store, door, clock = open_store()
    rows = some_bookings()
    for amount, hours in ((70_000, 1), (-3, 5), (8, 0)):
        new = a_booking(100, happened_at=NOON - timedelta(hours=hours), amount_cents=amount)
        done = door.absorb("transactions", [new])
        assert (done.added, done.unchanged) == (1, 0)
        rows.append(known(new, clock))
        served = expect(store, rows, clock.on(seconds=1))
        assert served.facts == 1


def test_the_same_fact_twice_changes_nothing(open_store):
    """Neither row nor log nor number of facts; in one lot neither."""
    store, door, clock = open_store()
    new = a_booking(100, happened_at=NOON)
    assert door.absorb("transactions", [new, new]).added == 1
    before = store.row_at(1, clock.on(minutes=1))
    again = door.absorb("transactions", [new])
    assert (again.added, again.unchanged, again.customers) == (0, 1, 0)
    after = store.row_at(1, clock.now)
    assert (after.seq, after.facts) == (before.seq, before.facts)
    assert np.array_equal(after.values, before.values, equal_nan=True)


def test_a_correction_of_what_the_snapshot_counted_holds_the_table(open_store, bank):
    """The bank's tables tell it; that customer's bookings stay as of the snapshot, pages do not."""
    store, door, clock = open_store()
    wrong = next(row for row in some_bookings() if row["customer_id"] == 1)
    right = {name: value for name, value in wrong.items() if name != "known_at"}
    assert door.absorb("transactions", [right], bank=bank).unchanged == 1
    done = door.absorb("transactions", [right | {"amount_cents": 1}], bank=bank)
    assert done.held == 1
    door.absorb("transactions", [a_booking(100, happened_at=NOON)])
    door.absorb("events", [a_page(7)])
    before, served = store.row(1), store.row_at(1, clock.on(days=3))
    assert held(served) == set(SMALL.names) - {"fund_pages_30d"}
    for name, was, now in zip(SMALL.names, before, served.values, strict=True):
        assert now == pytest.approx(was + (name == "fund_pages_30d"), nan_ok=True)


def test_without_the_bank_the_caller_says_that_it_corrects(open_store):
    """Then too the customer's features of that table stay as of the snapshot."""
    store, door, clock = open_store()
    door.absorb("transactions", [a_booking(1, happened_at=MIDNIGHT)], corrections=True)
    served = store.row_at(1, clock.now)
    assert held(served) == set(SMALL.names) - {"fund_pages_30d"}
    assert np.array_equal(served.values, store.row(1), equal_nan=True)


BOOKED = st.tuples(
    st.sampled_from(CUSTOMERS),
    st.integers(1, 12),
    st.integers(-40 * 86_400, 86_400),
    st.integers(-(10**9), 10**9),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BOOKED, min_size=1, max_size=25), st.integers(0, 30))
def test_any_stream_gives_what_the_raw_rows_say(open_store, booked, hours):
    """Whatever arrives, in whichever order and version, early or late, for whomever."""
    store, door, clock = open_store()
    clock.on(days=1)
    rows = [row for row in some_bookings() if row["known_at"] < MIDNIGHT]
    for customer, number, seconds, amount in booked:
        happened = MIDNIGHT + timedelta(seconds=seconds)
        new = a_booking(
            1000 * customer + number, customer, happened_at=happened, amount_cents=amount
        )
        door.absorb("transactions", [new])
        rows.append(known(new, clock))
        clock.on(seconds=1)
    clock.on(hours=hours)
    for customer in CUSTOMERS:
        marks = held(store.row_at(customer, clock.now))
        assert marks <= {*FIXED, *DAYS}
        expect(store, rows, clock.now, customer, but=marks)
