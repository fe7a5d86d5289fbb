"""The online store: readers see whole snapshots, facts are taken whole, nothing stale is silent."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from builders import a_bank, a_customer
from streamed import (
    CUSTOMERS,
    DAY,
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

from features.errors import (
    BrokenContract,
    FactRefused,
    StaleSnapshot,
    StoreUnreachable,
)
from features.feature import Catalog
from features.online import OnlineStore
from features.online_database import writing
from features.online_publish import publish
from features.online_tables import HOUSEHOLDS, METADATA
from features.profiles import profiles

ROOT = Path(__file__).parents[2]
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return a_stream_bank(tmp_path_factory.mktemp("online") / "bank")


def test_a_row_is_the_snapshots(online_url, bank):
    """Every value of every customer returns bit for bit, missing ones too, and so do profiles."""
    computed = put_online(online_url, bank)
    with OnlineStore(online_url, SMALL) as store:
        for place, who in enumerate(CUSTOMERS):
            wanted = [computed.features[name][place].as_py() for name in SMALL.names]
            assert np.array_equal(store.row(who), wanted, equal_nan=True)
            assert np.array_equal(store.row_at(who, MIDNIGHT).values, wanted, equal_nan=True)
        assert store.row(99) is None
        assert store.row_at(99, NOON) is None
        assert store.profile(99) is None
        assert [store.profile(who) for who in CUSTOMERS] == list(profiles(bank, DAY))
        assert (store.mark.as_of, store.mark.bank, store.mark.published_at) == (
            *(DAY, "test bank"),
            NOON,
        )


def test_the_members_of_a_household_are_found(online_url, bank):
    """As of the snapshot, on every database; a store that kept none says what to do."""
    computed = put_online(online_url, bank)
    people = [
        replace(one, household_id=5 if one.customer_id in (1, 2) else None)
        for one in profiles(bank, DAY)
    ]
    publish(online_url, computed, people, bank=bank, as_of=DAY, catalog=SMALL, now=NOON)
    with OnlineStore(online_url, SMALL) as store:
        assert (store.household(5), store.household(6)) == ((1, 2), ())
        with writing(store.engine) as connection:
            HOUSEHOLDS.drop(connection)
        with pytest.raises(StaleSnapshot, match="an earlier release published it; publish one"):
            store.household(5)


def test_facts_count_on_every_database(online_url, bank):
    """New, late and twice-told facts of two tables give what the raw rows say."""
    put_online(online_url, bank)
    clock = Clock()
    door = a_door(online_url, clock)
    new = [
        a_booking(100, happened_at=NOON, amount_cents=77),
        a_booking(101, 2, happened_at=MIDNIGHT - timedelta(days=3), amount_cents=-5),
    ]
    assert door.absorb("transactions", new).added == 2
    assert door.absorb("transactions", new).unchanged == 2
    door.absorb("events", [a_page(7), a_page(8, 3)])
    rows = [*some_bookings(), *(row | {"known_at": NOON} for row in (*new, a_page(7)))]
    with OnlineStore(online_url, SMALL) as store:
        for who in (1, 2):
            served = store.row_at(who, NOON + timedelta(hours=30))
            wanted = slowly(rows, who, served.at)
            for name, value in by_name(served).items():
                if name not in served.marks:
                    assert value == pytest.approx(wanted[name], nan_ok=True), name
    door.close()


def test_the_rows_of_many_are_the_rows_of_each(online_url, bank):
    """To the last bit, in windows that moved, with facts since and with features held."""
    put_online(online_url, bank)
    door = a_door(online_url, Clock())
    new = a_booking(100, happened_at=NOON, amount_cents=77)
    door.absorb("transactions", [new])
    late = a_booking(101, 2, happened_at=MIDNIGHT - timedelta(days=3), amount_cents=-5)
    assert door.absorb("transactions", [late], corrections=True).held == 1
    with OnlineStore(online_url, SMALL) as store:
        for now in (NOON, NOON + timedelta(hours=30), NOON + timedelta(days=9)):
            many = store.rows_at([*CUSTOMERS, 999, 1], now)
            assert sorted(many) == sorted(CUSTOMERS)
            for who in CUSTOMERS:
                one, same = store.row_at(who, now), many[who]
                assert same.values.tobytes() == one.values.tobytes(), who
                told = ("customer_id", "as_of", "at", "version", "facts", "seq", "marks")
                assert [getattr(same, x) for x in told] == [getattr(one, x) for x in told]
        assert many[2].marks
        assert store.rows_at([999], NOON) == {}
        belong = store.people.belong([*CUSTOMERS, 999])
        assert belong == {who: store.belongs(who) for who in CUSTOMERS}
        assert store.belongs(999) is None
        assert store.people.profile(1) == store.profile(1)
        assert store.people.profile(999) is None
    door.close()


REFUSED = [
    ("transactions", {"amount_cents": None}, BrokenContract, "row 1: amount_cents is empty"),
    ("transactions", {"kind": "bribe"}, BrokenContract, "kind is not one of salary"),
    ("transactions", {"amount_cents": 1.5}, BrokenContract, "does not read as cents"),
    ("transactions", {"colour": "red"}, BrokenContract, "unknown columns colour"),
    ("transactions", {"known_at": NOON}, BrokenContract, "known_at is the moment at which"),
    ("transactions", {"happened_at": "2026-06-01T10:00"}, BrokenContract, "has no zone"),
    (
        *("transactions", {"happened_at": NOON + timedelta(minutes=2)}),
        *(BrokenContract, "has not come yet"),
    ),
    ("transactions", {"customer_id": 99}, FactRefused, "not in the snapshot of 2026-06-01: 99"),
    ("weather", {}, FactRefused, "no feature reads a raw table 'weather'; .* transactions, events"),
    ("balances", {}, FactRefused, "no feature reads a raw table 'balances'"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[3][:30])
def test_what_cannot_be_taken_is_refused_whole(tmp_path, bank, case):
    """The error says which row and why, and the good rows of the lot are not taken either."""
    table, facts, kind, said = case
    url = f"sqlite:///{tmp_path / 'online.db'}"
    put_online(url, bank)
    door = a_door(url, Clock())
    good, bad = a_booking(100, happened_at=NOON), a_booking(101, happened_at=NOON) | facts
    with pytest.raises(kind, match=said):
        door.absorb(table, [bad, good])
    door.close()
    with OnlineStore(url, SMALL) as store:
        assert store.row_at(1, NOON).facts == 0


def test_a_table_that_the_bank_lacks_takes_no_facts(tmp_path):
    """Nothing is known of anyone's past there, so a count of today would mislead."""
    url = f"sqlite:///{tmp_path / 'online.db'}"
    lacking = a_bank(tmp_path / "bank", customers=[a_customer(n) for n in CUSTOMERS])
    put_online(url, lacking)
    door = a_door(url, Clock())
    with pytest.raises(FactRefused, match="test bank has no raw table events"):
        door.absorb("events", [a_page(7)])
    door.close()


