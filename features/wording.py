"""How a feature is told with its value: a sentence, the way up, the way down, and for nothing."""

import math
from dataclasses import dataclass
from typing import Literal

from goodcall.language import Language, Text
from goodcall.money import format_money

Unit = Literal["money", "log money", "count", "days", "years", "share", "change", "flag"]

_PERCENT, _LEAST = 0.01, 0.0005
# What is nearer to zero is written as zero: half a percent of change, half a cent, an hour.
_LEAST_SHOWN: dict[Unit, float] = {"change": 0.005, "money": 0.5, "log money": 0.4, "days": 0.05}
_UNIT_CENTS = 100


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a feature says: `{value}` stands for its number, `{s}` for an English plural's s.

    `none` is said of zero, `below` of a value below zero, whose sign it then says in words.
    """

    plain: Text
    none: Text | None = None
    below: Text | None = None


Told = tuple[str, ...]
LAST = "in the last {days} days"


def sentence(told: Told) -> Sentence:
    """The sentence told in English and Chinese: with the value, then for zero, then below zero."""
    return Sentence(*(Text(*told[place : place + 2]) for place in range(0, len(told), 2)))


def against(subject: Text, base: Text) -> Told:
    """Above, about the same as, or below what it is held against."""
    en, zh = f"{subject.en} {{value}} %s {base.en}", f"{subject.zh}较{base.zh}%s{{value}}"
    same = f"{subject.en} about the same as {base.en}", f"{subject.zh}与{base.zh}基本持平"
    return (en % "above", zh % "上升", *same, en % "below", zh % "下降")


def pace(en: str, zh: str, recent: int = 30) -> Told:
    """A recent stretch against the customer's own pace over the window."""
    return against(
        Text(f"{en} over the last {recent} days is", f"近{recent}天{zh}"),
        Text("the customer's own average of {days} days", "近{days}天自身平均水平"),
    )


def worded(
    said: Sentence, value: float, unit: Unit, days: int | None, currency: str
) -> Text | None:
    """A sentence with a value in it; None where it is missing or cannot be told.

    A share or a change below zero cannot be told by a sentence that has no words for it: the whole
    that it is a share of is itself below zero.
    """
    if math.isnan(value):
        return None
    told = said.plain
    nothing = abs(value) < _LEAST_SHOWN.get(unit, 0.0) or value == 0
    if nothing and said.none is not None:
        told = said.none
    elif value < 0 and said.below is not None:
        told, value = said.below, -value
    elif value < 0 and unit in ("share", "change"):
        return None
    en, zh = shown(value, unit, currency, "en"), shown(value, unit, currency, "zh")
    plural = "" if en in ("1", "-1") else "s"
    return Text(told.en.format(value=en, s=plural, days=days), told.zh.format(value=zh, days=days))


def shown(value: float, unit: Unit, currency: str, tongue: Language) -> str:
    """A value as people write it: whole units of money, percent, completed years."""
    if unit == "log money":
        value, unit = math.copysign(math.expm1(abs(value)), value), "money"
    if unit == "money":
        return _money(round(value), currency, tongue)
    if unit in ("share", "change"):
        return _percent(value)
    if unit == "flag":
        return ({"en": "yes", "zh": "是"} if value else {"en": "no", "zh": "否"})[tongue]
    if unit == "years":
        return f"{math.floor(value)}"
    return f"{value:,.1f}".removesuffix(".0")


def _money(cents: int, currency: str, tongue: Language) -> str:
    """Whole units; less than one with its cents, so that little is not said as nothing."""
    if not 0 < abs(cents) < _UNIT_CENTS:
        return format_money(cents, currency, tongue)
    one = format_money(_UNIT_CENTS if cents > 0 else -_UNIT_CENTS, currency, tongue)
    return one.replace("1", f"{abs(cents) / _UNIT_CENTS:.2f}")


def _percent(value: float) -> str:
    """Percent without decimals, with one below a percent, so that little is not said as nothing."""
    if 0 < value < _LEAST:
        return "<0.1%"
    return f"{value:.1%}" if 0 < abs(value) < _PERCENT else f"{value:,.0%}"
