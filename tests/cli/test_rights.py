"""Customers' requests: of whom they may be, one after another, whole though they were stopped."""

import json
import os
import shutil
from contextlib import closing
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
from at_once import at_once
from builders import a_bank, a_customer
from canaries import CUSTOMER, found_in
from dying import killed_at
from governed import a_person
from half_written import killed_writing
from learned import NAMES, a_model
from nightly import asked
from policed import Desk, customer
from served import promote

from cli.night_lock import alone
from features import BrokenErasures, Correction, correct, erased_in, open_bank
from features.store import SnapshotMark, write_snapshot
from goodcall import Workspace
from goodcall.atomic import new_folder
from goodcall.profile import Point
from governance import AccessStore, RightsError, RightsStore, open_audit, vault_of
from models.champion import read_champions
from models.held_out import held_out
from models.model import load_model

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
DAY, OTHER, UNKNOWN = date(2026, 6, 1), 102, 13
BY = ("--by", "staff 4")
DUE = ["churn version 1"]
# A server that is not there.
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:9/ledger?connect_timeout=2"
# Every so many steps a deletion is killed, which has fewer than the most.
_STRIDE, _MOST_STEPS = 3, 90


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A workspace that knows two customers in many places, on whom a champion was trained."""
    place = Workspace(tmp_path_factory.mktemp("rights") / "home")
    people = (CUSTOMER, OTHER)
    bank = a_bank(place.root.parent / "files", customers=[a_customer(who) for who in people])
    vault, ids = vault_of(place, os.environ), np.array(sorted(people))
    phone = Point(11, "phone", "13800138000", valid=True)
    desk = Desk(place.ledger_url, vault)
    desk.knows(*(customer(who, points=(phone,)) for who in people))
    for who in people:
        desk.sent("2026-06-01 10:00", "sms", who=who, point_id=11)
        said = Correction(who, "name", f"Name of {who}")
        correct(open_bank(bank.path), place.corrections, said, cipher=vault, now=NOW)
        with AccessStore.open(place.governance_url) as store:
            store.open_serving(a_person(), who, "card", minutes=20, now=NOW)
    desk.ledger.close()
    days = pa.array([DAY] * len(ids), pa.date32())
    rows = pa.table({"customer_id": ids, "as_of": days})
    write_snapshot(place.snapshots, rows, SnapshotMark("0" * 12, "test bank", "CNY"))
    own = held_out(ids, np.array([DAY] * 2, "datetime64[D]"), np.zeros((2, 1)),
                   np.zeros((2, 1, len(NAMES)), np.float32))  # fmt: skip
    promote(place, a_model(held_out=own, trained_as_of=(DAY,)))
    return place


@pytest.fixture
def place(kept, tmp_path):
    return a_copy(kept, tmp_path / "home")


def a_copy(place, root):
    return Workspace(shutil.copytree(place.root, root))


def bank_of(kept):
    return kept.root.parent / "files"


def requests_in(place):
    with RightsStore.open(place.governance_url) as store:
        return store.every()


def deleted(place, *words, code=0):
    said, told = asked(place, "rights", "delete", CUSTOMER, *BY, *words, "--json", code=code)
    return json.loads(said), told


def state_of(place):
    """What refusals must leave alone."""
    files = {file: file.read_bytes() for file in place.corrections.iterdir()}
    return files, place.erased.exists(), requests_in(place)


def lines_of(place):
    """What the audit log says was done, of whom, and whether it was refused."""
    text = place.audit.read_text("utf-8") if place.audit.exists() else ""
    told = map(json.loads, text.splitlines())
    return [(each["action"], each["subject"], "refused" in each["facts"]) for each in told]


COMMANDS = [
    ("view",),
    ("explain", "--date", "2026-06-01"),
    ("delete",),
    ("object", "--bank", "BANK"),
    ("correct", "--bank", "BANK", "--field", "name", "--value", "Anna"),
]


def words_of(command, who, kept):
    right, *more = (str(bank_of(kept)) if word == "BANK" else word for word in command)
    return ("rights", right, who, *BY, *more)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_customer_whom_the_bank_does_not_know_is_refused(kept, place, command):
    """No request is kept and nothing changed; the audit log says who tried, and was refused."""
    before = state_of(place)
    with pytest.raises(RightsError, match=r"no customer 13 is known in .*; check the number"):
        asked(place, *words_of(command, UNKNOWN, kept))
    with pytest.raises(RightsError, match="no customer 13 is known"):
        asked(place, "rights", "ask", UNKNOWN, command[0])
    assert state_of(place) == before
    assert lines_of(place) == _tried(command[0], UNKNOWN)


def _tried(right, who):
    did = f"rights {right}", "ask for a right"
    return [(each, f"customer {who}", refused) for each in did for refused in (False, True)]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_the_line_of_a_request_stands_before_any_store_is_read(kept, place, command):
    """A store that does not read comes after it."""
    place.erased.write_text("no JSON")
    for words in (words_of(command, CUSTOMER, kept), ("rights", "ask", CUSTOMER, command[0])):
        with pytest.raises(BrokenErasures):
            asked(place, *words)
    assert lines_of(place) == _tried(command[0], CUSTOMER)[::2]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_an_erased_customer_is_refused_everything_but_the_deletion(kept, place, command):
    """Nothing of the customer comes back by a correction, an objection or a request."""
    deleted(place)
    before = state_of(place)
    if command[0] == "delete":
        assert sum(deleted(place)[0]["erased"].values()) == 0
        return
    with pytest.raises(RightsError, match=f"was erased, so there is nothing to {command[0]}"):
        asked(place, *words_of(command, CUSTOMER, kept))
    with pytest.raises(RightsError, match="was erased"):
        asked(place, "rights", "ask", CUSTOMER, command[0])
    assert state_of(place) == before
    assert lines_of(place)[1:] == _tried(command[0], CUSTOMER)


def test_a_customer_of_the_banks_files_alone_is_known_by_them(kept, tmp_path):
    """A workspace that was never planned knows nobody; the bank's folder tells."""
    place = Workspace(tmp_path / "home")
    with pytest.raises(RightsError, match="name the bank's folder by --bank"):
        asked(place, "rights", "delete", CUSTOMER, *BY)
    asked(place, "rights", "delete", CUSTOMER, *BY, "--bank", bank_of(kept))
    assert erased_in(place.erased).holds(CUSTOMER, vault_of(place, os.environ))


