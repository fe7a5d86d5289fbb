"""The lines of an audit log, sought by who, what, whom and when, and written as tables."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from goodcall.cells import inert
from governance.errors import BrokenAudit
from governance.verifier import lines_of, log_files, open_regular

COLUMNS = ("n", "at", "actor", "action", "subject", "facts")


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of the log tells; `n` is its number, `at` the moment in UTC."""

    n: int
    at: str
    actor: str
    action: str
    subject: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines are wanted: those that fit everything that is said here.

    A customer's are the lines about the customer, or with the customer among their facts, also
    among those who were refused; those under the customer's `pseudonym` too, where it is given.
    `first` and `last` are days in UTC, both included.
    """

    actor: str | None = None
    action: str | None = None
    customer: int | None = None
    first: date | None = None
    last: date | None = None
    pseudonym: str | None = None

    def wants(self, line: Line) -> bool:
        """Whether a line is one of them."""
        day = line.at[:10]
        return (
            self.actor in (None, line.actor)
            and self.action in (None, line.action)
            and (self.customer is None or _is_about(line, self.customer, self.pseudonym))
            and (self.first is None or str(self.first) <= day)
            and (self.last is None or day <= str(self.last))
        )


def audit_lines(path: Path, sought: Sought) -> Iterator[Line]:
    """The lines of a log that are sought, oldest first; BrokenAudit at one that does not read."""
    number = 0
    for file in log_files(path):
        with _opened(file) as content:
            size = os.fstat(content.fileno()).st_size
            for place, raw in enumerate(lines_of(content, size), start=1):
                number += 1
                line = _line(raw, number, f"{file} line {place}")
                number = line.n
                if sought.wants(line):
                    yield line


def lines_to_csv(lines: Iterable[Line]) -> bytes:
    """Lines as CSV that a spreadsheet opens in any language; no cell runs as a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([inert(cell) for cell in _cells(line)])
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def line_facts(line: Line) -> dict[str, Any]:
    """A line as JSON values."""
    return {name: getattr(line, name) for name in COLUMNS}


def facts_text(line: Line) -> str:
    """A line's facts on one line."""
    return json.dumps(line.facts, ensure_ascii=False) if line.facts else ""


def _opened(file: Path) -> BinaryIO:
    try:
        return open_regular(file)
    except OSError as error:
        raise BrokenAudit(
            f"{file} cannot be read: {error.strerror}; `goodcall audit verify` says what is wrong"
        ) from error


def _line(raw: bytes, number: int, where: str) -> Line:
    try:
        said = json.loads(raw)
        return Line(said.get("n", number), *(said[name] for name in COLUMNS[1:]))
    except (ValueError, KeyError, AttributeError, RecursionError) as error:
        raise BrokenAudit(
            f"{where} does not read as an audit line; `goodcall audit verify` says what is wrong"
        ) from error


def _is_about(line: Line, customer: int, pseudonym: str | None) -> bool:
    names = {f"customer {each}" for each in (customer, pseudonym) if each is not None}
    if line.subject in names or line.facts.get("customer") == customer:
        return True
    several = (line.facts.get(name) for name in ("customers", "refused"))
    return any(isinstance(each, list) and customer in each for each in several)


def _cells(line: Line) -> tuple[object, ...]:
    return (*(getattr(line, name) for name in COLUMNS[:-1]), facts_text(line))
