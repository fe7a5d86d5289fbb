"""Which segments, or regions, want a family of products more than others do, beyond chance.

Wanting shows in two ways: a first product of the family is opened, or its pages are looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from features import TABLES, Bank
from features.asof import connect, known_before, known_rows
from goodcall.calendar import start_of_day
from goodcall.language import Text
from goodcall.vocabulary import KINDS
from reports.apart import Apart, Dimension, Question, set_apart
from reports.errors import NotComparable
from reports.standing import Standings

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Words = NDArray[np.str_]

OUTCOMES = {
    "bought": Text("first bought", "首次购买"),
    "looked at": Text("looked at its pages", "浏览其页面"),
}
DIMENSIONS = {
    "age": Text("age", "年龄"),
    "kind": Text("kind of customer", "客户类型"),
    "years": Text("years as a customer", "开户年限"),
    "region": Text("region", "地区"),
    "branch": Text("branch", "网点"),
}
_AGES = (18, 25, 35, 45, 55, 65)
_YEARS = (0, 1, 3, 10)
# Steps to a doubling of pages, and more steps than any customer climbs.
_BANDS, _MOST_BANDS = 4, 1000


@dataclass(frozen=True, slots=True)
class Pages:
    """How many pages of products each row's customer looked at, and of which families, [rows]."""

    count: Ints
    families: Mapping[str, Flags]

    @property
    def band(self) -> Ints:
        """Customers who looked at about as many pages; 0 for who looked at none."""
        seen: Ints = 1 + np.floor(_BANDS * np.log2(np.maximum(self.count, 1))).astype(np.int64)
        return np.where(self.count > 0, seen, 0)


def wanted(
    people: Standings,
    families: Sequence[str],
    *,
    bought: Mapping[str, Flags],
    asked: Mapping[str, Flags],
    pages: Pages | None,
    by: Sequence[str],
) -> tuple[Apart, ...]:
    """Every segment against the others of its dimension, for each family and way of wanting it.

    For each family, [rows]: who bought a first product, and who could (`asked`). `pages` is None
    where the bank has none; who looked at some is compared with those who looked at about as many.
    `by` names DIMENSIONS; kinds are compared with all others, every other segment with customers of
    its own kind.
    """
    if unknown := sorted(set(by) - set(DIMENSIONS)):
        raise NotComparable(
            f"segments by {', '.join(unknown)} are unknown; known: {', '.join(DIMENSIONS)}"
        )
    dimensions = [dimension_of(people, name) for name in by]
    questions = []
    for family in families:
        questions.append(
            _question((family, "bought"), bought[family], asked[family], people, dimensions)
        )
        if pages is not None:
            alike = [
                Dimension(each.name, each.group, each.stratum * _MOST_BANDS + pages.band)
                for each in dimensions
            ]
            rows = asked[family] & (pages.count > 0)
            happened = pages.families[family]
            questions.append(_question((family, "looked at"), happened, rows, people, alike))
    return set_apart(questions)


def _question(
    outcome: tuple[str, ...],
    happened: Flags,
    rows: Flags,
    people: Standings,
    dimensions: Sequence[Dimension],
) -> Question:
    parts = (Dimension(each.name, each.group[rows], each.stratum[rows]) for each in dimensions)
    return Question(outcome, happened[rows], people.home[rows], tuple(parts))


def pages_of(bank: Bank, people: Standings, families: Sequence[str], until: date) -> Pages | None:
    """The pages that each row's customer looked at from as_of until before a day.

    None where the bank has no table of events. All rows have one as_of.
    """
    if "events" not in bank.tables or not len(people.customer):
        return None
    zone = bank.manifest.zone
    rows = known_rows(bank, connect(), TABLES["events"])
    since = start_of_day(people.day[0].item(), zone)
    there = (rows.happened_at >= since) & (rows.happened_at < start_of_day(until, zone))
    seen = rows.filter(there & (rows.kind == "page_view") & rows.topic.notnull())
    found = seen.group_by("customer_id", "topic").aggregate(pages=seen.count()).to_pyarrow()
    place = pc.index_in(found["customer_id"], pa.array(people.customer))
    found = found.append_column("place", place).filter(place.is_valid())
    places, counts = found["place"].to_numpy(), found["pages"].to_numpy()
    topics = found["topic"].to_numpy().astype(str)
    size = len(people.customer)
    return Pages(
        np.bincount(places, counts, size).astype(np.int64),
        {name: np.bincount(places[topics == name], minlength=size) > 0 for name in families},
    )


def sold_to(bank: Bank, day: date) -> dict[str, tuple[str, ...]]:
    """The kinds of customers to whom each family is offered, as the bank's offers of a day say.

    A family without an offer is not in it.
    """
    if "offers" not in bank.tables or "products" not in bank.tables:
        return {}
    at = start_of_day(day, bank.manifest.zone)
    offers = known_before(bank, connect(), TABLES["offers"], at).to_pyarrow().to_pylist()
    products = known_before(bank, connect(), TABLES["products"], at).to_pyarrow().to_pylist()
    family = {row["product_id"]: row["family"] for row in products}
    kinds: dict[str, set[str]] = {}
    for row in offers:
        if row["product_id"] in family:
            kinds.setdefault(family[row["product_id"]], set()).update(row["kinds"].split(","))
    return {name: tuple(kind for kind in KINDS if kind in said) for name, said in kinds.items()}


def dimension_of(people: Standings, name: str) -> Dimension:
    """Rows by one of DIMENSIONS, kinds together and every other within kinds."""
    together = np.zeros(len(people.kind), dtype=np.int64)
    match name:
        case "age":
            return Dimension(name, _banded(people.age, _AGES), people.stratum)
        case "years":
            return Dimension(name, _banded(people.years, _YEARS), people.stratum)
        case "kind":
            return Dimension(name, people.kind, together)
        case "region":
            return Dimension(name, people.region, people.stratum)
        case _:
            return Dimension(name, people.branch, people.stratum)


def _banded(values: ArrayLike, starts: Sequence[int]) -> Words:
    """The band of each value, such as 25-34 or 65+; "" where it has none."""
    found = np.asarray(values, dtype=np.float64)
    names = ["", *(f"{low}-{high - 1}" for low, high in pairwise(starts))]
    names.append(f"{starts[-1]}+")
    place = np.searchsorted(starts, found, side="right")
    return np.array(names)[np.where(np.isnan(found), 0, place)]
