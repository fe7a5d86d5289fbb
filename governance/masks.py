"""Cuts an answer down to the fields that somebody may see."""

from collections.abc import Iterable
from typing import Any

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


_NOTHING = object()


def _named(name: str, value: Any, pseudonyms: Pseudonyms) -> Any:  # noqa: ANN401 - any JSON
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return [_named(name, each, pseudonyms) for each in value]
    return pseudonyms.of(name, value)
