"""How an action came to its rank, in words and as facts: weights, levers, price, waiting."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from cli.show import Show
from goodcall import Text, format_money
from outreach import Action, Balance, Price, Trail, Weights

_CHANGES = {
    "fatigue": Text("fatigue has faded", "打扰疲劳消退"),
    "maturity": Text("a holding matures", "持有产品到期"),
    "channel": Text("the rules allow it then", "届时规则允许"),
}


def print_rank(speak: Show, action: Action, currency: str) -> None:
    """What the policy's weights make of an action, and the price that the customer gets."""
    if action.price is not None:
        speak.say(price_words(action.price))
    if action.weights is not None:
        speak.heading(Text("Rank", "排序"))
        for line in _rank_words(speak, action.weights, currency):
            speak.say(line)


def print_wait(speak: Show, trail: Trail, currency: str) -> None:
    """The later contact that is worth more than those of today, where there is one."""
    wait = trail.wait
    if wait is None:
        return
    worth = format_money(wait.value_cents, currency, speak.language)
    what = Text(wait.offer_code or "care call", wait.offer_code or "关怀联系")
    why = [_CHANGES[code] for code in wait.because]
    assumed = ", ".join(wait.assumed)
    speak.say(
        Text(
            f"waits until {wait.until}: {what.en} by {wait.channel} is then worth {worth} of today"
            f" ({', '.join(each.en for each in why)}); assumed: {assumed or 'nothing'}",
            f"等待至{wait.until}:届时{what.zh}({wait.channel})折合当前价值{worth}"
            f"({'、'.join(each.zh for each in why)});假设值:{assumed or '无'}",
        )
    )


def print_levers(speak: Show, balance: Balance, currency: str) -> None:
    """What each business lever moved today, and what the bank gives up for it."""
    if not balance.levers:
        return
    speak.table(
        (
            Text("lever", "业务杠杆"),
            Text("owner", "负责人"),
            Text("rows moved", "影响行数"),
            Text("held back by its cap", "受上限约束"),
            Text("given up", "放弃价值"),
        ),
        [
            (
                *(use.id, use.owner, f"{use.rows:,}", f"{use.held_back:,}"),
                format_money(use.cost_cents, currency, speak.language),
            )
            for use in balance.levers
        ],
        right=(2, 3, 4),
    )
    cost = format_money(balance.lever_cost_cents, currency, speak.language)
    speak.say(
        Text(f"all levers together give up {cost} today", f"全部业务杠杆当日合计放弃价值{cost}")
    )


def rank_facts(action: Action) -> Mapping[str, Any]:
    """Weights and price as JSON values, None where the action has none."""
    return {
        "rank_cents": action.rank_cents,
        "weights": None if action.weights is None else asdict(action.weights),
        "price": None if action.price is None else asdict(action.price),
    }


def wait_facts(trail: Trail) -> Mapping[str, Any] | None:
    """The later contact as JSON values, None where nothing waits."""
    return None if trail.wait is None else asdict(trail.wait)


def price_words(price: Price) -> Text:
    """A price band in words."""
    bps = price.rate_bps if price.fee_bps is None else price.fee_bps
    kind = Text("rate", "利率") if price.fee_bps is None else Text("fee", "费率")
    share = f"{(bps or 0) / 100:.2f}%"
    return Text(
        f"price band '{price.band}': {kind.en} {share}", f"价格档次“{price.band}”:{kind.zh}{share}"
    )


def _rank_words(speak: Show, weights: Weights, currency: str) -> Iterator[Text]:
    def money(cents: int) -> str:
        return format_money(cents, currency, speak.language)

    if weights.traces:
        told = ", ".join(f"{name} x{factor:.3f}" for name, factor in weights.traces)
        yield Text(
            f"earlier answers multiply the propensity by {weights.influence:.3f} ({told})",
            f"既往反馈使倾向乘以{weights.influence:.3f}({told})",
        )
    levers, contexts = ", ".join(weights.levers), ", ".join(weights.contexts)
    if weights.formula == "pcvl":
        yield Text(
            f"P {weights.propensity:.4f} x C {weights.context:.2f} x V {money(weights.worth_cents)}"
            f" x L {weights.lever:.2f} = {money(weights.priority_cents)}",
            f"倾向P {weights.propensity:.4f} x 情境C {weights.context:.2f} x 价值V "
            f"{money(weights.worth_cents)} x 杠杆L {weights.lever:.2f} = "
            f"{money(weights.priority_cents)}",
        )
    elif weights.levers:
        yield Text(
            f"{money(weights.base_cents)} x {weights.lever:.2f} + {money(weights.lever_cents)} = "
            f"{money(weights.priority_cents)} in the ranking",
            f"{money(weights.base_cents)} x {weights.lever:.2f} + {money(weights.lever_cents)} = "
            f"{money(weights.priority_cents)}(排序值)",
        )
    if levers:
        yield Text(f"levers: {levers}", f"业务杠杆:{levers}")
    if contexts:
        yield Text(f"context weights: {contexts}", f"情境权重:{contexts}")
