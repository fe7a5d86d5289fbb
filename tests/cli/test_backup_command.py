"""The commands that copy a workspace and make one of a copy, each with its line in the log."""

import json

from chained import verify_audit
from typer.testing import CliRunner

from cli.app import app
from goodcall import Workspace
from outreach import default_policy_text


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
