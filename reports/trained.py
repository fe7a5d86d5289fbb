"""Which managers completed their training, by branch, as the personnel office's file says."""

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reports.errors import BadSettings

_COLUMNS = ("staff_id", "completed_on")


@dataclass(frozen=True, slots=True)
class Trained:
    """How many managers of a branch completed their training; `branch_id` None has no branch."""

    branch_id: int | None
    managers: int
    trained: int

    @property
    def share(self) -> float | None:
        """The share who did; None without managers."""
        return self.trained / self.managers if self.managers else None


def read_trained(path: Path, staff: Collection[int]) -> Mapping[int, date]:
    """The day on which each person of a CSV file completed the training.

    BadSettings names the line of a mistake; `staff` are all whom the bank knows.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise BadSettings(
            f"the file of training {path} cannot be read: {cause}; name a UTF-8 CSV file that "
            "exists"
        ) from cause
    return parse_trained(text, staff, str(path))


def parse_trained(
    text: str, staff: Collection[int], file: str = "training.csv"
) -> Mapping[int, date]:
    """The day of each person by the lines of a text; `file` is the name that errors use."""
    lines = _lines(text, file)
    head = tuple(lines[0][1]) if lines else ()
    if head != _COLUMNS:
        raise BadSettings(
            f"{file} has the columns {','.join(head) or 'of no header'}; its first line must be "
            f"{','.join(_COLUMNS)}"
        )
    found: dict[int, date] = {}
    for number, line in lines[1:]:
        where = f"{file}, line {number}"
        who, day = _completed(line, where)
        if who not in staff:
            raise BadSettings(
                f"{where}: staff {who} is not in the bank's table of staff; correct the number, "
                "or leave the line out"
            )
        if who in found:
            raise BadSettings(f"{where}: staff {who} is there twice; give each person one line")
        found[who] = day
    return found


def trained_of(
    completed: Mapping[int, date], branch_of: Mapping[int, int | None], last: date
) -> tuple[Trained, ...]:
    """The managers of each branch and how many completed the training by the last day.

    `branch_of` gives the branch of every manager.
    """
    people: dict[int | None, list[int]] = defaultdict(list)
    for who, branch in branch_of.items():
        people[branch].append(who)
    return tuple(
        Trained(
            branch,
            len(people[branch]),
            sum(who in completed and completed[who] <= last for who in people[branch]),
        )
        for branch in sorted(people, key=lambda each: (each is None, each or 0))
    )


def _lines(text: str, file: str) -> list[tuple[int, list[str]]]:
    """The lines that hold something, each with its number."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(lines.line_num, line) for line in lines if line]
    except csv.Error as cause:
        raise BadSettings(f"{file}, line {lines.line_num}: {cause}; write plain CSV") from cause


def _completed(line: list[str], where: str) -> tuple[int, date]:
    """The person and the day of one line."""
    if len(line) != len(_COLUMNS):
        raise BadSettings(f"{where}: {len(line)} cells; write a staff id and a day")
    who, day = (cell.strip() for cell in line)
    if not who.isascii() or not who.isdigit():
        raise BadSettings(f"{where}: {who!r} is no staff id; write a whole number, such as 7")
    try:
        return int(who), date.fromisoformat(day)
    except ValueError as cause:
        raise BadSettings(
            f"{where}: {day!r} is no day; write one such as 2026-06-30, or leave the line out "
            "until the training is completed"
        ) from cause
