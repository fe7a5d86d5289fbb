"""`goodcall outreach holdout effect`: what being contacted changed, against those left alone."""

from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.policies import holdout_key
from cli.records import audit_of, ledger_of
from cli.reporting import Html, Xlsx, exported, give
from features import Bank, cohort_at
from goodcall import Text
from outreach import ExperimentError
from reports import Drawn, Effect, Page, drawn, effects_sheet, spared_note
from training.definitions.definition import ChurnLabel, NextProduct
from training.labels import label, next_products


def effect_command(
    bank: BankFolder,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """What marketing changed in 90 days since the hold-out was drawn: purchases and leaving.

    Everybody counts on the side of the draw, contacted or not: conversions a contact would flatter.
    The interval is of 95 %, by households within the draw's strata.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened = bank_in(place, bank)
    with ledger_of(place) as ledger:
        draw = ledger.draw()
    if draw is None or draw.day is None:
        raise ExperimentError(
            "no hold-out is drawn yet; `goodcall outreach plan` draws the first, and 90 days later "
            "its effect can be told"
        )
    files = exported(html, xlsx)
    audit_of(place).record(
        "command line", "read effect of hold-out", f"draw {draw.number}", files=files
    )
    title = Text(
        f"What contacting changed, 90 days since {draw.day}", f"联系带来的变化,{draw.day}起90天"
    )
    note = Text(
        f"everybody counts on the side of draw {draw.number} of {draw.day}, contacted or not; "
        "intervals are of 95 %, by households within the draw's strata",
        f"按{draw.day}第{draw.number}次抽取分组,不论是否联系;区间为95%,按抽取分层内的家庭计算",
    )
    base = drawn(opened, draw, holdout_key(place), draw.day)
    sheet = effects_sheet(effects_since(opened, base))
    page = Page(
        title,
        opened.manifest.currency,
        (sheet,),
        (note, *spared_note(base)),
        facts={"since": draw.day},
    )
    give(speak, page, html, xlsx)


def effects_since(bank: Bank, base: Drawn) -> tuple[Effect, ...]:
    """Each measure of those whom a draw knows, as far as the bank tells what came of them.

    ExperimentError where the bank's data end before 90 days have passed, or a side is too small.
    """
    day = base.draw.day
    if day is None:
        raise ExperimentError("the draw names no day; freeze one with `goodcall outreach holdout`")
    cohort = cohort_at(bank, [day])
    bought, left = next_products(bank, cohort, NextProduct()), label(bank, cohort, ChurnLabel())
    outcomes = {
        "families": (bought.rows, bought.opened.sum(axis=1)),
        "left": (left.rows, left.rows["y"].to_numpy()),
    }
    found = []
    for name, (rows, came) in outcomes.items():
        known = dict(zip(rows["customer_id"].to_pylist(), map(float, came), strict=True))
        effect = base.among(known.keys()).effect(name, known)
        if effect is None:
            raise ExperimentError(
                f"the bank tells of too few households what came in the 90 days after the draw of "
                f"{day}; bring data that reach so far, or draw again among more customers"
            )
        found.append(effect)
    return tuple(found)
