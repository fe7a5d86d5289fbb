"""`goodcall report programme`: what the programme cost and brought, and who works the lists."""

from pathlib import Path
from typing import Annotated

import typer

from cli.errors import BadOption
from cli.options import BankFolder, Home, Json, Lang, show
from cli.policies import policy_of
from cli.report_span import First, Last, branches_of, given
from cli.reporting import Html, Xlsx, give
from outreach import load_offers
from reports import (
    ProgrammeReport,
    adoption_of,
    costs_of,
    margins_of,
    programme_page,
    read_costs,
    values_of,
)

CostsFile = Annotated[
    Path, typer.Option("--costs", metavar="FILE", help="What things cost, as TOML.")
]


def programme_command(
    bank: BankFolder,
    first: First,
    last: Last,
    costs: CostsFile,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Costs of days, minutes and messages; what contacting brought by the hold-out; adoption.

    The file of costs says `currency`, `customer_cents` (what a customer who leaves would have
    brought), `staff.minute_cents`, cents by channel in the table `message`, and any number of
    tables `one_off` and `monthly` with name and cents; docs/reports.md shows one.
    """
    speak = show(lang, as_json=as_json)
    found = given(home, bank, (first, last), "programme")
    currency = found.bank.manifest.currency
    priced = read_costs(costs)
    if priced.currency != currency:
        raise BadOption(
            f"--costs {costs} counts in {priced.currency}, the bank in {currency}; give costs in "
            f"{currency}"
        )
    policy, span = policy_of(found.place, currency=currency), found.span
    left, unknown = found.leaving()
    margins = margins_of(load_offers(found.place.offers))
    values = values_of(found.bought, margins, left, priced.customer_cents)
    effect = None if found.base is None else found.base.effect("value", values)
    report = ProgrammeReport(
        *(span.first, span.last),
        costs_of(span, priced, {channel.id: channel.minutes for channel in policy.channels}),
        effect,
        None if found.base is None or effect is None else found.base.in_all(effect),
        adoption_of(span, branches_of(found.bank, policy, span)),
        (*found.missing, *unknown),
    )
    give(speak, programme_page(report, currency), html, xlsx)
