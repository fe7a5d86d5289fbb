"""Names, document numbers, phones and addresses in the one form in which records are compared."""

import re
import unicodedata
from datetime import date

# Letters that Unicode does not take apart into a plain letter and an accent.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]")
_NOT_WORD = re.compile(r"[\W_]+")
_RESIDENT = re.compile(r"\d{17}[\dX]")
_FIRM = re.compile(r"[0-9ABCDEFGHJKLMNPQRTUWXY]{18}")
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
_FIRM_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_OLD_LENGTH = 15
_LEAST_PHONE_DIGITS = 7
_LEAST_DOCUMENT_SIGNS = 5
_MOBILE_DIGITS = 11


def name_form(name: str) -> tuple[str, tuple[str, ...]]:
    """The script of a name (`han` or `words`) and its parts, in an order that does not matter.

    A name with Chinese signs is those signs, whatever stands between or behind them; any other is
    its words without accents, case or punctuation, in alphabetical order.

    >>> name_form("张 伟"), name_form("NOVÁK，Jan") == name_form("Jan  Novák")
    (('han', ('张伟',)), True)
    """
    folded = unicodedata.normalize("NFKC", name)
    if signs := "".join(_HAN.findall(folded)):
        return "han", (signs,)
    apart = unicodedata.normalize("NFKD", folded.casefold().translate(_PLAIN))
    letters = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return "words", tuple(sorted(_NOT_WORD.sub(" ", letters).split()))


def is_full_name(script: str, parts: tuple[str, ...]) -> bool:
    """Whether a name says enough to tell people apart: two signs, or two words without initials."""
    if script == "han":
        return len(parts[0]) > 1
    return sum(len(part) > 1 for part in parts) > 1


def document_form(kind: str, number: str) -> str | None:
    """A document's number as it is compared; None where it cannot be one.

    A resident ID is its 18 signs, an old one of 15 digits turned into them; its check sign must
    fit, and that of a business licence too.

    >>> document_form("resident_id", "11010519491231002x")
    '11010519491231002X'
    >>> document_form("resident_id", "110105 491231 002")
    '11010519491231002X'
    """
    signs = _NOT_WORD.sub("", unicodedata.normalize("NFKC", number)).upper()
    if kind == "resident_id":
        return _resident(signs)
    if kind == "business_licence":
        return signs if _FIRM.fullmatch(signs) and _firm_check(signs) == signs[-1] else None
    return signs if len(signs) >= _LEAST_DOCUMENT_SIGNS and len(set(signs)) > 1 else None


def resident_birth(number: str) -> date:
    """The date of birth that a resident ID in its compared form carries."""
    return date.fromisoformat(number[6:14])


def phone_form(phone: str) -> str | None:
    """A phone number's digits without the prefix of mainland China; None where it cannot be one.

    >>> phone_form("+86 138-0013-8000"), phone_form("０１３８００１３８０００")
    ('13800138000', '13800138000')
    """
    digits = "".join(s for s in unicodedata.normalize("NFKC", phone) if s.isascii() and s.isdigit())
    bare = digits.lstrip("0")
    if len(bare) == _MOBILE_DIGITS + 2 and bare.startswith("861"):
        bare = bare[2:]
    return bare if len(bare) >= _LEAST_PHONE_DIGITS and len(set(bare)) > 1 else None


def email_form(address: str) -> str | None:
    """An e-mail address without case; None where it cannot be one.

    >>> email_form(" Wei.Zhang＠Example.COM "), email_form("none")
    ('wei.zhang@example.com', None)
    """
    folded = unicodedata.normalize("NFKC", address).strip().casefold()
    name, at, host = folded.partition("@")
    return folded if name and at and "." in host and "@" not in host else None


def _resident(signs: str) -> str | None:
    if len(signs) == _OLD_LENGTH and signs.isascii() and signs.isdigit():
        longer = f"{signs[:6]}19{signs[6:]}"
        signs = longer + _resident_check(longer)
    if not (signs.isascii() and _RESIDENT.fullmatch(signs)):
        return None
    if _resident_check(signs[:17]) != signs[17]:
        return None
    try:
        resident_birth(signs)
    except ValueError:
        return None
    return signs


def _resident_check(digits: str) -> str:
    """The check sign of GB 11643-1999 (ISO 7064, MOD 11-2)."""
    weighed = sum(w * int(d) for w, d in zip(_RESIDENT_WEIGHTS, digits, strict=True))
    return _RESIDENT_CHECKS[weighed % 11]


def _firm_check(signs: str) -> str:
    """The check sign of GB 32100-2015 (MOD 31, weights are powers of 3)."""
    weighed = sum(pow(3, n, 31) * _FIRM_SIGNS.index(s) for n, s in enumerate(signs[:17]))
    return _FIRM_SIGNS[-weighed % 31]