@pytest.mark.parametrize("command", COMMANDS[2:4], ids=lambda command: command[0])
def test_nobody_is_erased_beside_a_night(kept, place, command):
    """Exit 4, as of another night; who is at work is named, and nothing is written."""
    before = state_of(place)
    with alone(place, NOW):
        _, told = asked(place, *words_of(command, CUSTOMER, kept), code=4)
    assert f"process {os.getpid()} on" in told
    assert state_of(place) == before
    assert lines_of(place) == []


def test_deletions_at_once_are_all_done(place, tmp_path):
    """Each waits for the other: both are erased, and both requests are done."""
    script = f"""
import os
from cli.app import app
who = [{CUSTOMER}, {OTHER}][number]
ready()
words = ["rights", "delete", str(who), "--by", "staff 4", "--home", {str(place.root)!r}]
app(words, standalone_mode=False)
"""
    at_once(tmp_path, script, 2)
    erased, vault = erased_in(place.erased), vault_of(place, os.environ)
    assert all(erased.holds(who, vault) for who in (CUSTOMER, OTHER))
    assert {each.state for each in requests_in(place)} == {"done"}


def test_a_deletion_killed_at_any_step_ends_whole_when_it_is_begun_again(kept, tmp_path):
    """Nothing is left, the champion is in force, and its retraining is still told to be due."""
    for step in range(1, _MOST_STEPS, _STRIDE):
        place = a_copy(kept, tmp_path / f"home-{step}")
        words = ("rights", "delete", CUSTOMER, *BY, "--home", place.root)
        killed = killed_at(step, *words)
        (begun,) = requests_in(place) or [None]
        done_before = begun is not None and begun.state == "done"
        told, _ = deleted(place)
        assert (told["residue"], told["unreached"]) == ({}, {}), step
        if not done_before:
            assert told["retraining_due"] == DUE, step
        assert {each.state for each in requests_in(place)} == {"done"}, step
        left = found_in(place.root, canaries=[str(CUSTOMER)])
        assert {file for file, _ in left} <= {"audit.jsonl"}, step
        (champion,) = read_champions(place.models).values()
        model = load_model(place.models / champion.folder)
        assert model.card.content_hash == champion.content_hash, step
        assert model.held_out.customer_id.tolist() == [OTHER], step
        if not killed:
            break
    assert 10 < step < _MOST_STEPS - _STRIDE


