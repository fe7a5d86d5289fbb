"""`goodcall policy diff`: a day planned under two policies; who gains and who loses a contact."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli import words
from cli.clock import now
from cli.errors import NothingFound
from cli.night_files import ledger_in
from cli.options import Day, Home, Json, Lang, bank_in, parse_day, show, workspace
from cli.planning import Inputs, Night, champions_of, chances_of, gather, of_unit, planned
from cli.policies import in_currency
from cli.policy_changes import PolicyDiff, diff_csv, diff_facts, diff_plans
from cli.records import audit_of
from cli.show import Show, Step
from features import CATALOG, StaleSnapshot, as_of, cohort_at, mark_of, read_mark, read_snapshot
from features.objections import objecting, without
from goodcall import Text, Workspace, format_money
from goodcall.atomic import write_file
from goodcall.night_record import read_record
from models import effects_of, score_table
from outreach import Ledger, Plan, PlannedRow, Policy, load_policy, parse_policy

_SHOWN = 30


def diff_command(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A policy file, or a version the ledger knows.")
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The other policy, likewise.")],
    day: Day,
    bank: Annotated[
        Path | None,
        typer.Option(
            metavar="BANK",
            help="The folder of the bank. Default: the one that the day's night was made from.",
        ),
    ] = None,
    to_csv: Annotated[
        Path | None, typer.Option("--csv", help="Write every change to this CSV file.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every customer, not the first.")
    ] = False,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Replay a day under two policies: who gains a contact, who loses one, and by which rule.

    Both plans are made from the same inputs: what was known before the day, today's champions, and
    what the ledger had recorded by then. Nothing is kept: the day's plan stays what it is.
    """
    speak = show(lang, as_json=as_json)
    place, date_of = workspace(home), parse_day(day)
    record = read_record(place, date_of)
    opened = bank_in(place, bank or _bank_of(place, date_of))
    absent = frozenset(record.absent if record else ())
    with ledger_in(place) as ledger, speak.progress(Text("planning", "计划中")) as step:
        policies = [
            in_currency(_policy(ledger, said), opened.manifest.currency, said)
            for said in (old, new)
        ]
        audit_of(place).record(
            "command line",
            "compare policies",
            f"{date_of}",
            old=policies[0].version,
            new=policies[1].version,
            file=to_csv.name if to_csv else None,
        )
        night = Night(place, opened, policies[0], date_of, now(), audit_of(place), absent)
        inputs = inputs_of(night, ledger, step)
        plans = [replayed(inputs, policy, ledger) for policy in policies]
        kept = ledger.plan_before(date_of, or_on=True)
    found = diff_plans(*plans)
    if to_csv:
        write_file(to_csv, diff_csv(found))
        speak.say(Text(f"written: {to_csv}", f"已写入:{to_csv}"))
    print_diff(speak, found, opened.manifest.currency, every=every)
    if kept is not None and kept.day == date_of:
        _say_same(speak, kept.digest, found)
    speak.hand_over(diff_facts(found))


def replayed(inputs: Inputs, policy: Policy, ledger: Ledger) -> Plan:
    """The day's plan under a policy; a hold-out of other shares is drawn as newcomers are."""
    draw = inputs.draw
    if draw is not None and not draw.has(policy.holdout_share, policy.holdout_bands):
        inputs = replace(inputs, draw=policy.undrawn)
    return planned(inputs, policy, ledger)


def inputs_of(night: Night, ledger: Ledger, step: Step) -> Inputs:
    """A day's inputs: its snapshot where that is up to date, computed anew and not kept if not.

    Who objects to profiling by now is in none of them, whatever the day was.
    """
    store, day = night.workspace.snapshots, night.day
    try:
        current = read_mark(store, day) == mark_of(night.bank, CATALOG)
    except StaleSnapshot:
        current = False
    if current:
        features = read_snapshot(store, CATALOG, [day])
    else:
        features = as_of(night.bank, cohort_at(night.bank, [day]), CATALOG, progress=step)
    features = without(features, objecting(night.bank, night.now))
    models = champions_of(night.workspace)
    scores = score_table(of_unit(models, "probability"), features)
    effects = effects_of(of_unit(models, "difference"), features, chances_of(scores))
    return gather(night, features, scores, effects, ledger)


