"""`goodcall outreach holdout effect`: what being contacted changed, against those left alone."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cli.options import BankFolder, Home, Json, Lang, bank_in, show, workspace
from cli.policies import holdout_key
from cli.records import audit_of, ledger_of
from cli.show import Show
from features import Bank, cohort_at, profiles
from goodcall import Text
from outreach import Draw, ExperimentError, in_holdout
from outreach.replay import Gain
from reports import Effect, Sides
from training.definitions.definition import ChurnLabel, NextProduct
from training.labels import label, next_products

_VERDICTS = {
    "insufficient": Text("too few to tell", "样本不足"),
    "not_shown": Text("not shown: the interval holds zero", "未显示:区间包含零"),
    "more": Text("more where contacted", "联系组更高"),
    "less": Text("less where contacted", "联系组更低"),
}
_MEASURES = {
    "bought": Text("families first opened, a customer", "人均首次购买产品类数"),
    "left": Text("share whose money left", "资金流失占比"),
}


def effect_command(
    bank: BankFolder, home: Home = None, lang: Lang = None, as_json: Json = False
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
    audit_of(place).record("command line", "read effect of hold-out", f"draw {draw.number}")
    found = effects_since(opened, draw, holdout_key(place))
    _print(speak, found, draw.day)
    speak.hand_over({"since": draw.day, "measures": [_facts(each) for each in found]})


def effects_since(bank: Bank, draw: Draw, key: bytes) -> tuple[Effect, ...]:
    """Each measure of those whom a draw knows, as far as the bank tells what came of them.

    ExperimentError where the bank's data end before 90 days have passed.
    """
    if draw.day is None:
        raise ExperimentError("the draw names no day; freeze one with `goodcall outreach holdout`")
    sides = {
        who.customer_id: in_holdout(who, key, draw)
        for who in profiles(bank, draw.day)
        if who.customer_id in draw.members
    }
    cohort = cohort_at(bank, [draw.day])
    bought, left = next_products(bank, cohort, NextProduct()), label(bank, cohort, ChurnLabel())
    outcomes = {
        "bought": (bought.rows, bought.opened.sum(axis=1)),
        "left": (left.rows, left.rows["y"].to_numpy()),
    }
    return tuple(
        _effect(name, rows, outcome, draw, sides) for name, (rows, outcome) in outcomes.items()
    )


def _effect(
    name: str, rows: pa.Table, outcome: NDArray[Any], draw: Draw, sides: Mapping[int, bool]
) -> Effect:
    ids = rows["customer_id"].to_pylist()
    known = np.array([who in sides for who in ids], dtype=bool)
    people = [who for who in ids if who in sides]
    if not people:
        raise ExperimentError(
            f"the bank tells of nobody what came in the 90 days after the draw of {draw.day}; "
            "bring data that reach so far"
        )
    members = [draw.members[who] for who in people]
    homes = [
        -1 - who if member.household_id is None else member.household_id
        for who, member in zip(people, members, strict=True)
    ]
    strata = [member.stratum for member in members]
    compared = Sides.pooled([sides[who] for who in people], strata, homes)
    return compared.effect(name, outcome[known])


def _print(speak: Show, found: tuple[Effect, ...], since: date) -> None:
    speak.heading(Text(f"90 days since {since}", f"{since}起90天"))
    speak.table(
        (
            Text("measure", "指标"),
            Text("contacted", "联系组"),
            Text("hold-out", "对照组"),
            Text("difference, 95 %", "差异(95%)"),
            Text("of the hold-out", "相对对照组"),
            Text("verdict", "结论"),
        ),
        [
            (
                _MEASURES[each.name].to(speak.language),
                f"{each.contacted:.4f}",
                f"{each.held:.4f}",
                _interval(each.difference, "{:+.4f}"),
                "" if each.relative is None else _interval(each.relative, "{:+.0%}"),
                _VERDICTS[each.verdict].to(speak.language),
            )
            for each in found
        ],
        right=(1, 2, 3, 4),
    )


def _interval(gain: Gain, form: str) -> str:
    value, low, high = (form.format(each) for each in (gain.value, gain.low, gain.high))
    return f"{value} [{low}, {high}]"


def _facts(each: Effect) -> dict[str, Any]:
    spans = {"difference": each.difference, "relative": each.relative}
    return {
        "measure": each.name,
        "contacted": each.contacted,
        "held": each.held,
        "counted": each.counted,
        "verdict": each.verdict,
        **{
            name: None if gain is None else [gain.value, gain.low, gain.high]
            for name, gain in spans.items()
        },
    }
