"""Reads a TOML file that people edit so that every mistake is answered with its line and a remedy.

Every room reads its own files with it (a policy, gates, tier rules, a mapping) and says which of
its errors a mistake is.
"""

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from goodcall.calendar import is_zone
from goodcall.errors import GoodcallError

Place = tuple[str | int, ...]
T = TypeVar("T")

_DAY = "a date such as 2026-12-31, without quotes"
_NAME = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*')"""
_NAMES = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_NAMES})\s*\]")
_KEY = re.compile(rf"\s*({_NAMES})\s*=")
# A text of several lines, a text of one line or a comment, whichever begins first.
_UNREAD = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")|' + r"'''.*?'''(?!')|"
    r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|#[^\n]*",
    re.DOTALL,
)
_TEXT_OR_BRACKET = re.compile(r"""\"(?:\\.|[^"\\])*\"|'[^']*'|[\[\]{}]""")


def read_text(path: Path, what: str, error: type[GoodcallError]) -> str:
    """The text of a file, which `what` names in the error where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise error(
            f"{what} {path} cannot be read: {cause}; name a UTF-8 TOML file that exists"
        ) from cause


def read_toml(text: str, file: str, error: type[GoodcallError]) -> "Section":
    """The top table of a TOML text; `file` is the name that errors use, `error` their class."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise error(f"{file} does not read as TOML: {cause}") from cause
    return Section(file, error, _lines(text), (), said)


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a file, which knows where it stands; `said` is what the file says in it.

    Each reader refuses a key that is missing or of another sort; `optional` reads one that may be
    left out. Keys that were read are noted, so that `done` can refuse the others.
    """

    file: str
    error: type[GoodcallError]
    lines: Mapping[Place, int]
    place: Place
    said: Mapping[str, Any]
    _read: set[str] = field(default_factory=set, compare=False, repr=False)

    def refuse(self, wrong: str, remedy: str, *, key: str | None = None) -> GoodcallError:
        """The error that names file, line and table, what is wrong and what to do."""
        place = self.place if key is None else (*self.place, key)
        while place and place not in self.lines:
            place = place[:-1]
        named = ".".join(part for part in self.place if isinstance(part, str))
        table = f" [{named}]" if named else ""
        return self.error(f"{self.file}, line {self.lines.get(place, 1)}{table}: {wrong}; {remedy}")

    def only(self, *known: str, what: str = "key") -> None:
        """Refuse the first key that is not among `known`, listing those."""
        for key in self.said:
            if key not in known:
                raise self.refuse(
                    f"{what} {key!r} is unknown here",
                    f"known: {', '.join(known) or 'none'}; correct it or take it out",
                    key=key,
                )

    def done(self) -> None:
        """Refuse the first key that nothing read, listing those that were."""
        self.only(*sorted(self._read))

    def optional(self, key: str, read: Callable[[str], T]) -> T | None:
        """What `read` makes of a key, or None where the file leaves it out."""
        self._read.add(key)
        return read(key) if key in self.said else None

    def value(self, key: str, kind: type | tuple[type, ...], meant: str) -> Any:  # noqa: ANN401 - TOML
        """The value of a key, which is of the Python type `kind`, in words `meant`."""
        self._read.add(key)
        if key not in self.said:
            raise self.refuse(f"{key} is missing", f"add {key} = {meant}")
        value = self.said[key]
        # In Python true is a whole number; in a file it is a mistake.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.refuse(f"{key} is {value!r}", f"write {meant}", key=key)
        return value

    def text(self, key: str, among: Iterable[str] | None = None) -> str:
        """A text that is not blank, one of `among` where that is given."""
        known = None if among is None else ", ".join(among := tuple(among)) or "none"
        meant = "a text in quotes" if known is None else f"one of: {known}"
        value = str(self.value(key, str, meant))
        if not value.strip():
            raise self.refuse(f"{key} is empty", f"write {meant}", key=key)
        if among is not None and value not in among:
            raise self.refuse(f"{key} {value!r} is unknown", f"choose one of: {known}", key=key)
        return value

    def texts(self, key: str, among: Iterable[str] | None = None) -> tuple[str, ...]:
        """A list of texts; where `among` is given one or more of those, none twice."""
        meant = "a list of texts in square brackets, each in quotes"
        values = self.value(key, list, meant)
        if not all(isinstance(value, str) for value in values):
            raise self.refuse(f"{key} is {values!r}", f"write {meant}", key=key)
        if among is not None:
            self._refuse_others(key, values, tuple(among))
        return tuple(values)

    def whole(self, key: str, least: int, most: int | None = None) -> int:
        """A whole number of `least` or more, and of `most` or less where that is given."""
        bounds = f"of {least:,} or more" if most is None else f"from {least:,} to {most:,}"
        value = self.value(key, int, f"a whole number {bounds}")
        if value < least or (most is not None and value > most):
            none = ", or leave the key out where none is meant" if value == 0 else ""
            raise self.refuse(
                f"{key} is {value:,}", f"write a whole number {bounds}{none}", key=key
            )
        return int(value)

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of one or more whole numbers."""
        meant = "one or more whole numbers in square brackets, such as [101, 102]"
        values = self.value(key, list, meant)
        if not values or not all(type(value) is int for value in values):
            raise self.refuse(f"{key} is {values!r}", f"write {meant}", key=key)
        return tuple(values)

    def number(self, key: str, least: float = -math.inf, most: float = math.inf) -> float:
        """A finite number from `least` to `most`, both included."""
        meant = "a finite number"
        if math.isfinite(least):
            meant = f"a number of {least:g} or more"
        if math.isfinite(most):
            meant = f"a number from {least:g} to {most:g}"
        value = self.value(key, (int, float), meant)
        if not (math.isfinite(value) and least <= value <= most):
            raise self.refuse(f"{key} is {value}", f"write {meant}", key=key)
        return float(value)

    def flag(self, key: str) -> bool:
        """True or false."""
        return bool(self.value(key, bool, "true or false"))

    def day(self, key: str) -> date:
        """A date written without quotes."""
        value = self.value(key, date, _DAY)
        if isinstance(value, datetime):
            raise self.refuse(f"{key} has a time of day", f"write {_DAY}", key=key)
        return date.fromisoformat(str(value))

    def zone(self, key: str) -> str:
        """The name of an IANA time zone."""
        value = self.text(key)
        if not is_zone(value):
            raise self.refuse(
                f"{key} {value!r} is no IANA time zone", "write one such as Asia/Shanghai", key=key
            )
        return value

    def table(self, key: str, meant: str | None = None) -> "Section":
        """The table of that name; `meant` puts into words how it is written."""
        return self._under(key, self.value(key, dict, meant or f"a table [{key}]"))

    def part(self, key: str) -> "Section":
        """The table of that name, empty where the file leaves it out."""
        return self.optional(key, self.table) or self._under(key, {})

    def tables(self, key: str) -> list["Section"]:
        """The `[[key]]` tables, in the file's order; empty where the file has none."""
        meant = f"it as [[{key}]], one for each"
        values = self.optional(key, lambda _: self.value(key, list, meant)) or []
        if not all(isinstance(value, dict) for value in values):
            raise self.refuse(f"{key} is {values!r}", f"write {meant}", key=key)
        return [self._under(key, value, number) for number, value in enumerate(values)]

    def _under(self, key: str, said: Mapping[str, Any], *number: int) -> "Section":
        return Section(self.file, self.error, self.lines, (*self.place, key, *number), said)

    def _refuse_others(self, key: str, values: list[str], known: tuple[str, ...]) -> None:
        if not values:
            raise self.refuse(
                f"{key} is an empty list", "name one or more, or leave it out", key=key
            )
        for value in values:
            if value not in known:
                raise self.refuse(
                    f"{key} holds {value!r}, which is unknown",
                    f"known: {', '.join(known) or 'none'}",
                    key=key,
                )
        if len(set(values)) < len(values):
            raise self.refuse(f"{key} names a word twice", "name each once", key=key)


