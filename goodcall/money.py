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
    return _with_unit("-" if cents < 0 and units else "", f"{units:,}", currency, language)


def format_price(cents: float, currency: str, language: Language) -> str:
    """A small amount for a person, with two decimals, or four where it is below one unit.

    >>> format_price(2.5, "CNY", "en"), format_price(-123_456, "CNY", "zh")
    ('CNY 0.0250', '-1,234.56元')
    """
    units = abs(cents) / 100
    said = f"{units:,.4f}" if 0 < units < 1 else f"{units:,.2f}"
    return _with_unit("-" if cents < 0 and units else "", said, currency, language)


def unit_of(currency: str, language: Language) -> str:
    """What stands beside an amount: `CNY`, or `元` in Chinese."""
    return _UNITS.get(currency, currency) if language == "zh" else currency


def _with_unit(sign: str, said: str, currency: str, language: Language) -> str:
    unit = unit_of(currency, language)
    return f"{sign}{said}{unit}" if language == "zh" else f"{sign}{unit} {said}"
