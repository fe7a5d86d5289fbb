"""Why: a customer's trail and a day's funnel, in words and as facts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cli import words
from cli.plan_words import word_of
from cli.ranks import print_rank, print_wait, rank_facts, wait_facts
from cli.show import Show
from goodcall import Reason, Text, format_money
from goodcall.reason import LEAD_INS
from outreach import (
    Action,
    Attempt,
    Check,
    Ledger,
    Policy,
    Trail,
    customer_value_words,
)

NOT_SELECTED = "not_selected"


def shown_trail(trail: Trail) -> Trail:
    """A trail as managers see it: of the hold-out it says not selected, and no more."""
    if trail.step != "holdout":
        return trail
    return replace(trail, step=NOT_SELECTED, reason=NOT_SELECTED)


def print_trail(
    speak: Show,
    trail: Trail,
    policy: Policy,
    reasons: Sequence[Reason] = (),
    *,
    every: bool = False,
) -> None:
    """A customer's fate of the day, every action's, and each rule's answer to the nearest one.

    `reasons` are those of the row on the list, where there is one; with `every` the rules' answers
    to each action are told.
    """
    speak.heading(
        Text(f"Customer {trail.customer_id}, {trail.day}", f"客户{trail.customer_id},{trail.day}")
    )
    step = words.STEPS[trail.step]
    if trail.step == "listed":
        speak.say(Text(f"on list {trail.list_id}", f"已列入名单{trail.list_id}"))
    else:
        said = word_of(speak, trail.reason)
        speak.say(
            Text(f"not listed; stopped at '{step.en}': {said}", f"未列入;止于“{step.zh}”:{said}")
        )
    if trail.price:
        price = format_money(round(trail.price), policy.currency, speak.language)
        speak.say(
            Text(
                f"a minute of list {trail.list_id} costs {price} today",
                f"名单{trail.list_id}当日每分钟价格{price}",
            )
        )
    print_wait(speak, trail, policy.currency)
    _print_reasons(speak, reasons)
    ordered = sorted(trail.attempts, key=_worth)
    if not ordered:
        return
    _print_attempts(speak, ordered, policy.currency)
    nearest = next((a for a in ordered if a.step == trail.step), ordered[0])
    for attempt in ordered if every else (nearest,):
        _print_checks(speak, attempt)
    if nearest.action:
        _print_value(speak, nearest.action, policy)
        print_rank(speak, nearest.action, policy.currency)


def trail_facts(trail: Trail, reasons: Sequence[Reason] = ()) -> Mapping[str, Any]:
    """A trail as JSON values, with the reasons of the row on the list, where there is one."""
    return {
        "customer_id": trail.customer_id,
        "day": trail.day,
        "list": trail.list_id,
        "step": trail.step,
        "reason": trail.reason,
        "price_of_a_minute_cents": trail.price,
        "policy": trail.policy_version,
        "wait": wait_facts(trail),
        "reasons": [
            {
                "about": reason.about,
                "concept": reason.concept,
                "feature": reason.feature,
                "value": reason.value,
                "contribution": reason.contribution,
                "text": reason.text,
            }
            for reason in reasons
        ],
        "actions": [_attempt_facts(attempt) for attempt in sorted(trail.attempts, key=_worth)],
    }


def reasons_of(ledger: Ledger, trail: Trail) -> tuple[Reason, ...]:
    """The reasons of a customer's row on the day's list; none where the customer is on none."""
    if trail.list_id is None:
        return ()
    rows = ledger.list_rows(trail.day, trail.list_id)
    return next((r.row.reasons for r in rows if r.row.customer_id == trail.customer_id), ())


def _print_reasons(speak: Show, reasons: Sequence[Reason]) -> None:
    """Why the customer was flagged, and why a call helps, each where anything is known of it."""
    for about, lead in LEAD_INS.items():
        told = [reason for reason in reasons if reason.about == about]
        if told:
            speak.heading(lead)
        for reason in told:
            speak.say(reason.text)


def _print_attempts(speak: Show, attempts: Sequence[Attempt], currency: str) -> None:
    speak.heading(Text("Actions", "候选方案"))
    speak.table(
        (
            Text("offer", "推荐"),
            Text("channel", "渠道"),
            Text("value", "价值"),
            Text("its room costs", "产能价格"),
            Text("policy", "规则"),
            Text("ended at", "止于"),
            Text("because", "原因"),
        ),
        [
            (
                _what(attempt),
                attempt.channel,
                format_money(attempt.action.value_cents, currency, speak.language)
                if attempt.action
                else "–",
                ""
                if attempt.price_cents is None
                else format_money(round(attempt.price_cents), currency, speak.language),
                words.VERDICTS[attempt.decision.verdict],
                words.STEPS[attempt.step],
                words.reason(attempt.reason),
            )
            for attempt in attempts
        ],
        right=(2, 3),
    )


def _what(attempt: Attempt) -> Text:
    """What an action is about, in words."""
    code = attempt.offer_code
    if attempt.answers is not None:
        more = "" if code is None else f" {code}"
        return Text(f"promised contact{more}", f"已约定{more}")
    return Text("care call", "关怀联系") if code is None else Text(code, code)


def _print_checks(speak: Show, attempt: Attempt) -> None:
    what = _what(attempt)
    speak.heading(
        Text(f"Rules on {what.en} by {attempt.channel}", f"规则核对:{what.zh} / {attempt.channel}")
    )
    speak.table(
        (
            Text("step", "环节"),
            Text("rule", "规则"),
            Text("answer", "结论"),
            Text("counted", "已计"),
            Text("left", "剩余"),
            Text("until", "解除时间"),
        ),
        [
            (
                check.step,
                check.rule,
                _answer(check),
                "" if check.verdict.counted is None else check.verdict.counted,
                "" if check.verdict.left is None else check.verdict.left,
                check.verdict.until or "",
            )
            for check in attempt.decision.checks
        ],
    )


def _print_value(speak: Show, action: Action, policy: Policy) -> None:
    def money(cents: float) -> str:
        return f"{cents / 100:,.2f} {policy.currency}"

    speak.heading(Text("Value", "价值构成"))
    gains = []
    if action.offer_code:
        share = f"(1 - {action.cannibalisation:.2f})"
        gains.append(f"{action.effect:.4f} x {money(action.margin_cents)} x {share}")
    if action.drop_from or not action.offer_code:
        gains.append(f"{action.drop:.4f} x {money(action.customer_value_cents)}")
    speak.say(
        f"{' + '.join(gains)} - {money(action.cost_cents)} - {money(action.harm_cents)} = "
        f"{money(action.value_cents)}"
    )
    speak.say(
        Text(
            f"probability {action.probability:.4f} of {action.label}; "
            f"assumed: {', '.join(dict.fromkeys(action.assumed)) or 'nothing'}",
            f"{action.label}概率{action.probability:.4f};"
            f"假设值:{'、'.join(dict.fromkeys(action.assumed)) or '无'}",
        )
    )
    if action.offer_code is None:
        worth = money(action.customer_value_cents)
        told = customer_value_words(action.probability, policy.value)
        speak.say(Text(f"customer value {worth}: {told.en}", f"客户价值{worth}:{told.zh}"))
    if action.repeat is not None:
        speak.say(
            Text(
                f"after an earlier care talk, another one does {action.repeat:.2f} of what a first "
                "would",
                f"此前已有关怀沟通,再次关怀的效果为首次的{action.repeat:.2f}",
            )
        )
    for what, origin in (
        (Text("effect on the purchase", "对购买的影响"), action.effect_from),
        (Text("effect on leaving", "对流失的影响"), action.drop_from),
    ):
        if origin:
            how = words.ORIGINS[origin]
            speak.say(Text(f"{what.en}: {how.en}", f"{what.zh}:{how.zh}"))


def _answer(check: Check) -> Text:
    verdict = Text("passes", "通过") if check.verdict.passes else Text("fails", "不通过")
    if not check.verdict.because:
        return verdict
    said = words.reason(check.verdict.because)
    because = said if isinstance(said, Text) else Text(said, said)
    return Text(f"{verdict.en} ({because.en})", f"{verdict.zh}({because.zh})")


def _worth(attempt: Attempt) -> tuple[int, str, str]:
    value = attempt.action.rank_cents if attempt.action else -(2**63)
    return -value, attempt.offer_code or "", attempt.channel


def _attempt_facts(attempt: Attempt) -> Mapping[str, Any]:
    action = attempt.action
    return {
        "offer": attempt.offer_code,
        "promised_in_contact": attempt.answers,
        "channel": attempt.channel,
        "verdict": attempt.decision.verdict,
        "until": attempt.decision.until,
        "failing": list(attempt.decision.failing),
        "rules": [
            {
                "rule": check.rule,
                "step": check.step,
                "passes": check.verdict.passes,
                "counted": check.verdict.counted,
                "left": check.verdict.left,
                "until": check.verdict.until,
                "because": check.verdict.because,
            }
            for check in attempt.decision.checks
        ],
        "value": None
        if action is None
        else {
            "label": action.label,
            "probability": action.probability,
            "effect": action.effect,
            "effect_from": action.effect_from,
            "margin_cents": action.margin_cents,
            "cannibalisation": action.cannibalisation,
            "drop": action.drop,
            "drop_from": action.drop_from,
            "repeat": action.repeat,
            "customer_value_cents": action.customer_value_cents,
            "cost_cents": action.cost_cents,
            "harm_cents": action.harm_cents,
            "value_cents": action.value_cents,
            "assumed": list(dict.fromkeys(action.assumed)),
            **rank_facts(action),
        },
        "price_of_its_room_cents": attempt.price_cents,
        "ended_at": attempt.step,
        "because": attempt.reason,
    }
