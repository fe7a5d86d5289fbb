"""Personal values stand in the bank's own files alone, and go where the customer says.

One workspace is worked through with a canary among its customers: two nights, a list, a call with
notes, exports, the endpoint and its errors, a rotation of keys.
"""

import json
import os
import shlex
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis.expr.operations as ops
import pyarrow.parquet as pq
import pytest
from canaries import (
    CUSTOMER,
    DOCUMENT,
    NAME,
    NOTE,
    PHONE,
    a_contact,
    found_in,
    planted,
    told_in,
)
from chained import verify_audit
from nightly import FIRST, MANAGER, PEOPLE, SECOND, TONIGHT, a_home, asked, copied, ledger_of, run
from served import talking_to
from typer.testing import CliRunner

from cli import rights
from cli.app import app
from cli.errors import NothingFound
from cli.lists import store_of
from cli.options import bank_in
from cli.policies import policy_of
from features import CATALOG, FactRefused, Intake, cohort_at, read_snapshot
from goodcall.principal import Principal
from goodcall.profile import Case
from governance import (
    AccessStore,
    RightsStore,
    Wish,
    default_access_text,
    parse_access,
    vault_of,
)
from outreach import Request, load_offers
from outreach.request import Override

EARLY = datetime(2026, 5, 1, tzinfo=UTC)
NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
FIRST_NIGHT = datetime(2026, 5, 31, 18, 0, tzinfo=UTC)
# Whom the canary takes the place of: the first on the manager's list.
BEFORE = 48


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A workspace with the canary, worked through, and all that was said on the way."""
    place = a_home(tmp_path_factory.mktemp("personal") / "home")
    planted(place.bank, BEFORE, EARLY)
    said = [night(place, FIRST, FIRST_NIGHT)]
    called(place)
    said += exported(place)
    said += endpoint(place)
    absorbed(place)
    said += asked(place, "customer", "find", "--phone", f"+86 {PHONE}")
    said += asked(place, "vault", "rotate")
    said += asked(place, "outreach", "why", CUSTOMER, "--date", FIRST)
    return place, said


def night(place, day, now):
    """What a night tells on its way."""
    _, _, told = run(place, day, now=now)
    return json.dumps(told, default=str)


def called(place):
    """The canary is called, with words that name it; another contact is overridden for a reason."""
    with ledger_of(place) as ledger, closing(store_of(place)) as store:
        found = [r.row for r in ledger.list_rows(FIRST, MANAGER) if r.row.customer_id == CUSTOMER]
        assert found, "the canary is on no list"
        row, profile = found[0], store.profile(CUSTOMER)
        policy = policy_of(place, currency="CNY")
        around = {"offers": load_offers(place.offers), "policy": policy, "holdout": False}
        request = Request(
            *(row.request_id, CUSTOMER, row.channel),
            purpose=None if row.offer_code else row.purpose,
            offer_code=row.offer_code,
            point_id=row.point_id,
        )
        decision = ledger.reserve(request, profile, now=NOON, **around)
        assert decision.verdict == "allow", decision.failing
        contact = ledger.contact_id(row.request_id)
        ledger.record_outcome(contact, "CONNECTED_THINKING", now=NOON, agent=7, note=NOTE)
        overridden = Override("staff 4", f"{NAME} asked on {PHONE}", ("calls_apart",))
        again = Request(
            *("again", CUSTOMER, row.channel),
            purpose="retention",
            point_id=row.point_id,
            override=overridden,
        )
        later = NOON + timedelta(hours=1)
        once, twice = (ledger.reserve(again, profile, now=later, **around) for _ in range(2))
        assert once == twice
        ledger.note(CUSTOMER, Case("complaint", NOON), now=NOON, agent=7)


def exported(place):
    """The list on the screen and in every file format, each masked."""
    words = ("outreach", "list", "--manager", MANAGER, "--date", FIRST)
    said = [*asked(place, *words)]
    for name in ("csv", "xlsx"):
        said += asked(place, *words, f"--{name}", place.root / f"list.{name}")
    return said


def endpoint(place):
    """Every answer and every error about the canary."""
    login = {"event_id": 9, "customer_id": CUSTOMER, "kind": "login"}
    bodies = {
        "score": {"customer_id": CUSTOMER},
        "explain": {"customer_id": CUSTOMER, "label": "churn"},
        "next_best_offers": {"customer_id": CUSTOMER},
        "events": {"events": [login | {"happened_at": NOON.isoformat()}]},
    }
    wrong = [("score", {"customer_id": 13}), ("explain", {"customer_id": CUSTOMER})]
    with talking_to(place, now=NOON + timedelta(hours=2)) as (client, _):
        answers = [client.post(f"/v1/{path}", json=body) for path, body in bodies.items()]
        assert [each.status_code for each in answers] == [200] * len(answers)
        answers += [client.post(f"/v1/{path}", json=body) for path, body in wrong]
    return [each.text for each in answers]


def absorbed(place):
    """A fact with personal words among what arrived since the snapshot, told twice."""
    door = Intake(place.online_url, CATALOG, lambda: NOON, vault_of(place, os.environ))
    fact = {name: value for name, value in a_contact(2, NOON).items() if name != "known_at"}
    try:
        assert door.absorb("contacts", [fact]).added == 1
        assert door.absorb("contacts", [fact]).unchanged == 1
    finally:
        door.close()


def test_the_search_finds_canaries_where_they_are(lived):
    """Every canary stands in the bank's own files: a search that finds none there is blind."""
    place, _ = lived
    assert {canary for _, canary in found_in(place.bank)} == {NAME, PHONE, DOCUMENT}
    assert found_in(place.root, but=[place.bank], canaries=[str(CUSTOMER)])


