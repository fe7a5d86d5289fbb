"""`goodcall report day`: a day's lists, contacts, answers and sales, down to every row."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated

import typer

from cli.errors import BadOption, NothingFound
from cli.options import BankFolder, Home, Json, Lang, bank_in, parse_day, show, workspace
from cli.policies import policy_of, tier_rules_of
from cli.records import audit_of, ledger_of
from cli.report_span import branches_of
from cli.reporting import Html, Xlsx, exported, give
from features import Bank
from features.tiers.review import tiers
from features.tiers.rules import TierRules
from goodcall import Text
from outreach import Span
from reports import credits_of, day_board, day_board_page, purchases_of, report_settings

On = Annotated[str, typer.Option("--on", metavar="DATE", help="The day of the lists.")]
Branch = Annotated[
    int | None, typer.Option("--branch", metavar="ID", help="Only this branch. Default: all.")
]
# Rows and contacts one by one are for files and programs.
_BRIEF = ("by_branch", "by_manager", "by_tier", "by_offer")


def day_command(
    bank: BankFolder,
    on: On,
    branch: Branch = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Rows, attempts, contact rate, appointments, sales and complaints of a day, and every row.

    By branch, manager, tier and offer. A sale is a purchase that counts for a contact of the day,
    so that sales grow for the attribution window's days.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened, day = bank_in(place, bank), parse_day(on)
    what = f"day, {day}" if branch is None else f"day, {day}, branch {branch}"
    audit_of(place).record("command line", "read report", what, files=exported(html, xlsx))
    currency, settings = opened.manifest.currency, report_settings(place.reports)
    policy, rules = policy_of(place, currency=currency), tier_rules_of(place, currency=currency)
    window = settings.attribution.days
    with ledger_of(place) as ledger:
        span = ledger.span(day, day, opened.manifest.zone, after=window)
    if not span.rows and not span.made:
        raise NothingFound(
            f"nothing was listed and nobody was contacted on {day}; choose a day that `goodcall "
            "outreach plan` planned"
        )
    branches = branches_of(opened, policy, span)
    bought = purchases_of(opened, day, day + timedelta(window))
    board = day_board(
        *(span, credits_of(span, bought, settings.attribution), settings, opened.manifest.last_day),
        unit=policy.lists_by,
        branch_of=branches,
        tier_of={} if rules is None else _tiers(opened, day, rules, span),
        branch_id=_known(opened, branch),
    )
    names = {} if rules is None else {tier.code: tier.name for tier in reversed(rules.tiers)}
    missing = () if rules is not None else (_no_tiers(currency),)
    give(speak, day_board_page(board, currency, names, missing), html, xlsx, brief=_BRIEF)


def _tiers(bank: Bank, day: date, rules: TierRules, span: Span) -> Mapping[int, str]:
    """The tier as of a day of everybody listed or contacted on it, of whom it is known."""
    people = {each.listed.row.customer_id for each in span.rows}
    people |= {each.customer_id for each in span.made}
    found = tiers(bank, day, rules, customer_ids=sorted(people)).select(["customer_id", "tier"])
    return {row["customer_id"]: row["tier"] for row in found.to_pylist() if row["tier"]}


def _known(bank: Bank, branch: int | None) -> int | None:
    """The branch that was asked for; BadOption where the bank has a table of others."""
    known = (
        bank.read("branches")["branch_id"].unique().to_pylist() if "branches" in bank.tables else []
    )
    if branch is not None and known and branch not in known:
        others = ", ".join(map(str, sorted(known)))
        raise BadOption(f"--branch {branch} is no branch of this bank; known: {others}")
    return branch


def _no_tiers(currency: str) -> Text:
    return Text(
        f"tiers are not told: there are no tier rules that count in {currency}",
        f"未显示客户等级:无以{currency}计的等级规则",
    )
