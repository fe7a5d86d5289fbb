"""The timers that start the night: files that systemd reads, a line that cron runs."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

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


SPAN, FLAG, ANY = r"\d+(s|min|h)?", "true|false", r"\S.*"
# What each section may say, by systemd.unit(5), systemd.service(5), systemd.exec(5),
# systemd.resource-control(5) and systemd.timer(5), as far as the units say anything.
DIRECTIVES = {
    "Unit": {"Description": ANY, "After": r"[\w-]+\.target", "Wants": r"[\w-]+\.target"},
    "Service": {
        "Type": "simple|exec|forking|oneshot|notify|idle",
        "User": r"[a-z_][a-z0-9_-]*",
        "WorkingDirectory": r"/.*",
        "CacheDirectory": r"[\w-]+",
        "Environment": ANY,
        "EnvironmentFile": r"-?/.*",
        "ExecStart": r"\"?/.*",
        "Restart": "no|on-success|on-failure|on-abnormal|on-watchdog|on-abort|always",
        "RestartSec": SPAN,
        "RestartPreventExitStatus": r"\d+( \d+)*",
        "TimeoutStartSec": SPAN,
        "Nice": r"-?1?\d",
        "CPUWeight": r"[1-9]\d{0,3}|10000",
        "IOSchedulingClass": "none|realtime|best-effort|idle",
        "IOSchedulingPriority": "[0-7]",
        "UMask": "[0-7]{4}",
        "ProtectSystem": f"{FLAG}|full|strict",
        "ProtectHome": f"{FLAG}|read-only|tmpfs",
        "RestrictAddressFamilies": r"AF_[A-Z0-9]+( AF_[A-Z0-9]+)*",
        "SystemCallArchitectures": r"native|[a-z0-9-]+",
        "CapabilityBoundingSet": r"(CAP_\w+ ?)*",
        "ReadWritePaths": ANY,
        **dict.fromkeys(
            (
                *("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectClock"),
                *("ProtectControlGroups", "ProtectKernelLogs", "ProtectKernelModules"),
                *("ProtectKernelTunables", "RestrictSUIDSGID", "RestrictRealtime"),
                "LockPersonality",
            ),
            FLAG,
        ),
    },
    "Timer": {
        "OnCalendar": r"\*-\*-\* [0-2]\d:[0-5]\d:00 [A-Za-z_]+/[A-Za-z_/]+",
        "Persistent": FLAG,
        "AccuracySec": SPAN,
        "RandomizedDelaySec": SPAN,
    },
    "Install": {"WantedBy": r"[\w-]+\.target"},
}
# A specifier stands for something, %% for a percent sign; no other letter follows one here.
SPECIFIERS = {"%%": "%", "%C": "/var/cache"}


def spelled(said):
    """A value as systemd reads it: specifiers put in, and a lone percent sign refused."""
    found = re.findall(r"%.?", said)
    assert set(found) <= set(SPECIFIERS), said
    return re.sub(r"%.", lambda each: SPECIFIERS[each[0]], said)


def words_of(said):
    """The words of a command line as systemd splits it: blanks, quotes, and $$ for a dollar."""
    return [word.replace("$$", "$") for word in shlex.split(spelled(said))]


def a_difficult_place(tmp_path):
    """Timers of a workspace with blanks, percent and dollar signs in its path."""
    home = tmp_path / "a b%c$d"
    return home, Timers(home / "bank", Workspace(home), "Asia/Shanghai")


def test_every_line_of_the_units_is_one_that_systemd_knows(tmp_path):
    """Each directive stands in its section with a value that its manual page allows.

    This holds on every machine; where systemd is installed, it is asked as well.
    """
    home, timers = a_difficult_place(tmp_path)
    service, timer = units(timers.service + timers.timer)
    for unit, sections in (
        (service, ["Unit", "Service"]),
        (timer, ["Unit", "Timer", "Install"]),
    ):
        assert unit.sections() == sections
        for section in sections:
            for name, said in unit[section].items():
                assert re.fullmatch(DIRECTIVES[section][name], said), (section, name, said)
                spelled(said)
    assert words_of(service["Service"]["ExecStart"]) == [
        PROGRAM, "night", str(home / "bank"), "--home", str(home)
    ]  # fmt: skip
    assert spelled(service["Service"]["WorkingDirectory"]) == str(home)
    assert words_of(service["Service"]["Environment"])[0] == f"GOODCALL_HOME={home}"
    assert ZoneInfo(timer["Timer"]["OnCalendar"].split()[-1]).key == "Asia/Shanghai"
    if program := shutil.which("systemd-analyze"):
        assert faults_of(program, timers, tmp_path) == (0, [])


def faults_of(program, timers, folder):
    """What systemd itself says of the units: its exit code, and each line about them."""
    service = timers.service.replace("User=goodcall", "User=root")
    files = {"goodcall-night.service": service, "goodcall-night.timer": timers.timer}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    found = subprocess.run(
        [program, "verify", *(folder / name for name in files)],
        capture_output=True,
        text=True,
        check=False,
    )
    mine = [line for line in found.stderr.splitlines() if "goodcall-night" in line]
    return found.returncode, mine
