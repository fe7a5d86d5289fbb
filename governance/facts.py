"""What an audit line may tell: never a name, a telephone, a document number or free words."""

import math
import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import PurePath
from typing import Any

# Facts of these names are never kept, whatever they hold.
PERSONAL = frozenset({
    "account", "account_number", "address", "birth_date", "card", "card_number", "certificate",
    "customer_name", "date_of_birth", "document", "document_number", "email", "first_name",
    "full_name", "iban", "id_card", "id_number", "last_name", "mail", "mobile", "name", "note",
    "passport", "password", "phone", "phone_number", "resident_id", "secret", "telephone", "token",
    "wechat",
})  # fmt: skip
KEPT_OUT = "[kept out]"

# Full-width signs that stand in numbers; Unicode has them 0xFEE0 above the narrow ones.
_NARROW = {ord(sign) + 0xFEE0: sign for sign in "0123456789+-()./Xx"} | {0x3000: " ", 0xA0: " "}
# What parts the digits of a number anywhere; dots and slashes also stand in amounts and dates, so
# they count where they part a number in its usual groups.
_GAP = r"[ ()\-·]{0,3}"
# What may need a closer look: an at sign, or seven digits that only such signs part.
_SUSPECT = re.compile(r"@|\d(?:[ ()\-·./]{0,3}\d){6}")
_EDGE, _END = r"(?<![0-9A-Za-z_])(?<!\d\.)", r"(?![0-9A-Za-z_])"
_CHINA = r"(?:\(?(?:\+|00)?86\)?[ ()\-·./]{0,3})?"
_PATTERNS = (
    ("[mail]", re.compile(r"[^\s@<>,;:'\"]+@[^\s@<>,;:'\"]+\.\w+")),
    ("[document]", re.compile(rf"{_EDGE}\d{{6}}[ -]?\d{{8}}[ -]?\d{{3}}[ -]?[\dXx]{_END}")),
    ("[document]", re.compile(rf"{_EDGE}(?:[CDEGHMPSW]\d{{8}}|E[A-HJ-NP-Z]\d{{7}}){_END}")),
    ("[card]", re.compile(rf"{_EDGE}(?:\d{{4}}[ -]?){{3}}\d{{3,7}}{_END}")),
    ("[card]", re.compile(rf"{_EDGE}\d{{4}}([./])\d{{4}}\1\d{{4}}\1\d{{3,7}}{_END}")),
    ("[phone]", re.compile(rf"{_EDGE}{_CHINA}\(?1[3-9]\d(?:{_GAP}\d){{8}}{_END}")),
    (
        "[phone]",
        re.compile(
            rf"{_EDGE}{_CHINA}1[3-9]\d([./])"
            rf"(?:\d{{4}}\1\d{{4}}|\d{{3}}\1\d{{5}}|\d\d\1\d\d\1\d\d\1\d\d){_END}"
        ),
    ),
    ("[phone]", re.compile(rf"(?:\+|{_EDGE}00)\d(?:{_GAP}\d){{7,14}}{_END}")),
    ("[phone]", re.compile(rf"(?:\+|{_EDGE}00)\d{{1,3}}(?:[./]\d{{2,4}}){{2,5}}{_END}")),
    ("[phone]", re.compile(rf"{_EDGE}\(?0\d{{2,3}}[ ()\-·./]{{1,3}}\d{{3,4}}[ \-.]?\d{{4}}{_END}")),
)
# A number that one of the house's own words introduces is an id, however many digits it has.
_OWN = re.compile(r"(?:customer|contact|list|manager|staff|branch|plan|row|grant) \Z")


def logged(facts: Mapping[str, object]) -> dict[str, Any]:
    """The facts as a line may keep them: personal ones and what looks personal are kept out.

    Dates become text, sets sorted lists, NaN and infinity null. A name among other words cannot be
    told by its looks, so whoever records says who by a customer's id.
    """
    return {name: _fact(name, value) for name, value in facts.items()}


def masked(text: str) -> str:
    """A text in which telephones, document and card numbers and mail addresses are kept out.

    >>> masked("customer 13812345678 asked for 138 1234 5678, a.b@mail.example")
    'customer 13812345678 asked for [phone], [mail]'

    Where anything is, full-width digits of the rest become narrow ones.
    """
    plain = text.translate(_NARROW)
    if _SUSPECT.search(plain) is None:
        return text
    kept = plain
    for mark, pattern in _PATTERNS:
        kept = pattern.sub(partial(_unless_own, mark), kept)
    return text if kept == plain else kept


def _unless_own(mark: str, found: "re.Match[str]") -> str:
    number = found.group()
    before = found.string[: found.start()]
    return number if number.isdigit() and _OWN.search(before) else mark


def _fact(name: str, value: object) -> Any:  # noqa: ANN401 - any JSON value
    if name.lower() in PERSONAL and value not in (None, ""):
        return KEPT_OUT
    if isinstance(value, str):
        return masked(value)
    if value is None or isinstance(value, bool | int | float):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    if isinstance(value, Mapping):
        return {str(key): _fact(str(key), each) for key, each in value.items()}
    if isinstance(value, set | frozenset | list | tuple):
        ordered = sorted(value) if isinstance(value, set | frozenset) else value
        return [_fact(name, each) for each in ordered]
    if isinstance(value, date | PurePath):
        return masked(str(value))
    raise TypeError(f"fact {name!r} is a {type(value).__name__}, which an audit line cannot keep")
