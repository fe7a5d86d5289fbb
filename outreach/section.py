"""Reading a policy file so that every mistake is answered with its line and a remedy."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from outreach.errors import PolicyError
from outreach.hours import is_zone

Path = tuple[str | int, ...]
T = TypeVar("T")

_DAY = "a date such as 2026-12-31, without quotes"
_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*=")


def read_document(text: str, file: str) -> "Section":
    """The top table of a policy file."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{file} does not read as TOML: {error}") from error
    return Section(file, _lines(text), (), data)


class Section:
    """One table of a policy file; notes which keys were read, so that none is ignored."""

    def __init__(
        self, file: str, lines: Mapping[Path, int], path: Path, data: Mapping[str, Any]
    ) -> None:
        self._file, self._lines, self._path, self._data = file, lines, path, data
        self._read: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._data

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that the file gives in this table."""
        return tuple(self._data)

    def refuse(self, key: str | None, wrong: str, remedy: str) -> PolicyError:
        """The error that names file, line and table, what is wrong and what to do."""
        path = self._path if key is None else (*self._path, key)
        while path and path not in self._lines:
            path = path[:-1]
        line = self._lines.get(path, 1)
        where = ".".join(str(part) for part in self._path if isinstance(part, str))
        table = f" [{where}]" if where else ""
        return PolicyError(f"{self._file}, line {line}{table}: {wrong}; {remedy}")

    def text(self, key: str, allowed: Iterable[str] | None = None) -> str:
        """A word, one of `allowed` where that is given."""
        value = self._of(key, str, "a word in quotes")
        if not value.strip():
            raise self.refuse(key, f"{key} is empty", "write a word, or leave the key out")
        if allowed is not None and value not in (known := tuple(allowed)):
            raise self.refuse(
                key, f"{key} {value!r} is unknown", f"choose one of: {', '.join(known) or 'none'}"
            )
        return str(value)

    def texts(self, key: str, allowed: Iterable[str]) -> tuple[str, ...]:
        """A list of words, each one of `allowed`, none twice."""
        values = self._of(key, list, "a list of words in square brackets")
        known = tuple(allowed)
        if not values:
            raise self.refuse(key, f"{key} is an empty list", "name one or more, or leave it out")
        for value in values:
            if value not in known:
                raise self.refuse(
                    key, f"{key} holds {value!r}, which is unknown", f"known: {', '.join(known)}"
                )
        if len(set(values)) < len(values):
            raise self.refuse(key, f"{key} names a word twice", "name each once")
        return tuple(values)

    def count(self, key: str) -> int:
        """A whole number of 1 or more."""
        value = self._of(key, int, "a whole number of 1 or more")
        if value < 1:
            raise self.refuse(
                key,
                f"{key} is {value}",
                "write 1 or more, or leave the key out where none is meant",
            )
        return int(value)

    def number(self, key: str, low: float, high: float) -> float:
        """A number from `low` to `high`, both included."""
        value = self._of(key, (int, float), f"a number from {low:g} to {high:g}")
        if not low <= value <= high:
            raise self.refuse(key, f"{key} is {value}", f"write a number from {low:g} to {high:g}")
        return float(value)

    def flag(self, key: str) -> bool:
        """True or false."""
        return bool(self._of(key, bool, "true or false"))

    def day(self, key: str) -> date:
        """A date written without quotes."""
        value = self._of(key, date, _DAY)
        if isinstance(value, datetime):
            raise self.refuse(key, f"{key} has a time of day", f"write {_DAY}")
        return date.fromisoformat(str(value))

    def zone(self, key: str) -> str:
        """The name of an IANA time zone."""
        value = self.text(key)
        if not is_zone(value):
            raise self.refuse(
                key, f"{key} {value!r} is no IANA time zone", "write one such as Asia/Shanghai"
            )
        return value

    def table(self, key: str) -> "Section":
        """The table of that name."""
        value = self._of(key, dict, f"a table [{key}]")
        return Section(self._file, self._lines, (*self._path, key), value)

    def tables(self, key: str) -> list["Section"]:
        """The list of tables of that name, in the file's order; empty where there is none."""
        if key not in self._data:
            return []
        values = self._of(key, list, f"one [[{key}]] table for each")
        for value in values:
            if not isinstance(value, dict):
                raise self.refuse(key, f"{key} holds {value!r}", f"write [[{key}]] tables")
        return [
            Section(self._file, self._lines, (*self._path, key, place), value)
            for place, value in enumerate(values)
        ]

    def done(self) -> None:
        """Refuse every key that nothing read."""
        for key in self._data:
            if key not in self._read:
                raise self.refuse(
                    key,
                    f"key {key!r} is unknown here",
                    f"known: {', '.join(sorted(self._read))}; correct it or take it out",
                )

    def optional(self, key: str, read: Callable[[str], T]) -> T | None:
        """What `read` makes of a key, or None where the file leaves it out."""
        self._read.add(key)
        return read(key) if key in self._data else None

    def _of(self, key: str, kind: type | tuple[type, ...], meant: str) -> Any:  # noqa: ANN401 - TOML
        self._read.add(key)
        if key not in self._data:
            raise self.refuse(None, f"{key} is missing", f"add {key} = {meant}")
        value = self._data[key]
        # In Python true is a whole number; in a policy it is a mistake.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.refuse(key, f"{key} is {value!r}", f"write {meant}")
        return value


def _lines(text: str) -> dict[Path, int]:
    """The line on which each table and key of a TOML text stands."""
    found: dict[Path, int] = {}
    seen: dict[str, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header[2]
            table = tuple(name.split("."))
            if header[1] == "[[":
                seen[name] = seen.get(name, -1) + 1
                table = (*table, seen[name])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *key[1].split(".")), number)
    return found
