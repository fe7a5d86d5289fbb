"""Cuts an answer down to the fields, and the names of rules, that somebody may see."""

from collections.abc import Iterable
from typing import Any

from goodcall import Text
from governance.pseudonyms import Pseudonyms

# A field that is kept whole is None; else the fields within it that are kept.
Mask = dict[str, "Mask | None"]


def mask_of(fields: Iterable[str]) -> Mask:
    """The mask of dotted names; a name keeps everything below it."""
    mask: Mask = {}
    # The short names first: what they keep whole needs nothing said of what is within.
    for name in sorted(fields, key=lambda each: each.count(".")):
        inner: Mask | None = mask
        *above, last = name.split(".")
        for part in above:
            inner = None if inner is None else inner.setdefault(part, {})
        if inner is not None:
            inner[last] = None
    return mask


def masked(body: Any, mask: Mask | None) -> Any:  # noqa: ANN401 - any JSON
    """What a mask keeps of an answer: lists are walked, what is not named falls away.

    Where fields within something are named and a plain value stands there, it falls away too; only
    null stays what it is.
    """
    if mask is None or body is None:
        return body
    if isinstance(body, dict):
        return {
            name: kept
            for name, inner in mask.items()
            if name in body and (kept := masked(body[name], inner)) is not _NOTHING
        }
    if isinstance(body, list | tuple):
        return [kept for each in body if (kept := masked(each, mask)) is not _NOTHING]
    return _NOTHING


def without_rules(body: Any, untold: frozenset[str]) -> Any:  # noqa: ANN401 - any JSON
    """An answer in which no rule or code of `untold` is named: `not_possible_now` stands there.

    Looked at is what stands under `failing`, `mind`, and `because` with its words.
    """
    if isinstance(body, list | tuple):
        return [without_rules(each, untold) for each in body]
    if not isinstance(body, dict):
        return body
    kept = {name: without_rules(value, untold) for name, value in body.items()}
    if isinstance(kept.get("failing"), list):
        kept["failing"] = _neutral(kept["failing"], untold)
    if isinstance(kept.get("mind"), list):
        kept["mind"] = [each for each in kept["mind"] if each not in untold]
    if kept.get("because") in untold:
        kept["because"] = NOT_NOW
        if kept.get("because_text") is not None:
            kept["because_text"] = {"en": _NOT_NOW.en, "zh": _NOT_NOW.zh}
    return kept


def without_numbers(body: Any, ids: frozenset[str], pseudonyms: Pseudonyms) -> Any:  # noqa: ANN401 - any JSON
    """An answer in which every number under one of the names `ids` is its pseudonym."""
    if isinstance(body, dict):
        return {
            name: _named(name, value, pseudonyms)
            if name in ids
            else without_numbers(value, ids, pseudonyms)
            for name, value in body.items()
        }
    if isinstance(body, list | tuple):
        return [without_numbers(each, ids, pseudonyms) for each in body]
    return body


NOT_NOW = "not_possible_now"
_NOT_NOW = Text("not possible now", "暂时不可联系")
_NOTHING = object()


def _neutral(failing: list[Any], untold: frozenset[str]) -> list[Any]:
    """Rules, each alone or with its code, in which one neutral word stands for all of `untold`."""
    found: list[Any] = []
    for each in failing:
        said = set(each.values()) if isinstance(each, dict) else {each}
        if not said & untold:
            told = each
        elif isinstance(each, dict):
            told = {name: NOT_NOW if name == "rule" else None for name in each}
        else:
            told = NOT_NOW
        if told not in found:
            found.append(told)
    return found


def _named(name: str, value: Any, pseudonyms: Pseudonyms) -> Any:  # noqa: ANN401 - any JSON
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return [_named(name, each, pseudonyms) for each in value]
    return pseudonyms.of(name, value)
