"""`goodcall simulate`: policies at work in banks whose truth is known."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from banks import worlds
from cli.loop.course import AFTER_MONTHS, Course, Setup, labels_of, mark_of_labels, month_file
from cli.loop.players import POLICIES, SHIPPED, check_policy, player_of
from cli.loop.worth import Result
from cli.options import Home, Json, Lang, Seed, show, workspace
from cli.show import Show
from goodcall import Text, format_money
from outreach import default_policy_text, load_policy

World = Annotated[str, typer.Option(help=f"The world's laws: {', '.join(worlds())}.")]
Months = Annotated[int, typer.Option(min=1, max=60, help="Months of contacts.")]
Past = Annotated[
    int, typer.Option(min=12, max=60, help="Months lived by the managers' habits before.")
]
Every = Annotated[
    int, typer.Option(min=1, help="Months after which models are trained anew, if not before.")
]
Labels = Annotated[
    Path | None,
    typer.Option(
        help="A TOML file of labels to train. Default: the shipped ones.",
        exists=True,
        dir_okay=False,
    ),
]
Rules = Annotated[
    Path | None,
    typer.Option(
        help="The TOML file of the contact policy. Default: the shipped one.",
        exists=True,
        dir_okay=False,
    ),
]


def loop_command(
    world: World = "default",
    policy: Annotated[
        str, typer.Option(help=f"Who decides about contacts: {', '.join(POLICIES)}.")
    ] = SHIPPED,
    months: Months = 12,
    customers: Annotated[int, typer.Option(min=200, help="How many customers.")] = 3_000,
    past: Past = 18,
    every: Every = 3,
    labels: Labels = None,
    rules: Rules = None,
    seed: Seed = 1,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Let a policy work for months in a simulated bank, and tell what truly came of it.

    Each month: features, training where it is due or the champions no longer hold, the gate, a
    night's plan, contacts, their outcomes, and a bank that knows a month more. A month has one day
    of outreach, its first. After the last, three months pass without a contact. Killed and started
    again with the same options, it goes on where it was and comes to the same.

    State lives in the folder that --home names, which must hold nothing else.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    check_policy(policy)
    mark = mark_of_labels(labels)
    setup = Setup(world, policy, customers, past, months, seed, every, mark)
    text = rules_text(rules)
    with speak.progress(Text("founding the bank", "建立模拟银行")) as step:
        course = Course.open(place, setup, text, step)
    player = player_of(place, setup, labels_of(labels), speak.aside)
    result = course.run(player, lambda number, facts: _tell(speak, number, facts))
    _print(speak, course, result)
    months_told = [json.loads(month_file(place, n).read_text("utf-8")) for n in range(months)]
    speak.hand_over(
        {"setup": asdict(course.setup), "months": months_told, "result": asdict(result)}
    )


def rules_text(rules: Path | None) -> str:
    """A contact policy's text, after it has been read without a fault; the shipped one for None."""
    return default_policy_text() if rules is None else load_policy(rules).text


def _tell(speak: Show, number: int, facts: dict[str, Any]) -> None:
    """A line for each month that is over, on standard error."""
    speak.aside(
        Text(
            f"month {number + 1}, {facts['day']}: {facts['contacts']:,} contacts, "
            f"{facts['reached']:,} reached, {facts['purchases']:,} purchases, "
            f"{facts['began_to_leave']:,} began to leave",
            f"第{number + 1}个月({facts['day']}):联系{facts['contacts']:,}次,"
            f"接通{facts['reached']:,}次,购买{facts['purchases']:,}笔,"
            f"{facts['began_to_leave']:,}人开始流失",
        )
    )


def _print(speak: Show, course: Course, result: Result) -> None:
    setup = course.setup
    speak.heading(
        Text(
            f"{setup.policy} in world {setup.world}: {setup.months} months of contacts and "
            f"{AFTER_MONTHS} after, {result.customers:,} customers",
            f"{setup.policy}策略,{setup.world}世界:联系{setup.months}个月及其后{AFTER_MONTHS}个月,"
            f"客户{result.customers:,}名",
        )
    )
    money = course.policy.currency, speak.language
    speak.table(
        (Text("what came of it", "结果"), Text("truly", "真实值")),
        [
            (Text("purchases", "购买笔数"), f"{result.purchases:,}"),
            (Text("of them led to by a contact", "其中由联系促成"), f"{result.caused:,}"),
            (Text("customers who left", "流失客户"), f"{result.left:,}"),
            (Text("contacts, care calls among them", "联系次数(其中关怀)"),
             f"{result.contacts:,} ({result.care:,})"),
            (Text("opt-outs", "退订"), f"{result.opt_outs:,}"),
            (Text("complaints", "投诉"), f"{result.complaints:,}"),
            (Text("cost of contacts", "联系成本"), format_money(round(result.cost_cents), *money)),
            (Text("net value", "净价值"), format_money(round(result.net_value_cents), *money)),
            (Text("expected of the contacts, over doing nothing", "联系的期望价值(超出不联系)"),
             format_money(round(result.expected_value_cents), *money)),
        ],
        right=(1,),
    )  # fmt: skip
    speak.say(
        Text(
            "net value counts from nothing: compare it with `--policy nothing` of the same seed; "
            "what was expected is without the luck of who bought or left",
            "净价值以零为起点,请与同一种子的 --policy nothing 比较;期望价值不含谁购买或流失的运气",
        )
    )
