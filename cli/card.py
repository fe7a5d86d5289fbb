"""The card of an opened row, in words and as facts."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from cli import words
from cli.clock import when
from cli.show import Show
from goodcall import Text, format_money
from goodcall.vocabulary import CHANNEL_NAMES
from outreach import BADGES, BANDS, STATES, Card, Policy, reasons_in_words


def print_card(speak: Show, card: Card, policy: Policy) -> None:
    """What to prepare: whom, why, with what at which price, whether now, and what not to say."""
    row, clock = card.listed.row, ZoneInfo(policy.zone)
    band = BANDS[row.band]
    speak.heading(
        Text(
            f"Row {row.rank} of list {row.list_id}: customer {row.customer_id} ({band.en})",
            f"名单{row.list_id}第{row.rank}行:客户{row.customer_id}({band.zh})",
        )
    )
    if card.tier is not None:
        speak.say(Text(f"tier: {card.tier.name.en}", f"等级:{card.tier.name.zh}"))
    badges = [BADGES[name] for name in card.badges]
    if badges:
        speak.say(
            Text(
                f"mind: {', '.join(each.en for each in badges)}",
                f"提示:{'、'.join(each.zh for each in badges)}",
            )
        )
    speak.say(_now(card, clock))
    for reason in reasons_in_words(row, clock):
        speak.say(Text(f"why: {reason.en}", f"理由:{reason.zh}"))
    worth = format_money(row.value_cents, policy.currency, speak.language)
    channel = CHANNEL_NAMES[row.channel]
    price = _price(card)
    speak.say(
        Text(
            f"offer: {row.offer_name.en}, {channel.en}, worth {worth} on average{price.en}",
            f"推荐:{row.offer_name.zh},{channel.zh},预期价值{worth}{price.zh}",
        )
    )
    _print_blocked(speak, card)
    _print_last(speak, card, clock)


def card_facts(card: Card) -> Mapping[str, Any]:
    """A card as JSON values."""
    row, decision = card.listed.row, card.decision
    return {
        "list": row.list_id,
        "rank": row.rank,
        "customer_id": row.customer_id,
        "tier": None if card.tier is None else card.tier.code,
        "band": row.band,
        "state": card.listed.state,
        "contact_id": card.listed.contact_id,
        "may_dial": card.may_dial,
        "verdict": decision.verdict,
        "until": decision.until,
        "failing": list(decision.failing),
        "policy": decision.policy_version,
        "badges": list(card.badges),
        "reasons": [reason.text for reason in row.reasons],
        "promise": None
        if row.promise is None
        else {"code": row.promise.code, "due_at": row.promise.due_at},
        "offer": row.offer_code,
        "offer_name": row.offer_name,
        "price_band": None if row.price is None else row.price.band,
        "channel": row.channel,
        "value_cents": row.value_cents,
        "do_not_mention": [
            {"offer": each.offer.code, "because": each.reason} for each in card.blocked
        ],
        "last_contacts": [
            {
                "at": each.happened_at,
                "channel": each.channel,
                "offer": each.offer_code,
                "state": each.state,
                "outcome": each.outcome,
            }
            for each in card.last
        ],
    }


def _now(card: Card, clock: ZoneInfo) -> Text:
    """Whether the contact may be made this moment, and what is against it."""
    listed, decision = card.listed, card.decision
    if card.may_dial:
        return Text("allowed now", "现在可联系")
    if listed.state not in ("planned", "expired", "withheld", "rolled_over", "snoozed"):
        state = STATES[listed.state]
        code = listed.outcome or listed.because
        more = Text("", "") if code is None else words.said(code)
        contact = "" if listed.contact_id is None else f" {listed.contact_id}"
        return Text(
            f"not to be dialled: {state.en}{contact} {more.en}".rstrip(),
            f"不可拨打:{state.zh}{contact} {more.zh}".rstrip(),
        )
    against = [words.said(code) for code in decision.failing]
    until = Text("for good", "不再允许")
    if decision.until is not None:
        said = when(decision.until, clock)
        until = Text(f"first allowed {said}", f"最早可于{said}")
    return Text(
        f"not now: {', '.join(each.en for each in against)}; {until.en}",
        f"暂不可联系:{'、'.join(each.zh for each in against)};{until.zh}",
    )


def _price(card: Card) -> Text:
    band = card.listed.row.price
    if band is None:
        return Text("", "")
    return Text(f"; price band '{band.band}'", f";价格档次“{band.band}”")


def _print_blocked(speak: Show, card: Card) -> None:
    if not card.blocked:
        return
    speak.heading(Text("Do not bring up", "请勿提及"))
    speak.table(
        (Text("offer", "产品"), Text("because", "原因")),
        [(each.offer.name, words.reason(each.reason)) for each in card.blocked],
    )


def _print_last(speak: Show, card: Card, clock: ZoneInfo) -> None:
    speak.heading(Text("Last contacts, by anyone", "最近联系(任何人)"))
    if not card.last:
        speak.say(Text("none", "无"))
        return
    speak.table(
        (
            Text("when", "时间"),
            Text("channel", "渠道"),
            Text("offer", "产品"),
            Text("what came of it", "结果"),
        ),
        [
            (
                when(each.happened_at, clock),
                CHANNEL_NAMES[each.channel],
                each.offer_code or "",
                STATES[each.state] if each.outcome is None else words.said(each.outcome),
            )
            for each in card.last
        ],
    )
