"""Served rows are what the raw tables say; where one is not, it is found and named."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from builders import a_bank, a_table, a_transaction
from sqlalchemy import delete, update
from streamed import (
    CUSTOMERS,
    MIDNIGHT,
    NOON,
    SMALL,
    Clock,
    a_booking,
    a_door,
    a_page,
    a_stream_bank,
    put_online,
    some_bookings,
)

from features.bank import open_bank
from features.errors import StaleSnapshot
from features.growing import grow_bank
from features.online import NUMBERS, OnlineStore
from features.online_database import writing
from features.online_served import ServedLog
from features.online_tables import FACTS, ROWS
from features.skew import customers_of, recorded_rows, skew_of
from goodcall.calendar import start_of_day


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return a_stream_bank(tmp_path_factory.mktemp("skew") / "bank")


def compare(url, bank, now, *, recorded=False):
    """What skew finds in the rows of everyone now, or in those that were recorded."""
    with OnlineStore(url, SMALL) as store, store.engine.connect() as connection:
        known = customers_of(connection)
        rows = [store.row_at(who, now) for who in known]
        if recorded:
            rows = recorded_rows(connection, store.mark, SMALL)
        return skew_of(connection, rows, bank=bank, mark=store.mark, catalog=SMALL)


def stream(door, clock, seed, count):
    """Random facts: bookings and pages, some late, some second versions, some corrections."""
    rng = np.random.default_rng(seed)
    for step in range(count):
        who, number = int(rng.integers(1, 5)), int(rng.integers(100, 130))
        happened = clock.now - timedelta(seconds=int(rng.choice([1, 900, 86_400 * 3, 86_400 * 25])))
        if rng.random() < 0.6:
            amount = int(rng.integers(-(10**6), 10**6))
            new = a_booking(number * 10 + who, who, happened_at=happened, amount_cents=amount)
            door.absorb("transactions", [new], corrections=bool(who == 3 and step == count // 2))
        else:
            door.absorb("events", [a_page(number * 10 + who, who, happened_at=happened)])
        clock.on(seconds=7)


def test_random_facts_leave_no_skew(online_url, bank):
    """Late ones, second versions and corrections among them; and days later still none."""
    put_online(online_url, bank)
    clock = Clock()
    door = a_door(online_url, clock)
    stream(door, clock, 3, 60)
    door.close()
    for later in (timedelta(0), timedelta(hours=12), timedelta(days=9)):
        found = compare(online_url, bank, clock.now + later)
        assert found.rows == len(CUSTOMERS)
        assert found.values == len(CUSTOMERS) * len(SMALL.names)
        assert found.held > 0
        assert found.differences == ()


def test_a_bank_that_grew_shows_no_skew(online_url, tmp_path):
    """Rows are recomputed from its tables whatever their files are called."""
    old = a_stream_bank(tmp_path / "bank")
    later = date(2027, 1, 31)
    with grow_bank(old.path, replace(old.manifest, last_day=later)) as growth:
        growth.add(
            "transactions",
            a_table(
                "transactions",
                [a_transaction(999, happened_at=start_of_day(later, old.manifest.zone))],
            ),
        )
    bank = open_bank(old.path)
    put_online(online_url, bank)
    assert bank.manifest.files
    assert compare(online_url, bank, NOON).differences == ()


def test_rows_recorded_while_others_write_show_no_skew(online_url, bank):
    """Three threads absorb, two read and record: each recorded row is right as of its moment."""
    put_online(online_url, bank)
    clock = Clock()
    doors = [a_door(online_url, clock) for _ in range(3)]
    stop = threading.Event()
    recorded = []

    def read(seed):
        with OnlineStore(online_url, SMALL) as store:
            log = ServedLog(store.layout, 1.0, np.random.default_rng(seed))
            while not stop.is_set():
                for who in CUSTOMERS:
                    log.note(store.row_at(who, clock.now))
                recorded.append(log.flush(store.engine))

    writers = [
        threading.Thread(target=stream, args=(door, clock, seed, 20))
        for seed, door in enumerate(doors)
    ]
    readers = [threading.Thread(target=read, args=(seed,)) for seed in (1, 2)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    for door in doors:
        door.close()
    found = compare(online_url, bank, clock.now, recorded=True)
    assert found.rows == sum(recorded) > 0
    assert found.differences == ()
    assert compare(online_url, bank, clock.now).differences == ()


def spoil(url, statement):
    with OnlineStore(url, SMALL) as store, writing(store.engine) as connection:
        connection.execute(statement)


def alter(url, who, name, value):
    """Change one value that the store would serve."""
    with OnlineStore(url, SMALL) as store:
        values = store.row(who).copy()
    values[SMALL.names.index(name)] = value
    changed = values.astype(NUMBERS).tobytes()
    spoil(url, update(ROWS).where(ROWS.c.customer_id == who).values(features=changed))


def test_one_value_altered_in_the_store_is_named(online_url, bank):
    """Customer, feature, what is served and what is right."""
    put_online(online_url, bank)
    right = compare(online_url, bank, NOON)
    assert right.differences == ()
    alter(online_url, 2, "money_in_30d", 12345.0)
    (found,) = compare(online_url, bank, NOON).differences
    assert (found.customer_id, found.feature, found.served) == (2, "money_in_30d", 12345.0)
    begin = MIDNIGHT - timedelta(days=30)
    assert found.recomputed == sum(
        row["amount_cents"]
        for row in some_bookings()
        if row["customer_id"] == 2
        and row["amount_cents"] > 0
        and row["happened_at"] >= begin
        and row["known_at"] < MIDNIGHT
    )
    assert found.kind == "value"


def test_a_held_value_that_is_not_the_snapshots_is_named(online_url, bank):
    """A quantile stands as of the snapshot; another value there is a skew of its own kind."""
    put_online(online_url, bank)
    door = a_door(online_url, Clock())
    door.absorb("transactions", [a_booking(100, 2, happened_at=NOON)])
    door.close()
    with OnlineStore(online_url, SMALL) as store:
        live = store.row_at(2, NOON).values.copy()
    live[SMALL.names.index("middle_30d")] += 1
    changed = live.astype(NUMBERS).tobytes()
    spoil(online_url, update(ROWS).where(ROWS.c.customer_id == 2).values(live=changed))
    (found,) = compare(online_url, bank, NOON).differences
    assert (found.feature, found.kind) == ("middle_30d", "frozen")


def test_an_event_dropped_from_the_log_is_found(online_url, bank):
    """The row counts a page that the log cannot tell of."""
    put_online(online_url, bank)
    door = a_door(online_url, Clock())
    door.absorb("events", [a_page(7, 1), a_page(8, 1), a_page(9, 2)])
    door.close()
    spoil(online_url, delete(FACTS).where(FACTS.c.key == "[8]"))
    (found,) = compare(online_url, bank, NOON + timedelta(1)).differences
    assert (found.customer_id, found.feature) == (1, "fund_pages_30d")
    assert (found.served, found.recomputed, found.kind) == (2, 1, "value")


def test_a_row_that_missed_its_facts_is_stale(online_url, bank):
    """The log holds the fact, the row does not: what is served is the snapshot's."""
    put_online(online_url, bank)
    door = a_door(online_url, Clock())
    door.absorb("events", [a_page(7, 1)])
    door.close()
    spoil(online_url, update(ROWS).values(live=None, live_states=None))
    (found,) = compare(online_url, bank, NOON + timedelta(1)).differences
    assert (found.feature, found.served, found.recomputed) == ("fund_pages_30d", 0, 1)
    assert found.kind == "stale"


