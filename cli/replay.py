"""`goodcall outreach replay`: what another policy would have earned on days that were planned."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.objections import objectors_of
from cli.options import Home, Json, Lang, parse_day, show, workspace
from cli.records import audit_of, ledger_of
from cli.show import Show
from goodcall import Text, format_money
from outreach import Answer, Policy, Replay, load_offers, load_policy, replay
from outreach.logged import LoggedDay

_VERDICTS = {
    "insufficient": Text(
        "insufficient: fewer than 200 successes or 1,000 effective decisions speak for an answer",
        "证据不足:成功数不足200或有效决策数不足1,000",
    ),
    "not_shown": Text(
        "not shown: the interval of the difference covers zero", "未证实:差异区间包含零"
    ),
    "more": Text("the new policy earns more", "新规则收益更高"),
    "less": Text("the new policy earns less", "新规则收益更低"),
}


def replay_command(
    policy: Annotated[
        Path, typer.Option("--policy", metavar="NEW.toml", help="The policy to try.")
    ],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day, included.")],
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """What another policy would have earned on days that were planned, by what lots taught there.

    Its figures (costs, minutes, ratios, levers, weights, formula) take the place of the old ones in
    the trails, within the minutes that each list used. Contact rules, terms, waiting, harm, learned
    effects and volumes stay as they were judged then. Who objects to profiling by now is left out.
    Without [exploration] in the policies of
    those days only what both policies would do is known, and the answer says so.
    """
    speak = show(lang, as_json=as_json)
    place, new = workspace(home), load_policy(policy)
    offers = {offer.code: offer for offer in load_offers(place.offers)}
    audit_of(place).record("command line", "replay a policy", new.version)
    objectors = objectors_of(place)
    with ledger_of(place) as ledger:
        days = ledger.logged(parse_day(first), parse_day(last))
        found = replay((_spared(each, objectors) for each in days), new, offers)
    _print(speak, found, new)
    speak.hand_over(_facts(found, new))


def _spared(day: LoggedDay, objectors: frozenset[int]) -> LoggedDay:
    """A day without those who object to profiling."""
    kept = tuple(trail for trail in day.trails if trail.customer_id not in objectors)
    return replace(day, trails=kept)


def _print(speak: Show, found: Replay, policy: Policy) -> None:
    speak.say(_VERDICTS[found.doubly_robust.verdict])
    speak.say(
        Text(
            f"{found.decisions:,} decisions of {found.days} days; in {found.agreeing:,} both "
            "policies do the same",
            f"{found.days}天共{found.decisions:,}个决策,其中{found.agreeing:,}个两份规则相同",
        )
    )
    if found.rules_differ:
        speak.say(
            Text(
                "the contact rules differ; those of the day stand in a replay",
                "两份规则的联络限制不同;回放沿用当日限制",
            )
        )
    if found.unknown:
        speak.say(
            Text(
                f"in {found.unknown:,} decisions nothing could tell what the new policy does: only "
                "lots of [exploration] can, and these days had none there",
                f"其中{found.unknown:,}个决策无从得知新规则的结果:当日没有可参照的随机抽取",
            )
        )
    speak.table(
        (
            Text("method", "方法"),
            Text("new, a decision", "新规则每决策"),
            Text("old, a decision", "原规则每决策"),
            Text("difference", "差异"),
            Text("95 % interval", "95%区间"),
            Text("effective", "有效数"),
            Text("successes", "成功数"),
        ),
        [_row(speak, *each, policy.currency) for each in _methods(found)],
        right=(1, 2, 3, 4, 5, 6),
    )


def _methods(found: Replay) -> tuple[tuple[str, Answer], ...]:
    return ("DR", found.doubly_robust), ("SNIPS", found.snips)


def _row(speak: Show, name: str, answer: Answer, currency: str) -> tuple[str, ...]:
    def money(cents: float) -> str:
        return format_money(round(cents), currency, speak.language)

    return (
        name,
        *(money(each) for each in (answer.new.value, answer.old.value, answer.gain.value)),
        f"{money(answer.gain.low)} – {money(answer.gain.high)}",
        f"{answer.new.effective:,.0f}",
        f"{answer.new.positives:,}",
    )


def _facts(found: Replay, policy: Policy) -> dict[str, Any]:
    return {
        "verdict": found.doubly_robust.verdict,
        "policy": policy.version,
        "currency": policy.currency,
        "days": found.days,
        "decisions": found.decisions,
        "agreeing": found.agreeing,
        "unknown": found.unknown,
        "rules_differ": found.rules_differ,
        **{
            name.lower(): {
                "verdict": answer.verdict,
                **{
                    side: {
                        "cents_a_decision": each.value,
                        "low": each.low,
                        "high": each.high,
                        "effective": each.effective,
                        "positives": each.positives,
                    }
                    for side, each in (("new", answer.new), ("old", answer.old))
                },
                "difference": {
                    "cents_a_decision": answer.gain.value,
                    "low": answer.gain.low,
                    "high": answer.gain.high,
                },
            }
            for name, answer in _methods(found)
        },
    }