def test_no_canary_leaves_the_banks_own_files(lived):
    """Not in clear, packed, hashed without a key, nor in anything that was said or printed."""
    place, said = lived
    assert told_in(text.encode() for text in said) == set()
    assert found_in(place.root, but=[place.bank]) == set()


def lines_of(place, action):
    """Whom the audit log's lines of one action are about."""
    written = (json.loads(line) for line in place.audit.read_text(encoding="utf-8").splitlines())
    return [line["subject"] for line in written if line.get("action") == action]


def test_whoever_is_found_is_named_in_the_audit_log(lived, tmp_path):
    """A look-up by telephone is found under each of the customers that it told, a scan likewise."""
    place = copied(lived[0], tmp_path / "home")
    assert lines_of(place, "find customer by phone") == [f"customer {CUSTOMER}"]
    with pytest.raises(NothingFound, match="nobody has the number 135"):
        asked(place, "customer", "find", "--phone", "13577799914")
    assert lines_of(place, "find customer by phone")[1:] == ["nobody"]
    asked(place, "rights", "scan", CUSTOMER, code=1)
    assert lines_of(place, "scan for residue") == [f"customer {CUSTOMER}"]
    shown, _ = asked(place, "audit", "show", "--customer", CUSTOMER, "--format", "json")
    actions = {line["action"] for line in json.loads(shown)}
    assert {"find customer by phone", "scan for residue"} <= actions


def test_who_holds_the_keys_reads_everything_again(lived):
    """Name, number, note and reason are what they were, under the key that was rotated to."""
    place, _ = lived
    with closing(store_of(place)) as store:
        profile = store.profile(CUSTOMER)
        assert (profile.name, profile.points[0].value) == (NAME, PHONE)
        assert store.profile(CUSTOMER, named=False).name is None
        assert store.holders(PHONE) == (CUSTOMER,)
        assert store.holders("13577799914") == ()
    with ledger_of(place) as ledger:
        rows = ledger.list_rows(FIRST, MANAGER)
    assert [each.note for each in rows if each.row.customer_id == CUSTOMER] == [NOTE]


def test_a_customer_sees_everything_from_every_place(lived, tmp_path):
    """The view names each place and source, in clear, as JSON and as a page; it is audited."""
    place = copied(lived[0], tmp_path / "home")
    said, _ = asked(place, "rights", "view", CUSTOMER, "--by", "staff 4", "--bank",
                             place.bank)  # fmt: skip
    places = json.loads(said)["places"]
    assert told_in([said.encode()]) == {NAME, PHONE, DOCUMENT, "Quillbert"}
    held = {name for name, rows in places.items() if rows}
    assert held == {
        *("snapshots", "night's work", "online store", "ledger", "audit log", "store of access"),
        *("exports and drafts", "the bank's own files"),
    }
    tables = {row["table"] for row in places["ledger"]}
    assert tables >= {"contacts", "contact_events", "decisions", "notes", "trails", "planned_rows"}
    (named,) = [r for r in places["the bank's own files"] if r["table"] == "customers"]
    assert (named["name"], named["source"]) == (NAME, "customer file")
    page = place.root / "view.html"
    asked(place, "rights", "view", CUSTOMER, "--by", "staff 4", "--output", page)
    assert {NAME, "Quillbert"} <= told_in([page.read_bytes()])
    assert page.stat().st_mode & 0o777 == 0o600
    assert verify_audit(place.audit) > 0