def print_diff(speak: Show, found: PolicyDiff, currency: str, *, every: bool) -> None:
    """A difference for a person: the sums, the rules behind them, and the customers."""
    old, new = found.old, found.new
    speak.heading(
        Text(
            f"{old.day}: policy {old.policy.version} against {new.policy.version}",
            f"{old.day}:规则{old.policy.version}与{new.policy.version}对比",
        )
    )
    more = new.balance.value_cents - old.balance.value_cents
    money = format_money(more, currency, speak.language)
    speak.say(
        Text(
            f"{old.funnel.listed:,} contacts before, {new.funnel.listed:,} after: "
            f"{found.count('loses'):,} lose theirs, {found.count('gains'):,} gain one, "
            f"{found.count('other'):,} get another; value {money}",
            f"联络由{old.funnel.listed:,}变为{new.funnel.listed:,}:{found.count('loses'):,}人失去,"
            f"{found.count('gains'):,}人新增,{found.count('other'):,}人变更;价值变化{money}",
        )
    )
    for sort, title in _TITLES.items():
        if found.count(sort):
            _print_sort(speak, found, sort, title, every=every)


_TITLES = {
    "loses": Text("Lose a contact, because under the new policy", "失去联络:新规则下"),
    "gains": Text("Gain a contact, which the old policy stopped", "新增联络:原规则下"),
    "other": Text("Get another contact; the old one is stopped by", "变更联络:原方案止于"),
}


def _print_sort(speak: Show, found: PolicyDiff, sort: str, title: Text, *, every: bool) -> None:
    speak.heading(title)
    for (step, reason), count in found.reasons(sort).items():
        said = words.reason(reason)
        name = said.to(speak.language) if isinstance(said, Text) else said
        speak.say(f"  {count:,}  {words.STEPS[step].to(speak.language)}: {name}")
    mine = [change for change in found.changes if change.sort == sort]
    shown = mine if every else mine[:_SHOWN]
    speak.table(
        (
            *(Text("customer", "客户"), Text("list", "名单"), Text("old", "原方案")),
            *(Text("new", "新方案"), Text("because", "原因")),
        ),
        [
            (
                *(each.customer_id, each.list_id, _offer(each.old), _offer(each.new)),
                words.reason(each.reason),
            )
            for each in shown
        ],
    )
    if len(mine) > len(shown):
        more = len(mine) - len(shown)
        speak.say(Text(f"and {more:,} more (--all)", f"另有{more:,}人(--all)"))


def _say_same(speak: Show, digest: str, found: PolicyDiff) -> None:
    """Whether the replay under a policy gives the plan that the ledger holds, to the byte."""
    for plan, name in ((found.old, Text("old", "原")), (found.new, Text("new", "新"))):
        if plan.digest == digest:
            speak.say(
                Text(
                    f"the {name.en} policy gives the very plan that the ledger holds for that day",
                    f"{name.zh}规则重放结果与台账当日计划逐字节一致",
                )
            )
            return
    speak.say(
        Text(
            "neither is the plan that the ledger holds for that day: its policy, models, data or "
            "absent managers were others, or a test of two policies ran",
            "两者均非台账当日计划:当时的规则、模型、数据或缺勤经理不同,或正在进行规则测试",
        )
    )


def _offer(row: PlannedRow | None) -> str:
    return "–" if row is None else f"{row.offer_code or row.purpose} / {row.channel}"


def _policy(ledger: Ledger, said: str) -> Policy:
    """The policy in a file, else the one under which the ledger decided by that version."""
    file = Path(said)
    if file.exists():
        return load_policy(file)
    return parse_policy(ledger.policy_text(said), f"policy {said}")


def _bank_of(place: Workspace, day: date) -> Path:
    record = read_record(place, day)
    if record is None:
        raise NothingFound(
            f"no night was made for {day} in {place.root}, so its bank is not known; "
            "name the bank's folder with --bank"
        )
    return Path(record.bank)
