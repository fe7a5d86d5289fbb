"""`goodcall report programme`: what the programme cost and brought, and who works the lists."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli.capacity import managers_of
from cli.errors import BadOption
from cli.options import BankFolder, Home, Json, Lang, show
from cli.policies import policy_of
from cli.report_span import Given, branches_of, given
from cli.reporting import From, Html, To, Xlsx, exported, give
from goodcall import Text
from outreach import load_offers
from reports import (
    ProgrammeReport,
    Trained,
    adoption_of,
    costs_of,
    margins_of,
    programme_page,
    read_costs,
    read_trained,
    trained_of,
    values_of,
)

_OTHER_DAYS = Text(
    "leaving is not told: it shows over 90 days, which these are not, so that value, net and "
    "return are of purchases alone; give 90 days to count it",
    "未计入流失:流失按90天统计,与所选天数不同,价值、净收益与投入产出仅含成交;选90天可计入",
)

CostsFile = Annotated[
    Path, typer.Option("--costs", metavar="FILE", help="What things cost, as TOML.")
]


TrainingFile = Annotated[
    Path | None,
    typer.Option(
        "--training", metavar="FILE", help="Who completed the training, CSV: staff_id,completed_on."
    ),
]


def programme_command(
    bank: BankFolder,
    costs: CostsFile,
    first: From = None,
    last: To = None,
    training: TrainingFile = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Costs, what contacting brought by the hold-out, adoption, and training of managers.

    The file of costs says `currency`, `customer_cents` (what a customer who leaves would have
    brought), `staff.minute_cents`, cents by channel in the table `message`, and any number of
    tables `one_off` and `monthly` with name and cents; docs/reports.md shows one. Who was trained
    no table of the bank tells, so that it is known from `--training` alone.
    """
    speak = show(lang, as_json=as_json)
    found = given(home, bank, (first, last), "programme", exported(html, xlsx))
    currency = found.bank.manifest.currency
    priced = read_costs(costs)
    if priced.currency != currency:
        raise BadOption(
            f"--costs {costs} counts in {priced.currency}, the bank in {currency}; give costs in "
            f"{currency}"
        )
    policy, span = policy_of(found.place, currency=currency), found.span
    margins = margins_of(load_offers(found.place.offers))
    left, notes = _leaving(found)
    effect = None
    if found.base is not None and left is not None:
        values = values_of(found.within, margins, left, priced.customer_cents)
        effect = found.base.effect("value", values)
    report = ProgrammeReport(
        *(span.first, span.last),
        costs_of(span, priced, {channel.id: channel.minutes for channel in policy.channels}),
        effect,
        None if found.base is None or effect is None else found.base.in_all(effect),
        adoption_of(span, branches_of(found.bank, policy, span)),
        leaving=found.as_long_as_leaving,
        trained=None if training is None else _trained(found, training),
        missing=(*found.missing, *notes),
    )
    give(speak, programme_page(report, currency), html, xlsx)


def _leaving(found: Given) -> tuple[Mapping[int, float] | None, tuple[Text, ...]]:
    """Who left, as far as a value of the span's days holds it; None where it should and cannot."""
    if not found.as_long_as_leaving:
        return {}, () if found.base is None else (_OTHER_DAYS,)
    left, notes = found.leaving()
    return left or None, notes


def _trained(found: Given, path: Path) -> tuple[Trained, ...]:
    """The managers of the last day, and who of them completed the training by then."""
    staff = {*found.bank.read("staff")["staff_id"].to_pylist()}
    last = found.span.last
    return trained_of(read_trained(path, staff), managers_of(found.bank, last), last)