def test_a_correction_reaches_features_and_the_online_store(lived, tmp_path, monkeypatch):
    """The bank's files keep every byte; a build as of before the correction stays as it was."""
    place = copied(lived[0], tmp_path / "home")
    monkeypatch.setattr(rights, "now", lambda: NOON)
    before = {file.name: file.read_bytes() for file in place.bank.iterdir()}
    right = ("--bank", place.bank, "--by", "staff 4", "--field")
    asked(place, "rights", "correct", CUSTOMER, *right, "name", "--value", "Canarina Wright")
    right_name = "Canarina Wright"
    assert (place.corrections / "customers.parquet").exists()
    assert found_in(place.corrections, canaries=[right_name]) == set()
    with closing(store_of(place)) as store:
        assert store.profile(CUSTOMER).name == NAME
    night(place, SECOND, TONIGHT)
    with closing(store_of(place)) as store:
        assert store.profile(CUSTOMER).name == "Canarina Wright"
    assert {file.name: file.read_bytes() for file in place.bank.iterdir()} == before
    with pytest.raises(FactRefused, match="no 'shoe' to put right; choose of: kind, status, name"):
        asked(place, "rights", "correct", CUSTOMER, *right, "shoe", "--value", "42")


def test_who_objects_is_scored_nowhere(lived, tmp_path, monkeypatch):
    """The scores that were there go at once; the next night makes none, and lists nobody so."""
    place = copied(lived[0], tmp_path / "home")
    monkeypatch.setattr(rights, "now", lambda: NOON)
    asked(place, "rights", "object", CUSTOMER, "--bank", place.bank, "--by", "staff 4")
    with talking_to(place, now=NOON + timedelta(hours=2)) as (client, _):
        answer = client.post("/v1/score", json={"customer_id": CUSTOMER})
        assert answer.status_code == 409
        assert answer.json()["error"] == "objects_to_profiling"
        offers = client.post("/v1/next_best_offers", json={"customer_id": CUSTOMER}).json()
        assert offers["actions"]
        assert all(each["probability"] is None for each in offers["actions"])
        at_once = client.post("/v1/next", json={"customer_id": CUSTOMER, "budget_ms": 9000}).json()
        assert (at_once["probabilities"], at_once["offers"]) == (None, offers)
        assert [each["because"] for each in at_once["left_out"]] == ["objection"]
        (one,) = client.post("/v1/scores", json={"customer_ids": [CUSTOMER]}).json()["scores"]
        assert one["problem"]["error"] == "objects_to_profiling"
        assert client.get(f"/v1/customers/{CUSTOMER}").json()["customer_id"] == CUSTOMER
    night(place, SECOND, TONIGHT)
    snapshot = read_snapshot(place.snapshots, CATALOG, [SECOND])
    assert CUSTOMER not in snapshot["customer_id"].to_pylist()
    scored = list(place.nights.rglob("scores.parquet"))
    assert scored
    for file in scored:
        assert CUSTOMER not in pq.read_table(file)["customer_id"].to_pylist()
    with closing(store_of(place)) as store:
        assert store.profile(CUSTOMER).profiling_opt_out
        assert store.row(CUSTOMER) is None
    with ledger_of(place) as ledger:
        assert ledger.trail(CUSTOMER, SECOND).step == "rules"


def test_who_is_erased_is_nowhere_and_does_not_come_back(lived, tmp_path):
    """By bytes: not the number, name, telephone or words; the audit log alone names the number."""
    place = copied(lived[0], tmp_path / "home")
    without_exports(place)
    served_and_granted(place)
    said, _ = asked(place, "rights", "delete", CUSTOMER, "--by", "staff 4", "--json")
    told = json.loads(said)
    assert told["residue"] == {}
    assert {"store of access", "ledger", "online store", "snapshots", "night's work"} <= {
        name for name, rows in told["erased"].items() if rows
    }
    # Their training dates have no snapshot here, so nobody can tell: all four are named.
    assert len(told["retraining_due"]) == 4
    _nowhere(place)
    assert told["erased"] != asked_again(place)
    night(place, SECOND, TONIGHT)
    asked(place, "rights", "scan", CUSTOMER)
    _nowhere(place)
    bank = bank_in(place, place.bank)
    assert CUSTOMER not in cohort_at(bank, [SECOND])["customer_id"].to_pylist()
    with ledger_of(place) as ledger, ledger._engine.connect() as connection:  # noqa: SLF001 - what is kept
        (kept,) = connection.exec_driver_sql(
            "SELECT customer_id FROM contacts WHERE request_id NOT LIKE 'again%'"
        ).scalars()
    assert kept < 0
    with RightsStore.open(f"sqlite:///{place.governance}") as store:
        assert {(each.customer_id, each.state) for each in store.every()} == {(kept, "done")}


def served_and_granted(place):
    """Somebody serves the canary, and asks for access to it in free words."""
    wei = Principal("staff 4", "person", "relationship_manager", 4, frozenset({1}))
    wish = Wish("view", "customer", CUSTOMER, f"{NAME} rang", NOON + timedelta(hours=8))
    with AccessStore.open(place.governance_url) as store:
        store.open_serving(wei, CUSTOMER, "card", minutes=20, now=NOON)
        store.ask(parse_access(default_access_text()), wei, wish, now=NOON)