def _lines(text: str) -> dict[Place, int]:
    """The line on which each table and key of a TOML text first stands.

    A table that no line opens by itself stands where something in it is first named.
    """
    found: dict[Place, int] = {}
    implied: dict[Place, int] = {}
    last: dict[Place, int] = {}
    table: Place = ()
    depth = 0
    for number, line in enumerate(_UNREAD.sub(_without_lines, text).split("\n"), start=1):
        # Within brackets that an earlier line opened stand values, whatever they look like.
        within, depth = depth > 0, depth + sum(map(_opens, _TEXT_OR_BRACKET.findall(line)))
        if within:
            continue
        if header := _HEADER.match(line):
            place = table = _table(_names(header[2]), last, listed=header[1] == "[[")
        elif key := _KEY.match(line):
            place = (*table, *_names(key[1]))
        else:
            continue
        found.setdefault(place, number)
        for length in range(1, len(place)):
            implied.setdefault(place[:length], number)
    return implied | found


def _without_lines(unread: re.Match[str]) -> str:
    """A text of one line as it is; of several lines, and of a comment, the line breaks alone."""
    said = unread[0]
    return "\n" * said.count("\n") if said.startswith(("#", '"""', "'''")) else said


def _opens(sign: str) -> int:
    """By how many levels a bracket goes deeper; none for a text."""
    return (sign in "[{") - (sign in "]}")


def _names(said: str) -> tuple[str, ...]:
    """The names in a dotted key, read as TOML reads them."""
    inner: Any = tomllib.loads(f"{said} = 0")
    names = []
    while isinstance(inner, dict):
        ((name, inner),) = inner.items()
        names.append(name)
    return tuple(names)


def _table(names: tuple[str, ...], last: dict[Place, int], *, listed: bool) -> Place:
    """The place of the table that a header opens; `last` counts the tables of each list.

    What follows [[a]] as [a.b] belongs to the latest a.
    """
    place: Place = ()
    for depth, name in enumerate(names, start=1):
        place = (*place, name)
        if listed and depth == len(names):
            last[place] = last.get(place, -1) + 1
        if place in last:
            place = (*place, last[place])
    return place
