"""`goodcall features catalog`: every feature with its meaning, purpose, lineage and owner."""

from collections.abc import Collection
from enum import StrEnum
from typing import Annotated

import typer

from cli.errors import BadOption
from cli.options import Json, Lang, show
from cli.show import Show
from features import CATALOG
from features.describe import (
    NO,
    PURPOSES,
    UNITS,
    YES,
    Entry,
    as_csv,
    as_markdown,
    entries,
    freshness,
    lineage,
    tables_of,
)
from goodcall import Text


class Format(StrEnum):
    """How the catalogue is printed."""

    TABLE = "table"
    MARKDOWN = "markdown"
    CSV = "csv"


def catalog_command(
    form: Annotated[
        Format,
        typer.Option("--format", help="table: for a person; markdown, csv: both languages."),
    ] = Format.TABLE,
    purpose: Annotated[
        str | None, typer.Option(help=f"Only features for one purpose: {', '.join(PURPOSES)}.")
    ] = None,
    table: Annotated[
        str | None, typer.Option(help="Only features that come from this raw table.")
    ] = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Every feature: what it means, what it is for, what it reads, who owns that, how fresh."""
    speak = show(lang, as_json=as_json)
    if as_json and form is not Format.TABLE:
        raise BadOption(f"--json and --format {form} exclude each other; leave one out")
    _refuse_unknown("--purpose", purpose, PURPOSES)
    _refuse_unknown("--table", table, [each.name for each in tables_of(CATALOG)])
    found = entries(CATALOG, purpose=purpose, table=table)
    if form is Format.TABLE:
        _print(speak, found)
    else:
        typer.echo(as_csv(found) if form is Format.CSV else as_markdown(found), nl=False)


def _refuse_unknown(option: str, given: str | None, known: Collection[str]) -> None:
    if given is not None and given not in known:
        raise BadOption(f"{option} {given} finds no feature; choose one of: {', '.join(known)}")


def _print(speak: Show, found: tuple[Entry, ...]) -> None:
    speak.table(
        (
            *(Text("feature", "特征"), Text("meaning", "含义"), Text("unit", "单位")),
            *(Text("concept", "概念"), Text("purpose", "用途"), Text("reads", "来源字段")),
            *(Text("owner", "负责部门"), Text("fresh within", "时效"), Text("online", "在线更新")),
        ),
        [_row(entry) for entry in found],
    )
    speak.say(
        Text(
            f"{len(found)} features, fingerprint {CATALOG.fingerprint}",
            f"共{len(found)}个特征,指纹{CATALOG.fingerprint}",
        )
    )
    speak.hand_over(
        {"fingerprint": CATALOG.fingerprint, "features": [entry.facts for entry in found]}
    )


def _row(entry: Entry) -> tuple[object, ...]:
    item = entry.feature
    fresh = [freshness(table) for table in entry.tables]
    return (
        *(item.name, item.meaning, UNITS[item.unit], entry.concept, PURPOSES[item.purpose]),
        *(lineage(entry), ", ".join(dict.fromkeys(table.owner for table in entry.tables))),
        Text(*(", ".join(dict.fromkeys(t.to(tongue) for t in fresh)) for tongue in ("en", "zh"))),
        YES if entry.online else NO,
    )
