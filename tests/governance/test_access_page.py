"""The page on access: every command runs in its order, every program and file reads."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from governed import GOOD
from typer.testing import CliRunner

import governance.store
from cli.app import app
from governance import default_access_text, parse_access
from outreach import default_policy_text

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
SAID = {kind: [text for each, text in BLOCKS if each == kind] for kind, _ in BLOCKS}


def test_every_command_runs_in_the_order_of_the_page(tmp_path, monkeypatch):
    """One reader goes through it from the first user to the policy of two persons."""
    how = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
    monkeypatch.setattr(governance.store, "PasswordHasher", lambda: PasswordHasher(**how))
    monkeypatch.chdir(tmp_path)
    env = {"GOODCALL_HOME": str(tmp_path / "var"), "GOODCALL_NEW_PASSWORD": GOOD}
    env |= {"GOODCALL_PASSWORD": GOOD, "GOODCALL_GOVERNANCE": ""}
    Path("new.toml").write_text(default_policy_text().replace("at_most = 4", "at_most = 9"))
    lines = [line for block in SAID["sh"] for line in block.strip().splitlines()]
    assert len(lines) > 15
    shown = []
    for line in lines:
        program, *words = shlex.split(line)
        assert program == "goodcall"
        done = CliRunner().invoke(app, words, env=env)
        assert done.exit_code == 0, (line, done.output, done.exception)
        shown.append(done.output)
    assert SAID["text"][1].strip() in "".join(shown)


def test_the_program_says_what_the_page_says():
    """The refusal below it is the one that it prints."""
    (program,), told = SAID["python"], io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(compile(program, "access.md", "exec"), {})  # noqa: S102 - our own page
    assert told.getvalue() == SAID["text"][0]


@pytest.mark.parametrize("block", SAID["toml"], ids=range(len(SAID["toml"])))
def test_every_block_reads_as_part_of_the_file(block):
    """Added to the shipped file it is read without a fault."""
    assert parse_access(default_access_text() + block).text.endswith(block)
