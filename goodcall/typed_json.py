"""Reads JSON that people write into the house's classes; a mistake names its place and a remedy.

What a class does not know, what it needs and lacks, a value of another sort, a name that stands
twice and a clock without a zone are refused; nothing is guessed or left out.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from goodcall.errors import GoodcallError

T = TypeVar("T")

_CLOCK = "an instant of whole seconds with its zone, such as 2026-06-08T10:00:00+08:00"
_DAY = "a date such as 2026-06-08, in quotes"


def read_json(text: str, where: str, error: type[GoodcallError]) -> Any:  # noqa: ANN401 - any JSON
    """What a JSON text says; `where` names the text in the `error` of one that does not read."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        said = dict(pairs)
        if len(said) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise error(f"{where}: {twice!r} stands twice in one object; keep one of them")
        return said

    def no_number(said: str) -> float:
        raise error(f"{where}: {said} is no number; leave out what is not known")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=no_number)
    except json.JSONDecodeError as cause:
        line = f"line {cause.lineno}, " if "\n" in text.strip() else ""
        raise error(
            f"{where} does not read as JSON: {cause.msg} at {line}column {cause.colno}; "
            "correct it there"
        ) from cause
    except RecursionError:
        raise error(f"{where} is nested too deeply; write it as the page shows") from None


@dataclass(frozen=True, slots=True)
class Reader:
    """How values are read: which error a mistake is, and what stands for fields left out.

    `defaults` gives, for a class, values of fields that its own definition requires; `check` is
    asked about every object that was built, with its place.
    """

    error: type[GoodcallError]
    defaults: Mapping[type[Any], Mapping[str, Any]] = field(default_factory=dict)
    check: Callable[[object, str], None] = lambda _said, _where: None

    def build(self, kind: type[T], said: object, where: str) -> T:
        """The value of class `kind` that JSON says; `where` begins the error of a mistake."""
        found: T = self._value(kind, said, where)
        return found

    def only(self, said: object, known: tuple[str, ...], where: str) -> dict[str, Any]:
        """A JSON object, where it has no other names than those known."""
        if not isinstance(said, dict):
            raise self._refuse(where, said, "an object in braces")
        for name in said:
            if name not in known:
                raise self.error(
                    f"{where}: {name!r} is unknown here; known: {', '.join(known)}; "
                    "correct it or take it out"
                )
        return said

    def _value(self, kind: Any, said: Any, where: str) -> Any:  # noqa: ANN401 - any field's type
        arguments = get_args(kind)
        if type(None) in arguments:
            inner = next(each for each in arguments if each is not type(None))
            return None if said is None else self._value(inner, said, where)
        if is_dataclass(kind):
            return self._object(kind, said, where)
        if get_origin(kind) is tuple:
            if not isinstance(said, list):
                raise self._refuse(where, said, "a list in square brackets")
            return tuple(self._value(arguments[0], e, f"{where}[{n}]") for n, e in enumerate(said))
        if get_origin(kind) is not None:
            if not isinstance(said, dict):
                raise self._refuse(where, said, "an object in braces")
            return {k: self._value(arguments[1], v, f"{where}.{k}") for k, v in said.items()}
        return self._plain(kind, said, where)

    def _object(self, kind: Any, said: Any, where: str) -> Any:  # noqa: ANN401 - any class
        known = fields(kind)
        self.only(said, tuple(each.name for each in known), where)
        hints = _hints(kind)
        stands = self.defaults.get(kind, {})
        given = dict(stands)
        for each in known:
            if said.get(each.name) is not None:
                given[each.name] = self._value(
                    hints[each.name], said[each.name], f"{where}.{each.name}"
                )
            elif _required(each) and each.name not in stands:
                raise self.error(f"{where}: {each.name} is missing; add it")
        built = kind(**given)
        self.check(built, where)
        return built

    def _plain(self, kind: Any, said: Any, where: str) -> Any:  # noqa: ANN401 - any plain type
        if kind is datetime:
            return self._instant(said, where)
        if kind is date:
            return self._day(said, where)
        if kind is bool and isinstance(said, bool):
            return said
        if kind is str and isinstance(said, str) and said.strip():
            return said
        number = isinstance(said, int | float) and not isinstance(said, bool)
        if kind is int and number and isinstance(said, int):
            return said
        if kind is float and number and math.isfinite(said):
            return float(said)
        raise self._refuse(where, said, _MEANT[kind])

    def _instant(self, said: object, where: str) -> datetime:
        try:
            at = datetime.fromisoformat(said) if isinstance(said, str) else None
        except ValueError:
            at = None
        if at is None or at.year not in _YEARS:
            raise self._refuse(where, said, _CLOCK)
        if at.utcoffset() is None:
            raise self.error(f"{where}: {said!r} has no zone; write {_CLOCK}")
        if at.microsecond:
            raise self.error(f"{where}: {said!r} is finer than a second; write {_CLOCK}")
        return at.astimezone(UTC)

    def _day(self, said: object, where: str) -> date:
        try:
            day = date.fromisoformat(said) if isinstance(said, str) else None
        except ValueError:
            day = None
        if day is None or day.isoformat() != said or day.year not in _YEARS:
            raise self._refuse(where, said, _DAY)
        return day

    def _refuse(self, where: str, said: object, meant: str) -> GoodcallError:
        shown = json.dumps(said, ensure_ascii=False, default=str)
        short = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."
        return self.error(f"{where} is {short}; write {meant}")


_SHOWN = 60
# Beyond these no calendar of a bank reaches.
_YEARS = range(1800, 2200)
_MEANT = {
    bool: "true or false",
    str: "a text in quotes that is not empty",
    int: "a whole number without quotes",
    float: "a finite number without quotes",
}


@lru_cache(maxsize=64)
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _required(each: "Field[Any]") -> bool:
    return each.default is MISSING and each.default_factory is MISSING
