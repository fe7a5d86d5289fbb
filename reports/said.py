"""A report's figures in words."""

from typing import Literal

from goodcall.language import Language
from goodcall.money import format_money, format_price

Kind = Literal["text", "count", "number", "fine", "share", "money", "price"]

_DECIMALS = {"count": 0, "number": 2, "fine": 4}


def figure(value: float, kind: Kind, currency: str, language: Language) -> str:
    """A figure as people read it: `money` and `price` are in cents, `share` between 0 and 1."""
    match kind:
        case "money":
            return format_money(round(value), currency, language)
        case "price":
            return format_price(value, currency, language)
        case "share":
            return f"{value:z.1%}"
        case "text":
            return str(value)
        case _:
            return f"{value:z,.{_DECIMALS[kind]}f}"
