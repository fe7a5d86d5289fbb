"""`goodcall audit` as an auditor uses it: verify, show, sign, export and verify without us."""

import csv
import io
import json
import subprocess
import sys
import zipfile

import pytest
from chained import verify_audit
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from typer.testing import CliRunner

from cli.app import app
from cli.errors import BadOption, NothingFound
from cli.rights_places import audited
from goodcall import Workspace
from governance import KeyRefused, open_audit, pseudonyms_at
from outreach import Ledger, default_policy_text


class Office:
    """A workspace with a few lines in its log."""

    def __init__(self, root):
        self.place = Workspace(root)
        self.log = open_audit(self.place, {})
        self.log.record("staff 4", "open row", "row-1", customer=7)
        self.log.record("staff 5", "ask why", "customer 7", day="2026-07-01")
        self.log.record("=cmd()", "score", "2 customers", customers=[7], refused=[8])

    def run(self, *words, code=0):
        done = CliRunner(env={"COLUMNS": "200"}).invoke(
            app, ["audit", *map(str, words), "--home", str(self.place.root)]
        )
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.stdout

    def facts(self, *words, code=0):
        return json.loads(self.run(*words, "--json", code=code))

    def shown(self, *words):
        lines = json.loads(self.run("show", "--format", "json", *words))
        return [each["n"] for each in lines if each["action"] != "read audit log"]


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path / "var")


def test_a_whole_log_verifies_and_a_changed_one_is_named_line_by_line(office):
    """Exit 0 and what was seen; exit 1 with file, line, sort and what is wrong, in both tongues."""
    assert office.facts("verify")["lines"] == 3
    assert "日志完好" in office.run("verify", "--lang", "zh")
    log = office.place.audit
    log.write_bytes(log.read_bytes().replace(b"2 customers", b"3 customers"))
    found = office.facts("verify", code=1)["findings"]
    assert found == [
        {
            "file": "audit.jsonl",
            "line": 3,
            "kind": "changed",
            "what": "was changed: its hash does not fit its words",
        }
    ]
    assert "被修改" in office.run("verify", "--lang", "zh", code=1)


def test_a_checkpoint_signs_what_is_there(office):
    """The printed one finds what is cut off later, by a copy kept elsewhere and the public key."""
    said = office.facts("checkpoint")
    assert said["count"] == 3
    copy, key = office.place.root / "copy.jsonl", office.place.root / "given.pub"
    copy.write_text(json.dumps(said, separators=(",", ":")) + "\n")
    key.write_text(office.run("key"))
    load_pem_public_key(key.read_bytes())
    elsewhere = ("--checkpoints", copy, "--key", key)
    assert office.facts("verify", *elsewhere)["signed"] == 3
    log = office.place.audit
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:2]))
    (office.place.root / "audit.checkpoints.jsonl").unlink()
    found = office.facts("verify", *elsewhere, code=1)["findings"]
    assert [each["kind"] for each in found] == ["cut off"]
    with pytest.raises(NothingFound, match="name the copy that was kept elsewhere"):
        office.run("verify", "--checkpoints", office.place.root / "none")


def test_a_workspace_without_a_log_says_so(tmp_path):
    """There is nothing to verify yet."""
    with pytest.raises(NothingFound, match="no audit log at"):
        CliRunner().invoke(
            app, ["audit", "verify", "--home", str(tmp_path)], catch_exceptions=False
        )


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (("--actor", "staff 4"), [1]),
        (("--action", "ask why"), [2]),
        (("--customer", 7), [1, 2, 3]),
        (("--customer", 8), [3]),
        (("--customer", 7, "--actor", "staff 5"), [2]),
        (("--to", "2020-01-01"), []),
        (("--from", "2020-01-01", "--customer", 7), [1, 2, 3]),
    ],
)
def test_lines_are_found_by_who_what_whom_and_when(office, words, lines):
    """All conditions hold together, days included."""
    assert office.shown(*words) == lines


def test_lines_under_the_pseudonym_are_found_by_the_number(office):
    """Once the workspace has a key of pseudonyms; looking for them makes none."""
    key = office.place.pseudonym_key
    assert office.shown("--customer", 7) == [1, 2, 3]
    assert not key.exists()
    mine = pseudonyms_at(key, {}).of("customer_id", 7)
    office.log.record("staff 6", "score", f"customer {mine}")
    assert office.shown("--customer", 7, "--actor", "staff 6") == [5]
    assert office.shown("--customer", 8) == [3]
    assert "staff 6" in {each["who"] for each in audited(office.place, 7)}
    assert "staff 6" not in {each["who"] for each in audited(office.place, 8)}


