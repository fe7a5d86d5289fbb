"""What starts the night by itself: a systemd service with its timer, or a line for cron."""

import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from goodcall import Workspace

_AT = "02:00"
_MINUTE, _HOUR = 0, 2
_SERVICE = """\
# /etc/systemd/system/goodcall-night.service
[Unit]
Description=Goodcall: the night's work, from the bank's tables to the day's call lists
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
User=goodcall
WorkingDirectory={plain}
# What is compiled at the first start is kept in the cache for the next.
CacheDirectory=goodcall
Environment="GOODCALL_HOME={plain}" NUMBA_CACHE_DIR=%C/goodcall
# GOODCALL_ONLINE and the like, one NAME=value a line; the file may be missing.
EnvironmentFile=-/etc/goodcall/night.env
ExecStart={command}
# Killed by what passes, such as too little memory: once more, from where it stopped. A gate that
# failed (3) and another night at work (4) are for people to see.
Restart=on-abnormal
RestartSec=5min
RestartPreventExitStatus=1 2 3 4
TimeoutStartSec=6h
Nice=10
CPUWeight=50
IOSchedulingClass=best-effort
IOSchedulingPriority=7

UMask=0077
NoNewPrivileges=true
PrivateTmp=true
PrivateDevices=true
ProtectSystem=strict
ProtectHome=read-only
ProtectClock=true
ProtectControlGroups=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
RestrictSUIDSGID=true
RestrictRealtime=true
LockPersonality=true
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
CapabilityBoundingSet=
# The workspace, and nothing else, is written to.
ReadWritePaths={home}
"""
_TIMER = """\
# /etc/systemd/system/goodcall-night.timer
[Unit]
Description=Goodcall's night, every night

[Timer]
OnCalendar=*-*-* {at}:00 {zone}
# A machine that was off at that hour catches up when it starts.
Persistent=true
AccuracySec=1min
RandomizedDelaySec=0

[Install]
WantedBy=timers.target
"""
_CRON = """\
# /etc/cron.d/goodcall-night; cronie reads CRON_TZ, other crons the machine's own zone
CRON_TZ={zone}
{minute} {hour} * * * goodcall GOODCALL_HOME={home} nice -n 10 ionice -c 2 -n 7 {command} 2>>{log}
"""


@dataclass(frozen=True, slots=True)
class Timers:
    """What the timers start: the night of a bank in a workspace, at 02:00 in the bank's zone."""

    bank: Path
    workspace: Workspace
    zone: str

    @property
    def service(self) -> str:
        """The systemd service."""
        return _SERVICE.format(
            plain=str(self.workspace.root).replace("%", "%%"),
            home=_unit(str(self.workspace.root)),
            command=" ".join(_unit(word) for word in self._words()),
        )

    @property
    def timer(self) -> str:
        """The systemd timer of the service; it catches up where the machine was off."""
        return _TIMER.format(at=_AT, zone=self.zone)

    @property
    def cron(self) -> str:
        """A line for cron; its log is the night's own."""
        home = self.workspace.root
        return _CRON.format(
            zone=self.zone,
            minute=_MINUTE,
            hour=_HOUR,
            home=_cron(str(home)),
            command=" ".join(_cron(word) for word in self._words()),
            log=_cron(str(home / "night.log")),
        )

    def _words(self) -> tuple[str, ...]:
        return _program(), "night", str(self.bank), "--home", str(self.workspace.root)


def _program() -> str:
    """The `goodcall` that is running, or the one beside this Python."""
    beside = Path(sys.executable).with_name("goodcall")
    found = str(beside) if beside.exists() else shutil.which("goodcall")
    return found or str(beside)


def _unit(word: str) -> str:
    """A word as a unit file holds it: percent signs doubled, quoted where it has blanks."""
    word = word.replace("%", "%%").replace("\\", "\\\\").replace("$", "$$")
    return f'"{word}"' if " " in word else word


def _cron(word: str) -> str:
    """A word as a crontab holds it: quoted for the shell, percent signs kept from cron."""
    return shlex.quote(word).replace("%", "\\%")
