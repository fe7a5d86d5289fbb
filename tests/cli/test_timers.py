"""The timers that start the night: files that systemd reads, a line that cron runs."""

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nightly import asked
from typer.main import get_command

from cli.app import app
from cli.timers import Timers
from goodcall import Workspace

PROGRAM = str(Path(sys.executable).parent / "goodcall")


def units(text):
    """The two units in what the command prints."""
    service, _, timer = text.partition("# /etc/systemd/system/goodcall-night.timer")
    found = []
    for part in (service, timer):
        parser = configparser.ConfigParser(interpolation=None, strict=True)
        parser.optionxform = str
        parser.read_string(part)
        found.append(parser)
    return found


def parsed(words):
    """What the real command line makes of the words after the program's name."""
    name, *rest = words
    assert name == "night"
    group = get_command(app)
    _, command, _ = group.resolve_command(group.make_context("goodcall", [name]), [name])
    return command.make_context(name, rest).params


def test_the_service_starts_the_night_of_this_bank_in_this_workspace(worked):
    """Its command parses by the real command line, and only the workspace may be written to."""
    out, _ = asked(worked, "night", worked.bank, "--print-systemd")
    service, timer = units(out)
    program, *words = shlex.split(service["Service"]["ExecStart"])
    assert program == PROGRAM
    params = parsed(words)
    assert str(params["bank"]) == str(worked.bank)
    assert str(params["home"]) == str(worked.root)
    assert service["Service"]["ReadWritePaths"] == str(worked.root)
    assert service["Service"]["ProtectSystem"] == "strict"
    assert service["Service"]["Nice"] == "10"
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Timer"]["OnCalendar"].endswith("Asia/Shanghai")


def test_the_line_for_cron_runs_the_night(worked):
    """Five fields of time, a user, and a command; the zone is the bank's."""
    out, _ = asked(worked, "night", worked.bank, "--print-cron")
    zone, line = (each for each in out.splitlines() if each and not each.startswith("#"))
    assert zone == "CRON_TZ=Asia/Shanghai"
    assert line.split()[:6] == ["0", "2", "*", "*", "*", "goodcall"]
    words = shlex.split(line.split(None, 6)[6])
    assert words[0] == f"GOODCALL_HOME={worked.root}"
    assert words[words.index(PROGRAM) + 1 :][:2] == ["night", str(worked.bank)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_no_fault_with_the_units(tmp_path):
    """Blanks, percent and dollar signs in folders are kept, and it says nothing."""
    home = tmp_path / "a b%c"
    timers = Timers(home / "bank", Workspace(home), "Asia/Shanghai")
    service = timers.service.replace("User=goodcall", "User=root")
    files = {"goodcall-night.service": service, "goodcall-night.timer": timers.timer}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = subprocess.run(
        [shutil.which("systemd-analyze"), "verify", *(tmp_path / name for name in files)],
        capture_output=True,
        text=True,
        check=False,
    )
    mine = [line for line in found.stderr.splitlines() if "goodcall-night" in line]
    assert found.returncode == 0, found.stderr
    assert not mine
