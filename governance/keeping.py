"""How an audit log is kept: how often it is signed, when a file is full, when reads reach disk."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from governance.errors import GovernanceError

_MIB = 2**20
_EVERY = 1_000
_ROTATE_MIB = 64


@dataclass(frozen=True, slots=True)
class Keeping:
    """When lines are signed, set apart and brought to the disk.

    A checkpoint is signed after every `every` lines (0: on demand alone). A file is set apart at
    `rotate_bytes` and, where `monthly`, at the first line of a month too. Reads reach the disk
    within `group_ms` milliseconds; 0 has each of them wait for it.
    """

    every: int = _EVERY
    rotate_bytes: int = _ROTATE_MIB * _MIB
    monthly: bool = False
    group_ms: int = 0


def keeping_of(environment: Mapping[str, str], *, group_ms: int = 0) -> Keeping:
    """How the environment has a log kept; `group_ms` stands where it says nothing of it.

    GOODCALL_AUDIT_EVERY is a number of lines, GOODCALL_AUDIT_ROTATE MiB or `month`,
    GOODCALL_AUDIT_GROUP_MS milliseconds.
    """
    rotate = environment.get("GOODCALL_AUDIT_ROTATE") or str(_ROTATE_MIB)
    monthly = rotate == "month"
    name = "GOODCALL_AUDIT_ROTATE"
    size = _ROTATE_MIB if monthly else _number(name, rotate, 1, "whole MiB or month")
    return Keeping(
        every=_said(environment, "GOODCALL_AUDIT_EVERY", _EVERY, 0, "a number of lines, or 0"),
        rotate_bytes=size * _MIB,
        monthly=monthly,
        group_ms=_said(environment, "GOODCALL_AUDIT_GROUP_MS", group_ms, 0, "whole milliseconds"),
    )


def _said(environment: Mapping[str, str], name: str, default: int, least: int, meant: str) -> int:
    return _number(name, environment.get(name) or str(default), least, meant)


def _number(name: str, said: str, least: int, meant: str) -> int:
    if re.fullmatch(r"\d{1,9}", said, re.ASCII) is None or int(said) < least:
        raise GovernanceError(f"{name} is {said!r}; write {meant}")
    return int(said)
