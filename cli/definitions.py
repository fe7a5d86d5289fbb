"""Every field that Goodcall knows, gathered from the rooms that declare them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import MetaData

from features import CATALOG, TABLES, online_tables, words_of_online
from features.describe import UNITS, Entry, entries, freshness, lineage
from goodcall import Text, Workspace
from governance import schema as access_tables
from governance import words_of_access
from governance.dictionary import Definition
from models import Card, read_champions
from models.card import card_from_json
from outreach import schema, words_of_ledger
from serving.field_words import described

_NOTHING = Text("", "")
_AT_ONCE = Text("at once", "即时")
_NIGHTLY = Text("each night", "每夜")
_ASKED = Text("the moment it is asked", "请求时刻")
_SCIENCE, _SERVICE = "data science", "digital channels"


@dataclass(frozen=True, slots=True)
class Stored:
    """Tables of a database that Goodcall keeps, and the words for them."""

    metadata: MetaData
    meaning_of: Callable[[str, str], Text | None]
    owner: str
    source: str


# A room that keeps tables stands here; a test finds one that does not.
STORED = (
    Stored(schema.METADATA, words_of_ledger.meaning_of, "marketing", "Goodcall's ledger"),
    Stored(online_tables.METADATA, words_of_online.meaning_of, _SERVICE, "Goodcall's online store"),
    Stored(
        access_tables.METADATA,
        words_of_access.meaning_of,
        "compliance",
        "Goodcall's store of access",
    ),
)


def definitions(place: Workspace) -> Iterator[Definition]:
    """Raw tables, features, champions' inputs and scores, the service's fields, stored tables."""
    yield from _raw()
    found = {entry.feature.name: entry for entry in entries(CATALOG)}
    yield from (_feature(entry) for entry in found.values())
    for card in _cards(place):
        yield from _model(card, found)
    for each in described():
        yield Definition(
            "answer", each.schema, each.name, each.type, each.meaning, _SERVICE,
            "Goodcall's service", _ASKED,
        )  # fmt: skip
    for stored in STORED:
        yield from _stored(stored)


def _raw() -> Iterator[Definition]:
    for table in TABLES.values():
        for each in table.columns:
            yield Definition(
                "raw table", table.name, each.name, each.type, each.meaning, table.owner,
                table.source, freshness(table),
            )  # fmt: skip


def _feature(entry: Entry) -> Definition:
    item = entry.feature
    return Definition(
        "feature", item.concept, item.name, UNITS[item.unit].en, item.meaning, _owners(entry),
        lineage(entry), _fresh(entry),
    )  # fmt: skip


def _model(card: Card, known: dict[str, Entry]) -> Iterator[Definition]:
    """A champion's inputs, and what it says; an input that the catalogue lacks has no meaning."""
    for name in card.features:
        entry = known.get(name)
        yield Definition(
            "model input", card.label, name,
            UNITS[entry.feature.unit].en if entry else "",
            entry.feature.meaning if entry else _NOTHING,
            _owners(entry) if entry else "",
            f"feature {name}" if entry else "",
            _fresh(entry) if entry else _NOTHING,
        )  # fmt: skip
    for label in card.labels:
        yield Definition(
            "score", card.label, label, card.unit, card.meaning, _SCIENCE,
            f"model {card.label}, {card.content_hash[:12]}", _NIGHTLY,
        )  # fmt: skip


def _stored(stored: Stored) -> Iterator[Definition]:
    for table in stored.metadata.sorted_tables:
        for column in table.columns:
            yield Definition(
                "stored table", table.name, column.name, str(column.type).lower(),
                stored.meaning_of(table.name, column.name) or _NOTHING, stored.owner,
                stored.source, _AT_ONCE,
            )  # fmt: skip


def _cards(place: Workspace) -> Iterator[Card]:
    for champion in read_champions(place.models).values():
        file = place.models / champion.folder / "card.json"
        yield card_from_json(file.read_text(encoding="utf-8"))


def _owners(entry: Entry) -> str:
    return ", ".join(dict.fromkeys(table.owner for table in entry.tables))


def _fresh(entry: Entry) -> Text:
    said = [freshness(table) for table in entry.tables]
    return Text(*(", ".join(dict.fromkeys(t.to(tongue) for t in said)) for tongue in ("en", "zh")))
