"""A night killed by the kernel at every step, inside and after, and started again each time."""

import os
import signal

import pyarrow.parquet as pq
from chained import verify_audit
from nightly import MANAGER, PEOPLE, SECOND, copied, killed, ledger_of, run

from cli.night_steps import STEPS
from features import CATALOG, OnlineStore, read_snapshot
from goodcall.night_record import read_record
from governance import vault_of

# Within a step's work, when it is done and not recorded, and before what it has audited.
MOMENTS = (
    *(("made", "check"), ("audit", "export contacts"), ("made", "close")),
    *(("during", "features"), ("made", "features"), ("made", "scores")),
    *(("begun", "plan"), ("audit", "plan"), ("made", "plan"), ("made", "online")),
    ("made", "publish"),
)


def outcome_of(place):
    """All that a night comes to, without the moments at which it came to it."""
    with ledger_of(place) as ledger:
        plan = ledger.plan(SECOND)
        rows = ledger.list_rows(SECOND, MANAGER)
        trails = [ledger.trail(who, SECOND) for who in PEOPLE]
    with OnlineStore(place.online_url, CATALOG, cipher=vault_of(place, os.environ)) as store:
        profiles = [store.profile(who) for who in PEOPLE]
    snapshot = place.snapshots / f"as_of={SECOND}" / "features.parquet"
    files = (place.contacts, place.offers, snapshot)
    return plan.digest, rows, trails, profiles, *(file.read_bytes() for file in files)


def test_a_night_killed_everywhere_comes_to_what_an_unbroken_one_does(worked, second, tmp_path):
    """At every moment of every step a real process dies, the next goes on; the bytes are equal."""
    home = copied(worked, tmp_path / "var")
    done = 0
    for moment in MOMENTS:
        assert killed(home.root, moment) == -signal.SIGKILL, moment
        record = read_record(home, SECOND)
        assert record.finished_at is None
        assert len(record.steps) >= done, "a finished step was lost"
        done = len(record.steps)
    assert done == len(STEPS) - 1
    _, anew, told = run(home)
    assert anew
    assert [facts["step"] for event, facts in told if event == "done"] == ["publish"]
    assert outcome_of(home) == outcome_of(second)
    with ledger_of(home) as ledger:
        assert ledger.plan(SECOND).supersedes is None, "one plan, however often it was begun"
    assert verify_audit(home.audit) > 0
    assert not list(home.nights.glob("**/.*.parquet.*")), "half a file was left behind"
    assert read_snapshot(home.snapshots, CATALOG, [SECOND]).num_rows == len(PEOPLE)
    assert pq.read_table(home.contacts).equals(pq.read_table(second.contacts))
