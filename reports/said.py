"""A report's figures in words."""

from typing import Literal

from goodcall.language import Language
from goodcall.money import format_money

Kind = Literal["text", "count", "number", "share", "money"]


def figure(value: float, kind: Kind, currency: str, language: Language) -> str:
    """A figure as people read it: `money` is in cents, `share` between 0 and 1."""
    match kind:
        case "money":
            return format_money(round(value), currency, language)
        case "share":
            return f"{value:.1%}"
        case "number":
            return f"{value:,.4f}"
        case "count":
            return f"{value:,.0f}"
        case "text":
            return str(value)