def without_exports(place):
    """Exports that people asked for are theirs to delete."""
    for name in ("list.csv", "list.xlsx"):
        (place.root / name).unlink()


def test_the_scan_names_exports_drafts_and_what_it_cannot_read(lived, tmp_path):
    """The deletion leaves people's files; the scan ends with 1 until they are gone and all read."""
    place = copied(lived[0], tmp_path / "home")
    broken = place.snapshots / ".features.parquet.k1ll3d"
    broken.write_bytes(b"PAR1")
    asked(place, "audit", "export", place.root / "handed" / "out.zip")
    said, told = asked(place, "rights", "delete", CUSTOMER, "--by", "staff 4", "--json", code=1)
    done = json.loads(said)
    assert (done["residue"], done["unreached"]) == ({}, {})
    assert done["files"] == ["list.csv", "list.xlsx"]
    assert done["unread"] == [str(broken.relative_to(place.root))]
    assert "names the customer: list.csv" in told
    assert "stays open" not in told
    with RightsStore.open(f"sqlite:///{place.governance}") as store:
        (request,) = store.every()
    assert (request.state, "list.csv" in (request.said or "")) == ("done", False)
    said, told = asked(place, "rights", "scan", CUSTOMER, "--json", code=1)
    found = json.loads(said)
    assert found["residue"] == {}
    assert found["files"] == ["list.csv", "list.xlsx"]
    assert found["unread"] == [str(broken.relative_to(place.root))]
    assert "names the customer: list.xlsx" in told
    without_exports(place)
    said, told = asked(place, "rights", "scan", CUSTOMER, code=1)
    assert f"could not be read: {found['unread'][0]}" in told
    assert "nothing is left" not in said
    broken.unlink()
    said, _ = asked(place, "rights", "scan", CUSTOMER)
    assert "nothing is left" in said


def asked_again(place):
    """A second deletion finds nothing left to erase, and says so."""
    said, _ = asked(place, "rights", "delete", CUSTOMER, "--by", "staff 4", "--json")
    again = json.loads(said)
    assert sum(again["erased"].values()) == 0
    return again["erased"]


def _nowhere(place):
    left = found_in(place.root, but=[place.bank], canaries=[str(CUSTOMER)])
    assert {file for file, _ in left} <= {"audit.jsonl"}
    assert found_in(place.root, but=[place.bank]) == set()


def test_no_feature_reads_a_personal_column():
    """What models and MLflow are given is made of features, so no name or number reaches them."""
    seen, personal = set(), set()
    for feature in CATALOG.features:
        if not feature.reads:
            own = {column.name for column in feature.table.columns if column.personal}
            read = {node.name for node in feature.value.find(ops.Field)}
            assert not own & read, feature.name
            seen |= read
            personal |= own
    assert seen
    assert personal


def test_the_documents_examples_run(lived, tmp_path):
    """Every command of docs/privacy.md does what it says, on this workspace and its customers."""
    place = copied(lived[0], tmp_path / "var")
    without_exports(place)
    text = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    other, third = [who for who in PEOPLE if who != BEFORE][:2]
    put = {"/srv/goodcall": str(tmp_path), "100001": str(CUSTOMER), "100002": str(other)}
    put |= {"100003": str(third), "2026-07-01": str(FIRST), "199 8730 3354": PHONE}
    for old, new in put.items():
        text = text.replace(old, new)
    lines = [line[2:] for line in text.splitlines() if line.startswith("$ goodcall ")]
    assert len(lines) >= 12
    for line in lines:
        done = CliRunner().invoke(app, shlex.split(line)[1:])
        assert done.exit_code == 0, (line, done.output, done.exception)
    assert found_in(place.root, but=[place.bank]) == set()
    new_master(place, tmp_path)
    written = [json.loads(line) for line in place.audit.read_text(encoding="utf-8").splitlines()]
    assert {line["action"] for line in written if "action" in line} >= AUDITED
    assert verify_audit(place.audit) > 0


def new_master(place, folder):
    """Another master key comes, and the one before goes."""
    key = folder / "new.key"
    for words in (
        f"vault key {key}",
        f"vault rotate --new-master {key} --home {place.root}",
    ):
        done = CliRunner().invoke(app, shlex.split(words))
        assert done.exit_code == 0, (words, done.output, done.exception)
    env = {"GOODCALL_MASTER_KEY": "", "GOODCALL_MASTER_KEY_FILE": str(key)}
    done = CliRunner().invoke(app, ["vault", "retire", "--home", str(place.root)], env=env)
    assert done.exit_code == 0, (done.output, done.exception)


AUDITED = {
    *("find customer by phone", "list rights requests", "ask for a right", "scan for residue"),
    *(f"rights {kind}" for kind in ("view", "correct", "object", "delete", "explain")),
    *("seal", "rotate data key", "admit master key", "retire master keys"),
}
