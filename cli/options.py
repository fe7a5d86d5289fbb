"""The options that many commands share, each with one meaning."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from cli.errors import BadOption
from cli.show import Show
from goodcall import Workspace, language_of, parse_language, workspace_at

if TYPE_CHECKING:
    from features import Bank

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Lang = Annotated[
    str | None,
    typer.Option("--lang", help="Language of the words: en or zh. Default: the environment's."),
]
Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="The workspace, where state lives. Default: GOODCALL_HOME, else ./var.",
        file_okay=False,
    ),
]
Online = Annotated[
    str | None,
    typer.Option(
        "--online",
        metavar="URL",
        help="The online store's database. Default: GOODCALL_ONLINE, else the workspace's file.",
    ),
]
BankFolder = Annotated[Path, typer.Argument(metavar="BANK", help="The folder of a bank.")]
Seed = Annotated[int, typer.Option(min=0, help="Equal seeds give equal results, byte for byte.")]
Manager = Annotated[
    int, typer.Option("--manager", help="A manager's id; a branch's id where lists are by branch.")
]
Agent = Annotated[
    int, typer.Option("--agent", help="The staff id of who does it; with users, your own.")
]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        help="The user who does it. The password is asked for, or read from GOODCALL_PASSWORD.",
    ),
]
Day = Annotated[str, typer.Option("--date", metavar="DATE", help="The list's day, as 2026-07-01.")]


class EngineName(StrEnum):
    """Where features, scores and shares are computed."""

    DUCKDB = "duckdb"
    SPARK = "spark"


def show(lang: str | None, *, as_json: bool = False) -> Show:
    """How to speak: the language asked for, else the environment's."""
    language = parse_language(lang) if lang else language_of(os.environ)
    return Show(language, as_json)


def workspace(home: Path | None) -> Workspace:
    """The workspace asked for, else the environment's."""
    found = workspace_at(os.environ)
    return replace(found, root=home.resolve()) if home else found


def bank_in(place: Workspace, folder: Path) -> "Bank":
    """A bank as a workspace knows it: its tables, and the contacts made through Goodcall."""
    # Commands that read no bank do not wait for what reads it.
    from features import erased_in, open_bank  # noqa: PLC0415
    from governance import vault_of  # noqa: PLC0415

    opened = open_bank(folder, place.contacts, corrections=place.corrections)
    erased = erased_in(place.erased)
    if not erased:
        return opened
    return replace(opened, gone=erased.among(opened, vault_of(place, os.environ)))


def online_url(online: str | None, home: Path | None) -> str:
    """The address of the online store asked for, else the workspace's."""
    return online or workspace(home).online_url


def parse_day(text: str) -> date:
    """The date that a person wrote."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadOption(f"{text!r} is no date; write one such as 2026-07-01") from error


def parse_days(text: str) -> tuple[date, ...]:
    """The dates of a list separated by commas, in ascending order, each once."""
    return tuple(sorted({parse_day(part) for part in text.split(",")}))


def parse_moment(text: str, zone: str) -> datetime:
    """The moment that a person wrote, on the zone's clock where none is said, to the second."""
    try:
        said = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadOption(f"{text!r} is no moment; write one such as 2026-07-02 15:00") from error
    if said.tzinfo is None:
        said = said.replace(tzinfo=ZoneInfo(zone))
    return said.astimezone(UTC).replace(microsecond=0)
