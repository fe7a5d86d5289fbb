"""Money: integer cents inside, words for people outside."""

from goodcall.language import Language

_UNITS = {"CNY": "元", "CZK": "克朗", "EUR": "欧元"}


def format_money(cents: int, currency: str, language: Language) -> str:
    """An amount for a person, rounded to whole units of the currency.

    >>> format_money(123_456_78, "CNY", "zh")
    '123,457元'
    >>> format_money(-250_000, "CNY", "en")
    '-CNY 2,500'
    """
    units = (abs(cents) + 50) // 100
    sign = "-" if cents < 0 and units else ""
    if language == "zh":
        return f"{sign}{units:,}{_UNITS.get(currency, currency)}"
    return f"{sign}{currency} {units:,}"
