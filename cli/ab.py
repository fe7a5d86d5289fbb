"""`goodcall outreach ab`: two policies tried on live lists, households drawn into two arms."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.clock import now
from cli.look_plans import Days, Looks, look_plan, plan_looks, schedule_of
from cli.options import Home, Json, Lang, show, workspace
from cli.policies import holdout_key, in_currency
from cli.records import audit_of, ledger_of
from cli.show import Show
from goodcall import Text
from outreach import ArmsReport, Measured, NewTest, PolicyTest, load_policy, report_of
from outreach.ab_report import Verdict
from reports import (
    Column,
    Page,
    Schedule,
    Watch,
    arms_schedule,
    cells_of,
    look_moments,
    looks_facts,
    looks_note,
    looks_sheet,
    page_facts,
    watch_arms,
)

_ACTOR = "command line"
_VERDICTS = {
    "insufficient": Text(
        "insufficient: too few purchases in both arms together for an interval",
        "证据不足:两组成交合计过少,无法给出区间",
    ),
    "not_shown": Text(
        "not shown: the interval of the difference in purchases covers zero",
        "未证实:成交差异区间包含零",
    ),
    "more": Text("B brings more purchases a customer than A", "B组人均成交高于A组"),
    "less": Text("B brings fewer purchases a customer than A", "B组人均成交低于A组"),
}
_MEASURES = {
    "bought": Text("accepted, applied, purchased", "接受、申请、成交"),
    "contacts": Text("contacts made", "已联络"),
    "refusals": Text("refusals of contact", "拒绝联络"),
    "complaints": Text("complaints", "投诉"),
}
_ONE_LOOK = Text(
    "the interval holds for a look that was planned beforehand, not for the best of many; --looks "
    "and --days plan more",
    "区间仅对事先约定的查看时点有效,不适用于反复查看后择优;多次查看请用--looks与--days",
)
_SAYS: dict[Verdict, Text] = {
    "insufficient": Text("insufficient", "证据不足"),
    "not_shown": Text("not shown", "未证实"),
    "more": Text("B more", "B更多"),
    "less": Text("B less", "B更少"),
}


def start_command(
    policy: Annotated[
        Path, typer.Option("--policy", metavar="B.toml", help="The policy of arm B.")
    ],
    share: Annotated[float, typer.Option(help="The share of the households that arm B has.")],
    name: Annotated[
        str, typer.Option(help="What the test is called; each name draws households anew.")
    ],
    looks: Looks = None,
    days: Days = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Begin a test: from the next plan on each arm's customers are served by their own policy.

    Arm A has the policy in force, arm B the one given here. The hold-out is in neither. Lists that
    are published stay as they are. Who wants to see results before the end plans looks.
    """
    speak = show(lang, as_json=as_json)
    place, plan = workspace(home), look_plan(looks, days)
    a, b = load_policy(place.policy), load_policy(policy)
    asked = NewTest(name, a, in_currency(b, a.currency, str(policy)), share, holdout_key(place))
    audit_of(place).record(
        _ACTOR,
        "start test of policies",
        name,
        policy_a=asked.policy_a.version,
        policy_b=asked.policy_b.version,
        share=share,
    )
    with ledger_of(place) as ledger:
        test = ledger.start_test(asked, now=now())
        if plan is not None:
            plan_looks(place, ledger, test, plan)
    speak.say(
        Text(
            f"test {name!r} runs: A {test.policy_a}, B {b.version} for {share:.1%} of the "
            "households; it holds from the next plan on",
            f"测试“{name}”已开始:A为{test.policy_a},B为{b.version},占户数{share:.1%};"
            "自下次计划起生效",
        )
    )
    speak.hand_over(_test_facts(test))


def stop_command(home: Home = None, lang: Lang = None, as_json: Json = False) -> None:
    """End the test that runs: the policy in force serves everyone from the next plan on.

    Rows of arm B that are still on a list are judged by both policies from now on.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    with ledger_of(place) as ledger:
        running = ledger.running_test()
        named = "none runs" if running is None else running.name
        audit_of(place).record(_ACTOR, "stop test of policies", named)
        test = ledger.stop_test(now=now())
    speak.say(Text(f"test {test.name!r} has ended", f"测试“{test.name}”已结束"))
    speak.hand_over(_test_facts(test))


def show_command(
    name: Annotated[str | None, typer.Option(help="Which test. Default: the newest.")] = None,
    looks: Looks = None,
    days: Days = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """What a test shows so far: both arms, their difference a customer, and its 95 % interval.

    Everyone counts in the arm that they were placed in. The interval holds for one look: who looks
    every day and stops at the first difference finds one too often. With looks that were planned
    each has an interval, wider the earlier it is, that holds for all of them; between two looks the
    earlier one is told again, by what was known at its moment.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    audit_of(place).record(_ACTOR, "read test of policies", name or "the newest")
    moment = now()
    with ledger_of(place) as ledger:
        test, tallies = ledger.tested(name)
        schedule = schedule_of(
            *(place, ledger, test, (looks, days)), lambda plan: arms_schedule(test, plan, moment)
        )
        if schedule is not None:
            moments = look_moments(test, schedule.plan)[: schedule.number]
            known = ledger.tallied(test, moments)
    if schedule is None:
        found = report_of(test, tallies)
        _print(speak, found, _VERDICTS[found.verdict], _ONE_LOOK)
        speak.hand_over({**_facts(found), "holds_for": "a look that was planned beforehand"})
        return
    found, seen = watch_arms(test, schedule, known)
    _print_watched(speak, found, schedule, seen)
    speak.hand_over(_facts(found) | _watched_facts(found, schedule, seen))


