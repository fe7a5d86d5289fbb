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

# What may need a closer look: an at sign, or seven digits that nothing but space and dashes part.
_SUSPECT = re.compile(r"@|\d(?:[ -]?\d){6}")
_EDGE, _END = r"(?<![0-9A-Za-z_.])", r"(?![0-9A-Za-z_])"
_PATTERNS = (
    ("[mail]", re.compile(r"[^\s@<>,;:'\"]+@[^\s@<>,;:'\"]+\.\w+")),
    ("[document]", re.compile(rf"{_EDGE}\d{{17}}[\dXx]{_END}")),
    ("[card]", re.compile(rf"{_EDGE}(?:\d{{4}}[ -]?){{3}}\d{{3,7}}{_END}")),
    ("[phone]", re.compile(rf"(?:\+|{_EDGE}00)\d(?:[ -]?\d){{7,14}}{_END}")),
    ("[phone]", re.compile(rf"{_EDGE}(?:86[ -]?)?1[3-9]\d(?:[ -]?\d){{8}}{_END}")),
    ("[phone]", re.compile(rf"{_EDGE}0\d{{2,3}}[ -]\d{{7,8}}{_END}")),
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
    """
    if _SUSPECT.search(text) is None:
        return text
    for mark, pattern in _PATTERNS:
        text = pattern.sub(partial(_unless_own, mark), text)
    return text


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
