"""One spelling of a telephone number, so that equal numbers are found however they were typed."""

import unicodedata

_LEAST, _MOST = 5, 18
_MOBILE_DIGITS = 11
MAINLAND = "86"


def e164(number: str, country: str = MAINLAND) -> str | None:
    """A number in the manner of E.164: the country's code and the rest; None where it is none.

    A number that names no country is one of `country`, whose trunk prefix 0 falls away. Full-width
    digits, spaces, dots, dashes and brackets do not count.

    >>> e164("138-0013-8000"), e164("+86 138 0013 8000"), e164("008613800138000")
    ('+8613800138000', '+8613800138000', '+8613800138000')
    >>> e164("(010) 6512 3456"), e164("+420 777 123 456"), e164("call me")
    ('+861065123456', '+420777123456', None)
    """
    plain = unicodedata.normalize("NFKC", number).strip()
    digits = "".join(sign for sign in plain if sign.isascii() and sign.isdigit())
    if plain.startswith("+"):
        whole = digits
    elif digits.startswith("00"):
        whole = digits[2:]
    elif country == MAINLAND and len(digits) == _MOBILE_DIGITS + 2 and digits.startswith("861"):
        whole = digits
    else:
        whole = country + digits.removeprefix("0")
    return f"+{whole}" if len(digits) >= _LEAST and len(whole) <= _MOST else None
