"""`goodcall outreach plan`: everyone's lists for a day, from what was known before it."""

from typing import Annotated

import typer

from cli import day as of_day
from cli import holdout
from cli.clock import now
from cli.night import plan_night
from cli.options import BankFolder, Day, Home, Json, Lang, bank_in, parse_day, show, workspace
from cli.plan_words import print_balance, print_funnel
from cli.planning import Night
from cli.policies import policy_of
from cli.records import audit_of, ledger_of
from goodcall import Text
from reports import funnel_facts, funnel_report


def plan_command(
    bank: BankFolder,
    day: Day,
    absent: Annotated[
        list[int] | None,
        typer.Option(
            "--absent",
            metavar="ID",
            help="A manager who is away that day; give it again for each. Colleagues of the same "
            "branch take the customers over.",
        ),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish the lists as soon as they are planned.")
    ] = False,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Plan everyone's lists for a day, from what was known before it, and keep the plan.

    Needs champions: train first. The same date planned twice from the same data and models gives
    the same lists. A day whose lists are published is not planned again: they stay as they are.
    Nothing is sent: a person decides about every contact. The plan says what it is worth and how
    far any other plan within the same minutes and volumes could go beyond it.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    opened = bank_in(place, bank)
    policy = policy_of(place, currency=opened.manifest.currency)
    away = frozenset(absent or ())
    night = Night(place, opened, policy, parse_day(day), now(), audit_of(place), away)
    standing = of_day.published(place, night.day)
    before = holdout.draw_of(place)
    if standing is None:
        with speak.progress(Text("planning", "计划中")) as step:
            plan_night(night, step=step)
        if publish:
            standing = of_day.publish(place, night.day)
    with ledger_of(place) as ledger:
        report = funnel_report(ledger, night.day)
    if standing is not None:
        speak.say(of_day.published_words(standing, policy.zone))
    holdout.tell_if_new(speak, place, before)
    print_funnel(speak, report)
    print_balance(speak, report.balance, policy.currency)
    speak.hand_over(funnel_facts(report))
