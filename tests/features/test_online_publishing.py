"""Publishing: readers see the old snapshot or the new one, and facts since follow to the new."""

import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from streamed import (
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
    grow,
    put_online,
    slowly,
    some_bookings,
)

from features.errors import (
    PublishOvertaken,
    StaleSnapshot,
)
from features.online import OnlineStore
from features.online_versions import published

ROOT = Path(__file__).parents[2]
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return a_stream_bank(tmp_path_factory.mktemp("online") / "bank")


def test_publishing_merges_what_the_new_snapshot_does_not_know(online_url, bank, tmp_path):
    """Facts known since the new as_of stay, earlier ones are the bank's to tell, repeats too."""
    put_online(online_url, bank)
    clock = Clock()
    door = a_door(online_url, clock)
    early, late = a_booking(100, happened_at=NOON), a_booking(101, happened_at=NOON)
    told_twice = a_booking(102, happened_at=NOON)
    door.absorb("transactions", [early])
    clock.now = MIDNIGHT + timedelta(days=1, hours=2)
    door.absorb("transactions", [late, told_twice])
    rows = some_bookings()
    grown = [row | {"known_at": NOON} for row in (early, told_twice)]
    fresh = grow(tmp_path / "grown", rows, grown)
    put_online(online_url, fresh, day=TOMORROW, now=clock.now)
    with OnlineStore(online_url, SMALL) as store:
        served = store.row_at(1, clock.on(minutes=1))
        known = [*rows, *grown, late | {"known_at": clock.now - timedelta(seconds=60)}]
        wanted = slowly(known, 1, served.at, TOMORROW)
        assert served.facts == 1
        for name, value in by_name(served).items():
            if name not in served.marks:
                assert value == pytest.approx(wanted[name], nan_ok=True), name
    assert door.absorb("transactions", [early]).unchanged == 1
    assert door.absorb("transactions", [early | {"amount_cents": 1}]).held == 1
    door.close()


def test_a_correction_across_two_snapshots_holds_the_table(online_url, bank, tmp_path):
    """The bank knew the first version before the new as_of; the log's second one corrects it."""
    put_online(online_url, bank)
    clock = Clock()
    door = a_door(online_url, clock)
    first = a_booking(100, happened_at=NOON)
    door.absorb("transactions", [first])
    clock.now = MIDNIGHT + timedelta(days=1, hours=1)
    door.absorb("transactions", [first | {"amount_cents": 5}])
    fresh = grow(tmp_path / "grown", some_bookings(), [first | {"known_at": NOON}])
    put_online(online_url, fresh, day=TOMORROW, now=clock.now)
    door.close()
    with OnlineStore(online_url, SMALL) as store:
        served = store.row_at(1, clock.on(hours=1))
        assert "bookings_7d" in served.marks
        assert by_name(served)["bookings_7d"] == store.row(1)[SMALL.names.index("bookings_7d")]


def test_an_older_snapshot_is_refused_when_the_log_would_have_holes(online_url, bank, tmp_path):
    """Facts that left the log cannot be merged again; the store in force stays."""
    put_online(online_url, bank)
    door = a_door(online_url, Clock())
    door.absorb("events", [a_page(7)])
    door.close()
    fresh = grow(tmp_path / "grown", some_bookings(), [])
    for day in (TOMORROW, DAY + timedelta(days=2)):
        put_online(online_url, fresh, day=day)
    with pytest.raises(StaleSnapshot, match="have left the online store's log"):
        put_online(online_url, bank)
    with OnlineStore(online_url, SMALL) as store:
        assert store.mark.as_of == DAY + timedelta(days=2)


def test_an_open_store_follows_what_is_published(online_url, bank, tmp_path):
    """The next row is the new snapshot's, and its mark too; the stamp changes with it."""
    put_online(online_url, bank)
    before = published(online_url)
    with OnlineStore(online_url, SMALL) as store:
        assert store.row_at(1, NOON).as_of == DAY
        put_online(online_url, grow(tmp_path / "b", some_bookings(), []), day=TOMORROW)
        assert store.row_at(1, NOON + timedelta(days=1)).as_of == TOMORROW
        assert store.mark.as_of == TOMORROW
    assert published(online_url) not in (before, ())


def test_of_two_publications_at_once_the_later_wins(online_url, bank):
    """The one that was overtaken says so, and leaves nothing half behind."""

    def overtake(step):
        if step == "rows":
            put_online(online_url, bank, now=NOON + timedelta(hours=1))

    with pytest.raises(PublishOvertaken, match="while this one was being written"):
        put_online(online_url, bank, tell=overtake)
    with OnlineStore(online_url, SMALL) as store:
        assert store.mark.published_at == NOON + timedelta(hours=1)
        assert store.row(1) is not None


STEPS = ("begun", "rows", "people", "emptied", "merged", "switching", "switched", "cleared")
KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}, {tests!r}]
from datetime import timedelta
from pathlib import Path
from features.bank import open_bank
from streamed import DAY, put_online
url, scratch, bank = *sys.argv[1:3], open_bank(Path(sys.argv[3]))
# What a first publication loads and compiles, the children have from here.
put_online(scratch, bank)
for line in sys.stdin:
    if not (child := os.fork()):
        def kill(step):
            if step == line.strip():
                os.kill(os.getpid(), signal.SIGKILL)
        put_online(url, bank, day=DAY + timedelta(days=1), tell=kill)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@contextmanager
def publishing_until_killed(url, bank, scratch):
    """A way to publish in a process of its own that is killed at a step; gives how it ended."""
    script = KILLED.format(root=str(ROOT), tests=str(ROOT / "tests"))
    with subprocess.Popen(
        [sys.executable, "-c", script, url, f"sqlite:///{scratch}", str(bank.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def publish_until(step):
            process.stdin.write(f"{step}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield publish_until
        process.stdin.close()


@pytest.mark.slow
def test_a_publication_killed_anywhere_leaves_the_old_snapshot_or_the_new(
    online_url, bank, tmp_path
):
    """Rows, facts since and profiles are of one snapshot, and the next publication succeeds."""
    put_online(online_url, bank)
    clock = Clock()
    door = a_door(online_url, clock)
    door.absorb("transactions", [a_booking(100, happened_at=NOON)])
    clock.now = MIDNIGHT + timedelta(days=1, hours=1)
    door.absorb("events", [a_page(7)])
    door.close()
    fresh = grow(tmp_path / "grown", some_bookings(), [])
    seen = []
    with publishing_until_killed(online_url, fresh, tmp_path / "scratch.db") as publish_until:
        for step in STEPS:
            assert publish_until(step) == -signal.SIGKILL
            with OnlineStore(online_url, SMALL) as store:
                served = store.row_at(1, clock.now + timedelta(hours=1))
                assert by_name(served)["fund_pages_30d"] == 1
                assert store.profile(1).known_before.date() == served.as_of - timedelta(days=1)
                assert served.facts == (2 if served.as_of == DAY else 1)
                seen.append(served.as_of)
    old = STEPS.index("switched")
    assert seen == [DAY] * old + [TOMORROW] * (len(STEPS) - old)
    put_online(online_url, fresh, day=TOMORROW)