def test_a_clock_that_is_ahead_by_seconds_is_borne(tmp_path, bank):
    """A fact dated half a minute ahead counts, and the row stands just after it."""
    url = f"sqlite:///{tmp_path / 'online.db'}"
    put_online(url, bank)
    door = a_door(url, Clock())
    ahead = NOON + timedelta(seconds=30)
    door.absorb("events", [a_page(7, happened_at=ahead)])
    door.close()
    with OnlineStore(url, SMALL) as store:
        served = store.row_at(1, NOON)
        assert served.at == ahead + timedelta(microseconds=1)
        assert by_name(served)["fund_pages_30d"] == 1


def test_no_stale_row_is_served(online_url, bank, tmp_path):
    """Nothing published, another catalogue, too old an as_of: each is an error with what to do."""
    with pytest.raises(StaleSnapshot, match="goodcall outreach plan"):
        OnlineStore(f"sqlite:///{tmp_path / 'none.db'}", SMALL)
    a_door(online_url, Clock()).close()
    with pytest.raises(StaleSnapshot, match="nothing is published"):
        OnlineStore(online_url, SMALL)
    put_online(online_url, bank)
    other = Catalog(SMALL.features[:3])
    with pytest.raises(StaleSnapshot, match=f"built by catalogue {SMALL.fingerprint}"):
        OnlineStore(online_url, other)
    door = a_door(online_url, Clock(), other)
    with pytest.raises(StaleSnapshot, match=f"built by catalogue {SMALL.fingerprint}"):
        door.absorb("transactions", [a_booking(7)])
    door.close()
    last = MIDNIGHT + timedelta(days=36)
    with OnlineStore(online_url, SMALL) as store:
        assert store.row_at(1, last - timedelta(microseconds=1)) is not None
        with pytest.raises(StaleSnapshot, match="36 days old, allowed are 35; publish"):
            store.row_at(1, last)
        put_online(online_url, bank, catalog=other)
        with pytest.raises(StaleSnapshot, match="built by catalogue"):
            store.row(1)


