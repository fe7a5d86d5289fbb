"""A day's plan in words: its funnel, what it is worth, how near the best it is, what was scarce."""

from collections.abc import Sequence

from cli import words
from cli.ranks import print_levers
from cli.show import Show
from goodcall import Text, format_money
from outreach import (
    Balance,
    LimitUse,
)
from reports import FunnelReport

_MOST_REASONS = 3


def print_funnel(speak: Show, report: FunnelReport) -> None:
    """The funnel: how many customers each step let through, and why not more."""
    speak.heading(Text(f"Funnel of {report.day}", f"{report.day}决策漏斗"))
    speak.table(
        (Text("step", "环节"), Text("customers", "客户数"), Text("left out", "剔除")),
        [
            (words.STEPS["population"], f"{report.funnel.population:,}", ""),
            *(
                (
                    words.STEPS[step.name],
                    f"{step.passed:,}",
                    _drops(speak, step.drops),
                )
                for step in report.funnel.steps
            ),
            (words.STEPS["listed"], f"{report.funnel.listed:,}", ""),
        ],
        right=(1,),
    )
    lists = {name: rows for name, rows in report.rows_by_list.items() if rows}
    speak.say(
        Text(
            f"{report.funnel.listed:,} rows on {len(lists)} lists, policy {report.policy_version}",
            f"共{len(lists)}份名单{report.funnel.listed:,}行,规则版本{report.policy_version}",
        )
    )


def print_balance(speak: Show, balance: Balance, currency: str) -> None:
    """What the day's contacts are worth, how far from the best they can be, and what was scarce."""
    worth = format_money(balance.value_cents, currency, speak.language)
    most = format_money(round(balance.bound_cents), currency, speak.language)
    speak.say(
        Text(
            f"expected value {worth}; no other plan within the same limits exceeds {most} "
            f"(gap at most {balance.gap:.2%})",
            f"预期价值{worth};同等限制下任何方案不超过{most}(最优差距至多{balance.gap:.2%})",
        )
    )
    if balance.expected_cents not in (None, balance.value_cents):
        expected = format_money(balance.expected_cents or 0, currency, speak.language)
        speak.say(
            Text(
                f"these are priorities, with the policy's levers and weights; the value that is "
                f"expected is {expected}",
                f"以上为含业务杠杆与权重的排序值;实际预期价值为{expected}",
            )
        )
    if balance.drawn:
        given = format_money(balance.lot_cost_cents, currency, speak.language)
        speak.say(
            Text(
                f"{balance.drawn} places went to lots, to learn from, which gives up {given}",
                f"其中{balance.drawn}个名额随机抽取用于学习,让渡价值{given}",
            )
        )
    if balance.limits:
        speak.table(
            (
                Text("limit", "限额"),
                Text("amount", "额度"),
                Text("taken", "已用"),
                Text("one more is worth", "边际价值"),
            ),
            [_limit_row(speak, use, currency) for use in balance.limits],
            right=(1, 2, 3),
        )
    print_levers(speak, balance, currency)


def _limit_row(speak: Show, use: LimitUse, currency: str) -> tuple[str, str, str, str]:
    unit = "" if use.unit is None else f" {use.unit}"
    least = Text(" at least", " 至少").to(speak.language) if use.minimum else ""
    short = Text(f" ({use.short} short)", f" (缺{use.short})").to(speak.language)
    price = format_money(round(use.price), currency, speak.language)
    return (
        f"{use.name}{unit}{least}",
        f"{use.amount:,}",
        f"{use.taken:,}{short if use.short else ''}",
        "–" if use.minimum else price,
    )


def _drops(speak: Show, drops: Sequence[tuple[str, int]]) -> str:
    said = [f"{count:,} {word_of(speak, code)}" for code, count in drops[:_MOST_REASONS]]
    rest = sum(count for _, count in drops[_MOST_REASONS:])
    if rest:
        said.append(Text(f"{rest:,} other", f"其他{rest:,}").to(speak.language))
    return ", ".join(said)


def word_of(speak: Show, code: str) -> str:
    """A reason by its code, in the language that is spoken."""
    word = words.reason(code)
    return word.to(speak.language) if isinstance(word, Text) else word
