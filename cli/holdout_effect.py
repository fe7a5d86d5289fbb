"""`goodcall outreach holdout effect`: what being contacted changed, against those left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from cli.look_plans import Looks, schedule_of
from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.policies import holdout_key
from cli.records import audit_of, ledger_of
from cli.reporting import Html, Xlsx, exported, give
from features import Bank, cohort_at
from goodcall import Text
from outreach import ExperimentError
from reports import (
    Drawn,
    Effect,
    Page,
    Schedule,
    draw_schedule,
    drawn,
    effects_sheet,
    looks_facts,
    looks_note,
    looks_sheet,
    spared_note,
    watch,
)
from training.definitions.definition import ChurnLabel, NextProduct
from training.definitions.horizon import Horizon
from training.labels import label, next_products

_DAYS = NextProduct().horizon.count


def effect_command(
    bank: BankFolder,
    looks: Looks = None,
    html: Html = None,
    xlsx: Xlsx = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """What marketing changed in 90 days since the hold-out was drawn: purchases and leaving.

    Everybody counts on the side of the draw, contacted or not: conversions a contact would flatter.
    The interval is of 95 %, by households within the draw's strata, and is told once, when the days
    are over. With looks that were planned purchases are told at each, by an interval that is wider
    the earlier it is; leaving, which takes 90 days to show, is told at the last.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    opened = bank_in(place, bank)
    with ledger_of(place) as ledger:
        draw = ledger.draw()
        if draw is None or draw.day is None:
            raise ExperimentError(
                "no hold-out is drawn yet; `goodcall outreach plan` draws the first, and 90 days "
                "later its effect can be told"
            )
        day, files = draw.day, exported(html, xlsx)
        audit_of(place).record(
            "command line", "read effect of hold-out", f"draw {draw.number}", files=files
        )
        schedule = schedule_of(
            *(place, ledger, draw, (looks, None if looks is None else _DAYS)),
            lambda plan: draw_schedule(day, plan, opened.manifest.last_day),
        )
    base = drawn(opened, draw, holdout_key(place), day)
    if schedule is None:
        page = _page(opened, base, effects_since(opened, base), _DAYS)
    else:
        page = _watched(opened, base, schedule)
    give(speak, page, html, xlsx)


def effects_since(bank: Bank, base: Drawn) -> tuple[Effect, ...]:
    """Each measure of those whom a draw knows, as far as the bank tells what came of them.

    ExperimentError where the bank's data end before 90 days have passed, or a side is too small.
    """
    families = _families(bank, base, _DAYS)
    return _effect(base, "families", families), _leaving(bank, base)


def _watched(bank: Bank, base: Drawn, schedule: Schedule) -> Page:
    """Purchases at the latest look that was planned, and leaving too where that is the last."""
    if not schedule.number:
        raise ExperimentError(f"{looks_note(schedule, None).en}; bring data that reach so far")
    piled = [_families(bank, base, days) for days in schedule.plan.ends[: schedule.number]]
    known = base.among(piled[-1].keys())
    if not known.comparable:
        raise _too_few(base)
    seen = watch("families", known.sides(), [known.figures(each) for each in piled], schedule)
    effects = [seen.sights[-1].effect]
    if schedule.next is None:
        effects.append(_leaving(bank, base))
    page = _page(bank, base, effects, schedule.plan.ends[schedule.number - 1])
    return replace(
        page,
        sheets=(*page.sheets, looks_sheet(seen)),
        notes=(looks_note(schedule, seen), *page.notes),
        facts={**page.facts, "plan_of_looks": looks_facts(schedule, seen)},
    )


def _page(bank: Bank, base: Drawn, effects: Sequence[Effect], days: int) -> Page:
    day, number = base.draw.day, base.draw.number
    note = Text(
        f"everybody counts on the side of draw {number} of {day}, contacted or not; "
        "intervals are of 95 %, by households within the draw's strata",
        f"按{day}第{number}次抽取分组,不论是否联系;区间为95%,按抽取分层内的家庭计算",
    )
    return Page(
        Text(
            f"What contacting changed, {days} days since {day}", f"联系带来的变化,{day}起{days}天"
        ),
        bank.manifest.currency,
        (effects_sheet(effects),),
        (note, *spared_note(base)),
        facts={"since": day},
    )


def _families(bank: Bank, base: Drawn, days: int) -> Mapping[int, float]:
    """How many families each customer opened first in so many days from the draw on."""
    asked = NextProduct(horizon=Horizon(days))
    found = next_products(bank, cohort_at(bank, [_day(base)]), asked)
    return _by_customer(found.rows, found.opened.sum(axis=1))


def _leaving(bank: Bank, base: Drawn) -> Effect:
    rows = label(bank, cohort_at(bank, [_day(base)]), ChurnLabel()).rows
    return _effect(base, "left", _by_customer(rows, rows["y"].to_numpy()))


def _by_customer(rows: pa.Table, came: NDArray[Any]) -> Mapping[int, float]:
    return dict(zip(rows["customer_id"].to_pylist(), map(float, came), strict=True))


def _effect(base: Drawn, name: str, known: Mapping[int, float]) -> Effect:
    effect = base.among(known.keys()).effect(name, known)
    if effect is None:
        raise _too_few(base)
    return effect


def _day(base: Drawn) -> date:
    if base.draw.day is None:
        raise ExperimentError("the draw names no day; freeze one with `goodcall outreach holdout`")
    return base.draw.day


def _too_few(base: Drawn) -> ExperimentError:
    return ExperimentError(
        f"the bank tells of too few households what came in the 90 days after the draw of "
        f"{base.draw.day}; bring data that reach so far, or draw again among more customers"
    )
