"""The commands that copy a workspace and make one of a copy, each with its line in the log."""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from chained import verify_audit
from postgres import postgres_tools, postgres_url
from running import give_key
from typer.testing import CliRunner

from cli.app import app
from goodcall import Workspace
from governance.store import AccessStore
from outreach import default_policy_text
from outreach.experiment import Draw, Member, Stratum
from outreach.ledger import Ledger

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 6, 1, 2, tzinfo=UTC)


def run(words, place):
    done = CliRunner().invoke(app, [*words, "--home", str(place.root), "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def actions(place):
    return [json.loads(line)["action"] for line in place.audit.read_text().splitlines()]


def test_a_backup_and_its_restore_are_audited(tmp_path):
    """The copy holds the line that tells of it; the restored workspace adds its own."""
    place, restored = Workspace(tmp_path / "var"), Workspace(tmp_path / "again")
    place.root.mkdir()
    place.policy.write_text(default_policy_text(), encoding="utf-8")
    made = run(["backup", "create", str(tmp_path / "copy")], place)
    assert actions(place) == ["back up"]
    found = run(["backup", "restore", str(tmp_path / "copy")], restored)
    assert (made["files"], found["audit_lines"]) == (2, 1)
    assert actions(restored) == ["back up", "restore"]
    assert verify_audit(restored.audit) == 2
    assert restored.policy.read_bytes() == place.policy.read_bytes()


def drawn_of(share):
    """A hold-out of one customer."""
    stratum = Stratum(("person", "", ""), households=1, drawn=0, last_hash="")
    return Draw(share, (stratum,), {7: Member(None, 0)}, key_print="one", day=AT.date())


def documented(tool):
    """The command of a server's tool as docs/operate.md gives it."""
    lines = (ROOT / "docs" / "operate.md").read_text("utf-8").splitlines()
    (found,) = (line for line in lines if line.startswith(f"{tool} "))
    return found


def run_tool(tool, database, dump):
    """Run a documented command on a database, by the tools of the very server."""
    address = database.replace("postgresql+psycopg", "postgresql")
    environment = os.environ | {"LEDGER": address, "DUMP": str(dump)}
    environment["PATH"] = f"{postgres_tools()}:{environment['PATH']}"
    subprocess.run(["/bin/bash", "-c", documented(tool)], env=environment, check=True)


def test_a_workspace_whose_databases_a_server_holds_comes_back_as_documented(tmp_path, monkeypatch):
    """Ledger and store of access by dumps, the files by the backup; each command names the rest."""
    ledger, access = postgres_url(tmp_path / "ledger"), postgres_url(tmp_path / "access")
    for name, url in (("GOODCALL_LEDGER", ledger), ("GOODCALL_GOVERNANCE", access)):
        monkeypatch.setenv(name, url)
    place = Workspace(tmp_path / "var", ledger_at=ledger, governance_at=access)
    place.root.mkdir()
    place.policy.write_text(default_policy_text(), encoding="utf-8")
    key = give_key(place)
    with Ledger.open(ledger) as books:
        books.save_draw(drawn_of(0.1), now=AT)
        drawn = books.draw()
    dumps = {url: tmp_path / f"{number}.dump" for number, url in enumerate((ledger, access))}
    for url, dump in dumps.items():
        run_tool("pg_dump", url, dump)
    done = CliRunner().invoke(
        app, ["backup", "create", str(tmp_path / "copy"), "--home", str(place.root)]
    )
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    for name in ("ledger", "store of access"):
        assert f"the {name} is on a server and not in the copy" in said
    assert "pg_dump" in said
    with Ledger.open(ledger) as books:
        books.save_draw(drawn_of(0.2), now=AT, anew=True)
    with AccessStore.open(access) as store:
        (known,) = store.api_keys()
        store.revoke_key(known.key_id, now=datetime.now(UTC).replace(microsecond=0))
    for url, dump in dumps.items():
        run_tool("pg_restore", url, dump)
    run(["backup", "restore", str(tmp_path / "copy")], Workspace(tmp_path / "again"))
    with Ledger.open(ledger) as books:
        assert books.draw() == drawn
    with AccessStore.open(access) as store:
        who, _ = store.principal_of_key(key, datetime.now(UTC).replace(microsecond=0))
        assert who.role == "app"