def test_rows_that_get_lost_among_late_facts_say_so(online_url, bank):
    """A wrong value of a table of which late facts arrived is of the kind `late`."""
    put_online(online_url, bank)
    door = a_door(online_url, Clock())
    late = [a_page(n, 1, happened_at=MIDNIGHT - timedelta(days=n)) for n in (2, 3)]
    door.absorb("events", late)
    door.close()
    spoil(online_url, delete(FACTS).where(FACTS.c.key == "[2]"))
    (found,) = compare(online_url, bank, NOON).differences
    assert (found.served, found.recomputed, found.kind) == (2, 1, "late")


def test_another_bank_is_not_compared(online_url, bank, tmp_path):
    """A bank of another name or zone is refused."""
    put_online(online_url, bank)
    other = a_bank(tmp_path / "other", zone="Europe/Berlin")
    with pytest.raises(StaleSnapshot, match="name the bank that it was made from"):
        compare(online_url, other, NOON)


def test_a_share_of_the_rows_is_recorded(online_url, bank):
    """About the share asked for, none where nothing is asked for, all where all are."""
    put_online(online_url, bank)
    with OnlineStore(online_url, SMALL) as store:
        row = store.row_at(1, NOON)
        for share, low, high in ((0.0, 0, 0), (0.1, 60, 140), (1.0, 1000, 1000)):
            log = ServedLog(store.layout, share, np.random.default_rng(1))
            for _ in range(1000):
                log.note(row)
            assert low <= log.flush(store.engine) <= high
            assert log.flush(store.engine) == 0


def test_rows_of_a_replaced_snapshot_go_with_it(online_url, bank):
    """What was recorded of an older version cannot be recomputed and is dropped."""
    put_online(online_url, bank)
    with OnlineStore(online_url, SMALL) as store:
        log = ServedLog(store.layout, 1.0, np.random.default_rng(1))
        log.note(store.row_at(1, NOON))
        assert log.flush(store.engine) == 1
        log.note(store.row_at(1, NOON))
        put_online(online_url, bank)
        assert log.flush(store.engine) == 0
    assert compare(online_url, bank, NOON, recorded=True).rows == 0
