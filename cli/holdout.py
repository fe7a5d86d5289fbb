"""`goodcall outreach holdout`: draw whom marketing leaves alone, and show how it was drawn."""

import os
from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.clock import now
from cli.drawing import ASSETS, Occasion, draw_anew, standing
from cli.night import next_day
from cli.options import BankFolder, Home, Json, Lang, bank_in, parse_day, show, workspace
from cli.policies import holdout_key, policy_of
from cli.records import audit_of, ledger_of
from cli.show import Show
from features import CATALOG, Catalog, as_of, cohort_at, profiles
from goodcall import Text, Workspace
from governance import vault_of
from outreach import Draw, ExperimentError, Ledger, Likeness, ledger_mark, load_policy

# A difference beyond this many standard deviations is one to look at (Austin 2009).
_NOTABLE = 0.1
_TRAITS = {
    "assets_cents": Text("mean assets of 90 days", "近90天日均资产"),
    "leaving": Text("chance of leaving", "流失概率"),
    "age": Text("age in years", "年龄"),
    "years_with_bank": Text("years with the bank", "开户年数"),
    "products_held": Text("products held", "持有产品数"),
    "contacts_before": Text("contacts before", "此前联络次数"),
}


def freeze_command(
    bank: BankFolder,
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="DATE", help="Strata are as of this day. Default: the bank's next."
        ),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Draw the hold-out anew, with the policy's shares; the one before stands no more.

    The first plan draws the first one. Drawn anew with the same key, households keep their hashes:
    a greater share adds to the hold-out and a smaller one lets go of some. Plan the day again.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    opened = bank_in(place, bank)
    policy = policy_of(place, currency=opened.manifest.currency)
    when = parse_day(day) if day else next_day(opened)
    place.root.mkdir(parents=True, exist_ok=True)
    wanted = Catalog((CATALOG.get(ASSETS),))
    with speak.progress(Text("drawing", "抽取中")) as step:
        table = as_of(opened, cohort_at(opened, [when]), wanted, progress=step)
    occasion = Occasion(holdout_key(place), policy, when, now(), audit_of(place))
    vault = vault_of(place, os.environ)
    with Ledger.of(place, vault) as ledger:
        people = profiles(opened, when, cipher=vault)
        draw = draw_anew(ledger, standing(people, table), occasion)
    print_draw(speak, draw, policy.currency)
    speak.hand_over(draw_facts(draw))


def show_command(home: Home = None, lang: Lang = None, as_json: Json = False) -> None:
    """How the hold-out that stands was drawn: strata, sizes, and how alike both sides are.

    Nobody is named: who is in the hold-out is not shown to those who work lists.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    draw = draw_of(place)
    audit_of(place).record(
        "command line", "read hold-out", "none drawn" if draw is None else f"draw {draw.number}"
    )
    if draw is None:
        raise ExperimentError(
            "no hold-out is drawn yet; `goodcall outreach plan` draws the first, "
            "`goodcall outreach holdout freeze BANK` draws one now"
        )
    print_draw(speak, draw, load_policy(place.policy).currency)
    speak.hand_over(draw_facts(draw))


def draw_of(place: Workspace) -> Draw | None:
    """The workspace's hold-out without its members, None before any is drawn."""
    if not ledger_mark(place.ledger_url):
        return None
    with ledger_of(place) as ledger:
        return ledger.draw([])


def tell_if_new(speak: Show, place: Workspace, before: Draw | None) -> None:
    """Say that a hold-out was drawn, where it is not the one of before."""
    draw = draw_of(place)
    if draw is not None and (before is None or before.number != draw.number):
        tell_draw(speak, draw)


def tell_draw(speak: Show, draw: Draw) -> None:
    """One line that says that a hold-out was drawn, and how large it is."""
    drawn, of = _sizes(draw)
    speak.say(
        Text(
            f"hold-out {draw.number} drawn: {drawn:,} of {of:,} households in "
            f"{len(draw.strata)} strata, share {drawn / of:.1%}; it stays as it is "
            "(`goodcall outreach holdout show`)",
            f"已抽取对照组{draw.number}:{len(draw.strata)}层共{of:,}户,抽中{drawn:,}户,"
            f"比例{drawn / of:.1%};此后保持不变(`goodcall outreach holdout show`)",
        )
    )


def print_draw(speak: Show, draw: Draw, currency: str) -> None:
    """The draw for a person: sizes by stratum, and both sides compared."""
    tell_draw(speak, draw)
    speak.heading(Text(f"Strata of {draw.day}", f"{draw.day}分层"))
    every = Text("all", "全部").to(speak.language)
    speak.table(
        (
            Text("kind", "客户类别"),
            Text(f"assets in {currency}", f"资产({currency})"),
            Text("branch", "网点"),
            Text("households", "户数"),
            Text("drawn", "抽中"),
            Text("share", "比例"),
        ),
        [
            (
                *(part or every for part in each.name),
                f"{each.households:,}",
                f"{each.drawn:,}",
                f"{each.drawn / each.households:.1%}",
            )
            for each in draw.strata
        ],
        right=(3, 4, 5),
    )
    speak.heading(Text("Both sides when drawn (means)", "抽取时两组均值"))
    speak.table(
        (
            Text("what", "指标"),
            Text("hold-out", "对照组"),
            Text("others", "其余"),
            Text("difference in standard deviations", "标准化差异"),
        ),
        [_alike(speak, each) for each in draw.balance],
        right=(1, 2, 3),
    )


def draw_facts(draw: Draw) -> dict[str, Any]:
    """The draw as JSON values, without anybody's place in it."""
    drawn, of = _sizes(draw)
    return {
        "draw": draw.number,
        "day": draw.day,
        "share": draw.share,
        "bands": [asdict(band) for band in draw.bands],
        "households": of,
        "drawn": drawn,
        "strata": [
            {
                **dict(zip(("kind", "assets_from", "branch"), each.name, strict=True)),
                "households": each.households,
                "drawn": each.drawn,
            }
            for each in draw.strata
        ],
        "balance": [
            {
                "name": each.name,
                "holdout": each.held,
                "others": each.others,
                "difference": each.difference,
            }
            for each in draw.balance
        ],
    }


def _sizes(draw: Draw) -> tuple[int, int]:
    return sum(each.drawn for each in draw.strata), sum(each.households for each in draw.strata)


def _alike(speak: Show, each: Likeness) -> tuple[str, ...]:
    parts = 100 if each.name == "assets_cents" else 1
    shown = [f"{value / parts:,.0f}" if parts > 1 else f"{value:.3g}" for value in _means(each)]
    apart = "–" if each.difference is None else f"{each.difference:+.3f}"
    if each.difference is not None and abs(each.difference) > _NOTABLE:
        apart += Text(" (look)", "(关注)").to(speak.language)
    return _TRAITS[each.name].to(speak.language), *shown, apart


def _means(each: Likeness) -> tuple[float, float]:
    return each.held, each.others
