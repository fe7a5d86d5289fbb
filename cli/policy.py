"""`goodcall policy check`: whether a policy file is good."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli import words
from cli.clock import now
from cli.options import Json, Lang, parse_day, show
from cli.show import Show
from goodcall import Text
from outreach import (
    Notice,
    Policy,
    PolicyError,
    Rule,
    endings,
    load_policy,
    review,
)


def check_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy file.")],
    day: Annotated[
        str | None,
        typer.Option(
            "--date",
            metavar="DATE",
            help="The day to judge endings by. Default: today, at the bank.",
        ),
    ] = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Read a policy file: its rules in evaluation order, what ends when, what has no effect.

    Exit 0 where the file is good; exit 1 with the line of the first mistake, what is allowed and
    what to do where it is not. Reading it changes nothing.
    """
    speak = show(lang, as_json=as_json)
    try:
        policy = load_policy(file)
    except PolicyError as error:
        speak.hand_over({"file": file, "good": False, "error": str(error)})
        if as_json:
            raise typer.Exit(1) from error
        raise
    judged = parse_day(day) if day else _today(now(), policy)
    notices = review(policy, judged)
    _print_policy(speak, file, policy)
    _print_endings(speak, policy, judged)
    _print_notices(speak, notices)
    speak.hand_over(_facts(file, policy, judged, notices))


def _today(at: datetime, policy: Policy) -> date:
    """The date that the bank's own calendar shows."""
    return at.astimezone(ZoneInfo(policy.zone)).date()


def _print_policy(speak: Show, file: Path, policy: Policy) -> None:
    """That the file is good, its channels, and its rules as they are evaluated."""
    speak.say(
        Text(
            f"{file} is good: version {policy.version}, zone {policy.zone}, "
            f"currency {policy.currency}",
            f"{file} 有效:版本{policy.version},时区{policy.zone},币种{policy.currency}",
        )
    )
    speak.heading(Text("Channels", "渠道"))
    speak.table(
        (Text("channel", "渠道"), Text("minutes", "分钟"), Text("contact point", "联系方式")),
        [(each.id, each.minutes or "", each.points or "") for each in policy.channels],
        right=(1,),
    )
    speak.heading(Text("Rules, in the order in which they are evaluated", "规则(按评估顺序)"))
    heads = (Text("step", "步骤"), Text("rule", "规则"), Text("kind", "类型"))
    more = (Text("channels", "渠道"), Text("owner", "负责人"), Text("to the end of", "有效至"))
    speak.table(
        (*heads, *more),
        [
            (
                *(f"{rule.step} {speak.word(words.RULE_STEPS[rule.step])}", rule.id),
                *(_kind(rule), _channels(rule, policy), _owner(rule), rule.expires or ""),
            )
            for rule in policy.rules
        ],
    )
    speak.say("")
    speak.say(_look_back(policy))


def _look_back(policy: Policy) -> Text:
    """Whether history from before a rule was written counts, which is not so everywhere."""
    some = [rule.id for rule in policy.rules if rule.since is not None]
    apart = (f", except {', '.join(some)}", f",{'、'.join(some)}除外") if some else ("", "")
    return Text(
        f"Every rule counts what happened before it was written{apart[0]}.",
        f"每条规则都计入其生效前的历史{apart[1]}。",
    )


def _print_endings(speak: Show, policy: Policy, day: date) -> None:
    """What has a last day, the ended apart."""
    found = sorted(endings(policy), key=lambda each: each[2])
    if not found:
        return
    speak.heading(Text("What ends", "到期项目"))
    speak.table(
        (Text("kind", "类型"), Text("name", "名称"), Text("last day", "最后一天"), ""),
        [
            (kind, name, last, Text("ended", "已到期") if last < day else "")
            for kind, name, last in found
        ],
    )


def _print_notices(speak: Show, notices: tuple[Notice, ...]) -> None:
    for notice in notices:
        speak.say(Text(f"note: {notice.words.en}", f"提示:{notice.words.zh}"))


def _facts(file: Path, policy: Policy, day: date, notices: tuple[Notice, ...]) -> dict[str, Any]:
    return {
        "file": file,
        "good": True,
        "version": policy.version,
        "zone": policy.zone,
        "currency": policy.currency,
        "judged_on": day,
        "channels": [
            {"id": each.id, "minutes": each.minutes, "points": each.points}
            for each in policy.channels
        ],
        "rules": [
            {
                "step": rule.step,
                "id": rule.id,
                "kind": rule.kind,
                "built_in": rule.built_in,
                "categories": sorted(rule.categories),
                "channels": None if rule.channels is None else sorted(rule.channels),
                "owner": rule.owner,
                "expires": rule.expires,
                "counts_since": rule.since,
            }
            for rule in policy.rules
        ],
        "endings": [
            {"kind": kind, "id": name, "last_day": last, "ended": last < day}
            for kind, name, last in endings(policy)
        ],
        "notices": [{"about": notice.about, "words": notice.words} for notice in notices],
    }


def _kind(rule: Rule) -> str | Text:
    return Text("built in", "内置") if rule.built_in else rule.kind


def _owner(rule: Rule) -> str:
    return "" if rule.built_in else rule.owner


def _channels(rule: Rule, policy: Policy) -> str | Text:
    """The channels that a rule is about, in the policy's order."""
    bound = rule.channels
    if bound is None:
        return Text("all", "全部")
    return ", ".join(each.id for each in policy.channels if each.id in bound)