def _print_watched(
    speak: Show, found: ArmsReport, schedule: Schedule, seen: Mapping[str, Watch]
) -> None:
    bought = seen.get("bought")
    note = looks_note(schedule, bought, sound=found.sizes_fit)
    if not schedule.number:
        _print(speak, found, note, None)
        return
    _print(speak, found, _VERDICTS[found.verdict], note)
    if bought is not None:
        page = _looks_page(bought)
        (sheet,) = page.sheets
        speak.heading(page.title)
        speak.table(
            [column.title for column in sheet.columns.values()],
            [*cells_of(page, sheet, speak.language)],
            right=sheet.numbers,
        )


def _looks_page(bought: Watch) -> Page:
    sheet = looks_sheet(bought, Column(_MEASURES["bought"], "fine"), _SAYS)
    return Page(sheet.title, "", (sheet,))


def _watched_facts(
    found: ArmsReport, schedule: Schedule, seen: Mapping[str, Watch]
) -> dict[str, Any]:
    bought = seen.get("bought")
    not_due = {} if schedule.number else {"verdict": "not_due"}
    return not_due | {
        "holds_for": "all looks together",
        "plan_of_looks": looks_facts(schedule, bought, sound=found.sizes_fit),
        "looks": [] if bought is None else page_facts(_looks_page(bought))["looks"],
    }


def _print(speak: Show, found: ArmsReport, verdict: Text, holds_for: Text | None) -> None:
    test = found.test
    speak.say(verdict)
    if not found.sizes_fit:
        speak.say(
            Text(
                f"do not trust it: the arms have {found.a.households:,} and "
                f"{found.b.households:,} households, which share {test.share:g} makes by chance "
                f"with p = {found.probability:.2g}; find out who was lost",
                f"结果不可信:两组户数为{found.a.households:,}与{found.b.households:,},"
                f"在比例{test.share:g}下p={found.probability:.2g},请查明样本缺失原因",
            )
        )
    ended = Text("runs", "进行中") if test.stopped_at is None else Text("ended", "已结束")
    speak.say(
        Text(
            f"test {test.name!r} ({ended.en}) since {test.started_at}: A {test.policy_a} with "
            f"{found.a.customers:,} customers in {found.a.households:,} households, B "
            f"{test.policy_b.version} with {found.b.customers:,} in {found.b.households:,}",
            f"测试“{test.name}”({ended.zh})始于{test.started_at}:A {test.policy_a},"
            f"{found.a.customers:,}人{found.a.households:,}户;B {test.policy_b.version},"
            f"{found.b.customers:,}人{found.b.households:,}户",
        )
    )
    speak.table(
        (
            Text("a customer", "人均"),
            *("A", "B", "B - A"),
            Text("95 % interval", "95%区间"),
            Text("shows", "结论"),
        ),
        [_row(speak, each) for each in found.measures],
        right=(1, 2, 3, 4),
    )
    if holds_for is not None:
        speak.say(holds_for)


def _row(speak: Show, each: Measured) -> tuple[object, ...]:
    gap = each.difference
    return (
        _MEASURES[each.name],
        f"{each.mean_a:.4f} ({each.count_a:,})",
        f"{each.mean_b:.4f} ({each.count_b:,})",
        f"{gap.value:+.4f}",
        f"{gap.low:+.4f} – {gap.high:+.4f}",
        _SAYS[each.verdict].to(speak.language),
    )


def _facts(found: ArmsReport) -> dict[str, Any]:
    return {
        "verdict": found.verdict,
        "sizes_fit": found.sizes_fit,
        "sizes_probability": found.probability,
        **_test_facts(found.test),
        "arms": {
            name: {"customers": each.customers, "households": each.households}
            for name, each in (("A", found.a), ("B", found.b))
        },
        "measures": {each.name: _measure_facts(each) for each in found.measures},
    }


def _measure_facts(each: Measured) -> dict[str, Any]:
    gap = each.difference
    return {
        "verdict": each.verdict,
        "A": {"count": each.count_a, "a_customer": each.mean_a},
        "B": {"count": each.count_b, "a_customer": each.mean_b},
        "difference": {"value": gap.value, "low": gap.low, "high": gap.high},
    }


def _test_facts(test: PolicyTest) -> dict[str, Any]:
    return {
        "test": test.name,
        "policy_a": test.policy_a,
        "policy_b": test.policy_b.version,
        "share": test.share,
        "started_at": test.started_at,
        "stopped_at": test.stopped_at,
    }
