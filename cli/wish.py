"""`goodcall outreach wish`: what a customer asks for about being contacted, from now on."""

from datetime import date
from typing import Annotated

import typer

from cli.errors import BadOption
from cli.lists import counter_of
from cli.options import Agent, Home, Json, Lang, parse_day, show, workspace
from cli.records import audit_of
from goodcall import Text
from outreach.wishes import SUBJECTS, Wish, words_of

_MANY = "Repeat it for several."


def wish_command(
    customer: Annotated[int, typer.Argument(metavar="CUSTOMER", help="A customer's id.")],
    agent: Agent,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Contact by this channel and no other. {_MANY}")
    ] = None,
    prefer: Annotated[
        list[str] | None, typer.Option(help=f"Rather by this channel; binds nobody. {_MANY}")
    ] = None,
    hours: Annotated[
        str | None, typer.Option(help="Rather at these hours of the customer, as 18:00-20:00.")
    ] = None,
    colleague: Annotated[
        int | None, typer.Option(help="Rather by this colleague, a staff id.")
    ] = None,
    at_most: Annotated[
        str | None, typer.Option(help="So many contacts in so many days, as 2/30.")
    ] = None,
    pause: Annotated[
        str | None,
        typer.Option(help="No marketing on these days, both included: 2026-07-01..2026-07-14."),
    ] = None,
    pause_channel: Annotated[
        str | None, typer.Option(help="The pause is of this channel alone.")
    ] = None,
    take_back: Annotated[
        list[str] | None,
        typer.Option(help=f"What no longer holds, of: {', '.join(SUBJECTS)}. {_MANY}"),
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Note how a customer wishes to be contacted; it counts from the next decision on.

    --only, --at-most and --pause bind marketing beside the bank's own rules, which no wish loosens;
    the others are hints for ranking, lists and desks. A later wish about the same thing takes the
    earlier one's place. What stands is printed.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    wish = Wish(
        only=tuple(only or ()),
        prefers=tuple(prefer or ()),
        hours=None if hours is None else _two(hours, "-", "--hours", "18:00-20:00"),
        staff=colleague,
        at_most=None if at_most is None else _count(at_most),
        pause=None if pause is None else _days(pause),
        pause_channel=pause_channel,
        ended=tuple(take_back or ()),
    )
    audit_of(place).record(f"staff {agent}", "note wish", f"customer {customer}", **wish.facts)
    with counter_of(place) as counter:
        standing = counter.wish(customer, wish, agent)
    said = [words_of(each) for each in standing]
    for each in said or [Text("no wishes", "无特殊要求")]:
        speak.say(each)
    speak.hand_over({"customer_id": customer, "wishes": [each.to(speak.language) for each in said]})


def _two(text: str, between: str, option: str, example: str) -> tuple[str, str]:
    first, found, last = text.partition(between)
    if not found:
        raise BadOption(f"{option} {text!r} does not read; write it as {example}")
    return first.strip(), last.strip()


def _count(text: str) -> tuple[int, int]:
    most, days = _two(text, "/", "--at-most", "2/30")
    if not (most.isdecimal() and days.isdecimal()):
        raise BadOption(f"--at-most {text!r} does not read; write it as 2/30")
    return int(most), int(days)


def _days(text: str) -> tuple[date, date]:
    first, last = _two(text, "..", "--pause", "2026-07-01..2026-07-14")
    return parse_day(first), parse_day(last)
