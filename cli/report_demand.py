"""`goodcall report demand` and `regions`: which segments and regions want what more than others."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import BadOption
from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.records import audit_of
from cli.report_churn import PlaceName
from cli.reporting import From, Html, To, Xlsx, exported, give, window_of
from features import cohort_at
from goodcall import Text
from goodcall.vocabulary import FAMILIES, FAMILY_NAMES, KINDS
from reports import demand_page, pages_of, sold_to, standings, wanted
from reports.demand_page import KIND_NAMES
from training.definitions.definition import NextProduct
from training.definitions.horizon import Horizon
from training.labels import next_products

if TYPE_CHECKING:
    from features import Bank
    from reports import Apart


class Segments(StrEnum):
    """What customers are parted by."""

    AGE = "age"
    KIND = "kind"
    YEARS = "years"
    REGION = "region"


Families = Annotated[
    list[str] | None,
    typer.Option("--family", help="Only this family of products; give it again for each."),
]


def demand_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    by: Annotated[
        list[Segments] | None, typer.Option(help="Only these segments; give it again for each.")
    ] = None,
    family: Families = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Which segment buys or looks at a family of products more than others, beyond chance.

    Segments are bands of age, kinds of customers, years as a customer, and regions. The strongest
    come first, by how many times as often at least.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened = bank_in(place, bank)
    files = exported(html, xlsx)
    audit_of(place).record("command line", "read demand", opened.manifest.name, files=files)
    since, until = window_of(opened, first, last, before=1)
    segments = [each.value for each in by or Segments]
    with speak.progress(Text("comparing", "比较中")):
        found = demand(opened, (since, until), by=segments, kinds=KINDS, families=family)
    facts = {"from": since, "to": until, "by": segments}
    title = Text("Demand by segment", "客群需求")
    give(speak, demand_page(title, found, opened.manifest, facts), html, xlsx, brief=["more"])


def regions_command(
    bank: BankFolder,
    first: From = None,
    last: To = None,
    by: Annotated[PlaceName, typer.Option(help="The places to compare.")] = PlaceName.REGION,
    kind: Annotated[str, typer.Option(help="The kind of customers.")] = "small_business",
    family: Families = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Where small firms borrow, or buy or look at anything else, more than elsewhere.

    Regions or branches, beyond chance; the strongest come first.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    if kind not in KINDS:
        raise BadOption(f"kind {kind!r} is unknown; known: {', '.join(KINDS)}")
    opened = bank_in(place, bank)
    files = exported(html, xlsx)
    audit_of(place).record(
        "command line",
        "read regional demand",
        opened.manifest.name,
        kind=kind,
        files=files,
    )
    since, until = window_of(opened, first, last, before=1)
    with speak.progress(Text("comparing", "比较中")):
        found = demand(opened, (since, until), by=[by.value], kinds=[kind], families=family)
    facts = {"from": since, "to": until, "by": by.value, "kind": kind}
    name = KIND_NAMES[kind]
    title = Text(f"Regional demand: {name.en}", f"地区需求:{name.zh}")
    give(speak, demand_page(title, found, opened.manifest, facts), html, xlsx, brief=["more"])


def demand(
    bank: "Bank",
    window: tuple[date, date],
    *,
    by: Sequence[str],
    kinds: Sequence[str],
    families: Sequence[str] | None,
) -> tuple["Apart", ...]:
    """What customers of some kinds came to want in a window, from its first day to its last.

    Those are looked at who were customers on the first day and held none of the family.
    """
    asked = tuple(families or FAMILIES)
    if unknown := sorted(set(asked) - set(FAMILIES)):
        known = ", ".join(FAMILY_NAMES)
        raise BadOption(f"family {', '.join(unknown)} is unknown; known: {known}")
    first, last = window
    shelf = next_products(
        bank,
        cohort_at(bank, [first]),
        NextProduct(asked, Horizon((last - first).days + 1), sold_to(bank, first)),
    )
    people = standings(bank, shelf.rows)
    free = shelf.served & ~shelf.held & people.of_kinds(kinds)[:, None]
    return wanted(
        people,
        asked,
        bought=dict(zip(asked, shelf.opened.T, strict=True)),
        asked=dict(zip(asked, free.T, strict=True)),
        pages=pages_of(bank, people, asked, last + timedelta(1)),
        by=by,
    )