def test_a_broken_or_unknown_database_is_told(tmp_path):
    """Bytes that are no database, an address of another kind, a server that is not there."""
    (tmp_path / "x.db").write_bytes(b"\xff\x00 no database, however long it may be" * 100)
    for url, said in (
        (f"sqlite:///{tmp_path / 'x.db'}", "x.db"),
        ("mysql://host/x", "cannot be kept at mysql://host/x"),
        ("nonsense", "cannot be kept at nonsense"),
        ("postgresql+psycopg://me:secret@127.0.0.1:1/x", "127.0.0.1:1/x does not answer"),
    ):
        with pytest.raises((StaleSnapshot, StoreUnreachable), match=said) as told:
            OnlineStore(url, SMALL)
        assert "secret" not in str(told.value)


def test_a_connection_that_the_server_closed_is_opened_again(online_url, bank):
    """A restarted server costs no answer; one that stays away is told as such."""
    put_online(online_url, bank)
    with OnlineStore(online_url, SMALL) as store:
        before = store.row(1)
        if store.engine.dialect.name == "postgresql":
            with writing(store.engine) as connection:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        assert np.array_equal(store.row(1), before, equal_nan=True)
        with writing(store.engine) as connection:
            METADATA.drop_all(connection)
        with pytest.raises(StoreUnreachable, match="does not answer"):
            store.row(1)


def test_readers_never_see_half_a_fact_while_others_write(online_url, bank):
    """Bookings come in pairs of opposite amounts: every row read holds an even number of them."""
    put_online(online_url, bank)
    clock = Clock(NOON + timedelta(hours=1))
    door = a_door(online_url, clock)
    wrong, stop = [], threading.Event()

    def read():
        with OnlineStore(online_url, SMALL) as store:
            base = {who: store.row(who)[SMALL.names.index("bookings_30d")] for who in CUSTOMERS}
            while not stop.is_set():
                for who in CUSTOMERS:
                    served = store.row_at(who, clock.now)
                    new = by_name(served)["bookings_30d"] - base[who]
                    if new % 2 or new != served.facts:
                        wrong.append((who, new, served.facts))

    def write(first):
        for number in range(first, first + 20, 2):
            who = number // 2 % 4 + 1
            pair = [
                a_booking(number + n, who, happened_at=NOON, amount_cents=(-1) ** n * 500)
                for n in (0, 1)
            ]
            door.absorb("transactions", pair)

    writers = [threading.Thread(target=write, args=(first,)) for first in (1000, 2000)]
    reader = threading.Thread(target=read)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert wrong == []
    with OnlineStore(online_url, SMALL) as store:
        assert sum(store.row_at(who, clock.now).facts for who in CUSTOMERS) == 40
    door.close()
