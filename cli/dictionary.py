"""`goodcall dictionary`: what every field means, whose it is, where it comes from, how fresh."""

from pathlib import Path
from typing import Annotated

import typer

from cli.definitions import definitions
from cli.errors import BadOption, NothingFound
from cli.options import Home, Json, Lang, show, workspace
from goodcall import Text, Workspace
from goodcall.atomic import write_file
from governance.dictionary import (
    COLUMNS,
    SORTS,
    Definition,
    checked,
    definition_facts,
    to_csv,
    to_json,
    to_xlsx,
)

_FORMS = {".csv": to_csv, ".xlsx": to_xlsx, ".json": to_json}


def dictionary_of(place: Workspace) -> tuple[Definition, ...]:
    """A workspace's dictionary; UndefinedField where something is not said of a field."""
    return checked(definitions(place))


def dictionary_command(
    words: Annotated[
        str, typer.Argument(metavar="[WORDS]", help="Only fields whose name or meaning has these.")
    ] = "",
    sort: Annotated[
        str | None, typer.Option(help=f"Only fields of this sort: {', '.join(SORTS)}.")
    ] = None,
    holder: Annotated[
        str | None,
        typer.Option("--in", help="Only fields of this table, concept, model or answer."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write them to this .csv, .xlsx or .json file.")
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Every field of every table, feature, model and answer: meaning, owner, source, freshness.

    Exits with 1 and the names of the fields of which something is not said. The workspace says
    which models there are; it tells of fields, and of nobody's data.
    """
    speak = show(lang, as_json=as_json)
    if sort is not None and sort not in SORTS:
        raise BadOption(f"--sort {sort!r} is unknown; choose one of: {', '.join(SORTS)}")
    found = [
        each
        for each in dictionary_of(workspace(home))
        if sort in (None, each.sort) and holder in (None, each.holder) and each.has(words)
    ]
    if not found:
        raise NothingFound("no field fits; leave an option out, or search for fewer words")
    if output is not None:
        if output.suffix not in _FORMS:
            raise BadOption(f"--output {output} must end in one of: {', '.join(_FORMS)}")
        write_file(output, _FORMS[output.suffix](found))
        speak.say(Text(f"written: {output}", f"已写入:{output}"))
    else:
        speak.table([*COLUMNS.values()], [_row(each) for each in found])
    speak.say(Text(f"{len(found):,} fields", f"共{len(found):,}个字段"))
    speak.hand_over([definition_facts(each) for each in found])


def _row(each: Definition) -> tuple[object, ...]:
    return (
        *(SORTS[each.sort], each.holder, each.name, each.type, each.meaning),
        *(each.owner, each.source, each.freshness),
    )