def test_reading_and_exporting_the_log_are_lines_of_it(office):
    """With what was sought; a table for people, CSV in which no cell is a formula."""
    assert "staff 4" in office.run("show", "--customer", 7)
    file = office.place.root / "lines.csv"
    office.run("show", "--format", "csv", "--output", file)
    rows = [*csv.reader(io.StringIO(file.read_text("utf-8-sig")))]
    assert rows[3][2] == "'=cmd()"
    with pytest.raises(BadOption, match="--output writes JSON or CSV"):
        office.run("show", "--output", file)
    last = [json.loads(line) for line in office.place.audit.read_text().splitlines()[3:]]
    assert [(each["action"], each["facts"]) for each in last] == [
        ("read audit log", {"customer": 7}),
        ("export audit log", {}),
    ]


def test_a_bundle_holds_all_and_verifies_without_us(office, tmp_path):
    """Log, signatures, rules, policies, cards, dictionary; a change in any of them is found."""
    place = office.place
    place.policy.write_text(default_policy_text(), encoding="utf-8")
    Ledger.open(place.ledger_url).close()
    card = place.models / "churn" / "1" / "card.json"
    card.parent.mkdir(parents=True)
    card.write_text("{}")
    said = office.facts("export", tmp_path / "bundle.zip")
    assert said["absent"] == []
    wanted = {
        "log/audit.jsonl", "log/audit.checkpoints.jsonl", "log/audit.pub", "access/access.toml",
        "policies/in-force.toml", "models/churn/1/card.json", "dictionary/dictionary.csv",
        "dictionary/dictionary.json", "README.md", "verify_audit.py",
    }  # fmt: skip
    assert set(said["files"]) == wanted
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(tmp_path / "bundle.zip") as packed:
        packed.extractall(folder)
    last = [json.loads(line) for line in (folder / "log/audit.jsonl").read_text().splitlines()[-2:]]
    assert [each["action"] for each in last] == ["export audit bundle", "checkpoint"]
    assert verified(folder) == (0, "")
    for name in sorted(wanted - {"verify_audit.py"}):
        file = folder / name
        before = file.read_bytes()
        file.write_bytes(before + b"\n")
        code, told = verified(folder)
        assert (code, f"says another size than {name} has" in told) == (1, True)
        file.write_bytes(bytes([before[0] ^ 1]) + before[1:])
        code, told = verified(folder)
        assert (code, f"says another SHA-256 than {name} has" in told) == (1, True)
        file.write_bytes(before)
    (folder / "more.txt").write_text("slipped in")
    assert "does not name more.txt, which is there" in verified(folder)[1]
    (folder / "more.txt").unlink()
    manifest = folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"absent": []', b'"absent": [0]'))
    assert verified(folder) == (1, "manifest.sig is no signature of the manifest by a public key\n")
    assert verify_audit(place.audit) == 5


def verified(folder):
    """What the bundle's own script says, with nothing of ours in reach, but its last line."""
    done = subprocess.run(
        [sys.executable, "-I", folder / "verify_audit.py", folder],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    return done.returncode, "".join(done.stdout.splitlines(keepends=True)[:-1])


def test_what_a_workspace_has_none_of_is_named(office, tmp_path):
    """An auditor sees that it is absent, not forgotten."""
    absent = office.facts("export", tmp_path / "bundle.zip")["absent"]
    assert [each.split(":")[0] for each in absent] == [
        "policy in force",
        "policy versions",
        "model cards",
    ]
    with pytest.raises(BadOption, match=r"must end in \.zip"):
        office.run("export", tmp_path / "bundle.tar")


def test_the_key_may_lie_elsewhere(office, tmp_path, monkeypatch):
    """GOODCALL_AUDIT_KEY_FILE names it; one that others may read signs nothing."""
    key = tmp_path / "elsewhere.key"
    monkeypatch.setenv("GOODCALL_AUDIT_KEY_FILE", str(key))
    office.run("checkpoint")
    assert key.exists()
    assert not (office.place.root / "audit.key").exists()
    key.chmod(0o644)
    with pytest.raises(KeyRefused, match="may be read by others"):
        office.run("checkpoint")
