"""One spelling of a telephone number, so that equal numbers are found however they were typed."""

import re
import unicodedata
from functools import lru_cache

_LEAST, _MOST = 5, 15
_MAINLAND = "86"
# A national number of mainland China without its trunk 0; with the country's code it is longer.
_NATIONAL_DIGITS = 11
_BETWEEN = str.maketrans("", "", " .·()")
_LONGEST_TYPED = 64
_EXTENSIONS = (
    re.compile(r"(?P<number>.+?)(?:ext\.?|x|#|转|轉|分机)\s*(?P<extension>[0-9]{1,6})"),
    # An area, its seven or eight digits, and another group: 0755-86012345-801.
    re.compile(r"(?P<number>\(?0[1-9][0-9]{1,2}\)? ?[2-8][0-9]{6,7}) (?P<extension>[0-9]{3,6})"),
)


def e164(number: str) -> str | None:
    """A number as E.164 has it: the country's code and the rest; None of what is no number.

    A number that names no country is one of mainland China, whose trunk prefix 0 falls away, behind
    the country's code too; a bracketed (0) does in every country. Full-width digits, spaces, dots,
    dashes and brackets do not count. An extension follows as RFC 3966 writes it. What holds other
    signs, such as a mask's asterisks, is no number: its digits alone could be another's.

    >>> e164("138-0013-8000"), e164("+86 138 0013 8000"), e164("008613800138000")
    ('+8613800138000', '+8613800138000', '+8613800138000')
    >>> e164("(010) 6512 3456"), e164("+420 777 123 456"), e164("138****8000")
    ('+861065123456', '+420777123456', None)
    >>> e164("010-65123456 转 801")
    '+861065123456;ext=801'
    """
    plain = _plain(number)
    marked = next(filter(None, (each.fullmatch(plain) for each in _EXTENSIONS)), None)
    whole = _whole(marked["number"] if marked else plain)
    if whole is None or marked is None:
        return whole
    return f"{whole};ext={marked['extension']}"


@lru_cache(maxsize=10_000)
def one_spelling(number: str) -> str:
    """A number as E.164 has it, one of mainland China without its code; no number as it stands.

    So are mobile numbers mostly typed: rows that were kept under a number as typed fit it.

    >>> one_spelling("+86 138-0013-8000"), one_spelling("0044 20 79460958"), one_spelling("none")
    ('13800138000', '+442079460958', 'none')
    """
    whole = e164(number)
    return number if whole is None else whole.removeprefix(f"+{_MAINLAND}")


def _plain(number: str) -> str:
    """What was typed, in narrow signs: invisible ones gone, every space and dash a space."""
    narrow = unicodedata.normalize("NFKC", number[: _LONGEST_TYPED + 1]).casefold()
    kinds = ((sign, unicodedata.category(sign)) for sign in narrow)
    shown = (" " if kind in ("Zs", "Pd") else sign for sign, kind in kinds if kind != "Cf")
    return "".join(shown).strip()


def _whole(said: str) -> str | None:
    abroad = said.startswith("+")
    digits = said.removeprefix("+").replace("(0)", "").translate(_BETWEEN)
    if not (digits.isascii() and digits.isdigit()) or len(digits) < _LEAST:
        return None
    if not abroad and digits.startswith("00"):
        abroad, digits = True, digits.removeprefix("00")
    if not abroad and digits.startswith(_MAINLAND) and len(digits) > _NATIONAL_DIGITS:
        abroad = True
    whole = digits if abroad else _MAINLAND + digits
    if whole.startswith(_MAINLAND):
        whole = _MAINLAND + whole.removeprefix(_MAINLAND).removeprefix("0")
    return f"+{whole}" if len(whole) <= _MOST else None
