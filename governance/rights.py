"""What a customer may ask of the bank: to see, correct and delete data, to object, to be told why.

Every place where something of a customer is kept is an Erasable; this room asks each of them and
knows none.
"""

import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from goodcall.errors import GoodcallError
from goodcall.language import Language, Text
from goodcall.ports import Erasable

TITLE = Text("What Goodcall keeps about customer {who}", "Goodcall所存客户{who}的信息")
NOTHING = Text("nothing", "无")
_ROWS = Text("{count} rows", "{count}条记录")


@dataclass(frozen=True, slots=True)
class Holding:
    """What one place keeps of a customer: rows with their `table`."""

    place: str
    rows: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """How many rows each place gave up, where something was left after all, and what stopped it.

    `unreached` names the places that could not be asked, each with its error.
    """

    erased: Mapping[str, int]
    residue: Mapping[str, int]
    unreached: Mapping[str, str]

    @property
    def clean(self) -> bool:
        """Whether every place was asked, and nothing is left anywhere."""
        return not self.residue and not self.unreached


def view(places: Iterable[Erasable], customer_id: int) -> tuple[Holding, ...]:
    """Everything that every place keeps of a customer, in clear, by place."""
    return tuple(Holding(each.place, tuple(each.known(customer_id))) for each in places)


def erase(places: Sequence[Erasable], customer_id: int) -> Erasure:
    """Have every place give a customer up, then ask each again what is left.

    A place that cannot be reached keeps none of the others from it. Done once more after it was
    stopped, it goes on: a place that has nothing erases nothing.
    """
    erased: dict[str, int] = {}
    residue: dict[str, int] = {}
    unreached: dict[str, str] = {}
    for each in places:
        with _or_unreached(each, unreached):
            erased[each.place] = each.erase(customer_id)
    for each in places:
        if each.place not in unreached:
            with _or_unreached(each, unreached):
                residue |= scan([each], customer_id)
    return Erasure(erased, residue, unreached)


@contextmanager
def _or_unreached(place: Erasable, unreached: dict[str, str]) -> Iterator[None]:
    """Ask a place in the block, and note it with its error where it cannot be asked."""
    try:
        yield
    except (GoodcallError, OSError) as error:
        unreached[place.place] = str(error)


def forget_scores(places: Iterable[Erasable], customer_id: int) -> dict[str, int]:
    """Have every place give up what models made of a customer; how many rows each had."""
    return {each.place: each.forget_scores(customer_id) for each in places}


def scan(places: Iterable[Erasable], customer_id: int) -> dict[str, int]:
    """How many rows of a customer each place still has; places without any are left out."""
    counts = {each.place: len(each.known(customer_id)) for each in places}
    return {place: count for place, count in counts.items() if count}


def view_json(holdings: Iterable[Holding], customer_id: int) -> str:
    """What is kept of a customer as one JSON document, by place."""
    said = {
        "customer_id": customer_id,
        "places": {each.place: list(each.rows) for each in holdings},
    }
    return json.dumps(said, ensure_ascii=False, indent=2, default=_plain)


def view_page(holdings: Iterable[Holding], customer_id: int, language: Language) -> str:
    """What is kept of a customer as a page for that customer: each place, each row, each field."""
    title = html.escape(TITLE.to(language).format(who=customer_id))
    parts = [
        f'<!doctype html>\n<html lang="{language}"><meta charset="utf-8"><title>{title}</title>',
        f"<h1>{title}</h1>",
    ]
    for each in holdings:
        count = _ROWS.to(language).format(count=len(each.rows))
        parts.append(f"<h2>{html.escape(each.place)}: {count}</h2>")
        parts += [_row(row) for row in each.rows] or [f"<p>{NOTHING.to(language)}</p>"]
    return "\n".join((*parts, "</html>\n"))


def _row(row: Mapping[str, object]) -> str:
    lines = "".join(
        f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(_said(value))}</td></tr>"
        for name, value in row.items()
        if name != "table"
    )
    return f"<h3>{html.escape(str(row.get('table', '')))}</h3><table>{lines}</table>"


def _said(value: object) -> str:
    if isinstance(value, str | int | float | bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