WRITTEN = [
    "models/churn/1/",
    "mlartifacts/1/model/",
    "snapshots/as_of=2026-06-01/features.parquet",
    "nights/2026-06-01/scores.parquet",
    "scores/churn/",
    "scores/churn.parquet",
    "mlartifacts/1/evidence/tested.parquet",
    "corrections/customers.parquet",
    "contacts.parquet",
    "erased.json",
    "models/champions.json",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_what_a_killed_process_left_half_written_is_gone_before_a_place_is_asked(place, written):
    """It is no damaged file of the place, and nothing that people must delete."""
    is_folder = written.endswith("/")
    draft = killed_writing(place.root / written, "held_out.parquet" if is_folder else None)
    assert draft.exists()
    told, _ = deleted(place)
    assert not draft.exists()
    assert (told["unreached"], told["residue"]) == ({}, {})
    assert (told["files"], told["unread"]) == ([], [])


def test_what_another_process_is_writing_stays_and_is_told(place):
    """Its writer ends well; until then nobody can tell whom it names."""
    with new_folder(place.root / "scores" / "late") as draft:
        (draft / "part.csv").write_bytes(b"customer_id\n\xff")
        told, _ = deleted(place, code=1)
        assert told["unread"] == [str((draft / "part.csv").relative_to(place.root))]
    assert (place.root / "scores" / "late" / "part.csv").exists()


def test_a_deletion_stays_open_until_every_store_was_reached(place, monkeypatch):
    """What can be erased is; the store that is not there is named, and the next start ends it."""
    monkeypatch.setenv("GOODCALL_LEDGER", NOWHERE)
    told, aside = deleted(place, code=1)
    assert set(told["unreached"]) == {"ledger"}
    assert "not done: ledger: the ledger postgresql" in aside
    (request,) = requests_in(place)
    assert (request.customer_id, request.state) == (CUSTOMER, "open")
    assert f"request {request.request_id} stays open" in aside
    assert told["erased"]["snapshots"] == told["erased"]["models"] == 1
    monkeypatch.delenv("GOODCALL_LEDGER")
    told, _ = deleted(place)
    assert (told["unreached"], told["residue"], told["retraining_due"]) == ({}, {}, DUE)
    assert told["erased"]["ledger"] > 0
    (request,) = requests_in(place)
    assert request.customer_id < 0
    assert request.state == "done"


DAMAGED = {
    "snapshots": "snapshots/as_of=2026-06-01/features.parquet",
    "corrections": "corrections/customers.parquet",
    "night's work": "nights/2026-06-01/scores.parquet",
    "scores": "scores/churn.parquet",
}


@pytest.mark.parametrize("where", DAMAGED)
def test_a_damaged_file_keeps_no_other_place_from_being_erased(place, where):
    """It is named, what learned from its day is due, and the next start goes on without it."""
    file = place.root / DAMAGED[where]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"PAR1 and then nothing")
    told, aside = deleted(place, code=1)
    assert set(told["unreached"]) == {where}
    assert f"{file} does not read" in aside
    assert told["erased"]["ledger"] > 0
    assert told["retraining_due"] == DUE
    file.unlink()
    told, _ = deleted(place)
    assert (told["unreached"], told["residue"]) == ({}, {})


def test_a_place_that_cannot_be_asked_is_named_where_no_other_knows_the_customer(place):
    """It may be the one that does: whoever reads the refusal learns of it."""
    file = place.root / DAMAGED["snapshots"]
    file.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(RightsError, match=r"no customer 13 .*; snapshots could not be asked: .*"):
        asked(place, "rights", "delete", UNKNOWN, *BY)


def test_a_customer_sees_every_line_that_names_them_also_among_others(place):
    """A list at a desk, a refusal, a file of the log that is full; of others nothing is told."""
    with closing(open_audit(place, {})) as log:
        log.record("staff 4", "view list", "2 customers", customers=[OTHER, CUSTOMER])
        log.record("staff 5", "view list", "2 customers", customers=[OTHER], refused=[CUSTOMER])
        log.record("staff 6", "view list", "1 customers", customers=[OTHER])
    place.audit.rename(place.audit.with_name("audit-000001.jsonl"))
    said, _ = asked(place, "rights", "view", CUSTOMER, *BY)
    seen = json.loads(said)["places"]["audit log"]
    assert [each["who"] for each in seen] == ["staff 4", "staff 5", "staff 4"]
    assert str(OTHER) not in json.dumps(seen)
