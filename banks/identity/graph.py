"""Which records hang together by shared keys, and which of them contradict one another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = frozenset[bytes]

TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of records that share a key; `left` is the first record of those that share it."""

    rule: str
    left: Ints
    right: Ints


@dataclass(frozen=True, slots=True)
class Known:
    """What the records of one customer, or one new record, say about who it is.

    `accepted` where a person linked them, so that what they say may differ among themselves.
    """

    births: Words
    lifelong: Words
    han_names: Words
    words_names: frozenset[Words]
    accepted: bool = False


def codes(column: pa.ChunkedArray | pa.Array) -> Ints:
    """A number for each value, the same for equal ones; -1 where there is none."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    indices = column.dictionary_encode().indices
    found: Ints = indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def edges_of(rule: str, column: pa.ChunkedArray, wanted: Bools | None = None) -> Edges:
    """An edge from the first record of each value of a column to every other of that value.

    Only `wanted` records are looked at. Their number grows with the records, not with the pairs.
    """
    values = codes(column)
    places = np.flatnonzero(values >= 0 if wanted is None else (values >= 0) & wanted)
    _, first, inverse = np.unique(values[places], return_index=True, return_inverse=True)
    left = places[first[inverse]]
    other = left != places
    return Edges(rule, left[other], places[other])


def components(count: int, left: Ints, right: Ints) -> Ints:
    """The least member of the connected part in which each of `count` nodes stands."""
    label = np.arange(count, dtype=np.int64)
    while True:
        least = np.minimum(label[left], label[right])
        before = label.copy()
        np.minimum.at(label, before[left], least)
        np.minimum.at(label, before[right], least)
        label = label[label]
        if np.array_equal(label, before):
            return label


def several(part: Ints, values: Ints, count: int) -> Bools:
    """For each of `count` parts, whether its members have two or more different values."""
    said = values >= 0
    width = int(values.max(initial=0)) + 1
    pairs = np.unique(part[said] * width + values[said])
    return np.bincount(pairs // width, minlength=count) > 1


def known_of(rows: Iterable[dict[str, bytes | None]], *, accepted: bool) -> Known:
    """What fingerprints say together."""
    rows = list(rows)
    return Known(
        births=_said(rows, "birth", "document_birth"),
        lifelong=_said(rows, "lifelong"),
        han_names=_said(rows, "han_name"),
        words_names=frozenset(_parts(name) for name in _said(rows, "words_name")),
        accepted=accepted,
    )


def contradictions(groups: Sequence[Known]) -> tuple[str, ...]:
    """Why these groups cannot all be one customer; empty where nothing speaks against it.

    Two dates of birth, two documents of which a person has only one, or two names of which neither
    holds the other's words contradict, between groups and within one that no person accepted.
    """
    distinct = list(dict.fromkeys(groups))
    found = []
    for field, reason in (
        ("births", "birth_dates_differ"),
        ("lifelong", "documents_differ"),
        ("han_names", "names_differ"),
    ):
        sets: list[Words] = [getattr(group, field) for group in distinct]
        within = any(
            len(said) > 1 and not group.accepted for said, group in zip(sets, distinct, strict=True)
        )
        if within or any(a and b and not a & b for a, b in combinations(set(sets), 2)):
            found.append(reason)
    if _names_differ(distinct) and "names_differ" not in found:
        found.append("names_differ")
    return tuple(found)


def _names_differ(groups: Sequence[Known]) -> bool:
    within = any(
        not _fits(a, b)
        for group in groups
        if not group.accepted
        for a, b in combinations(group.words_names, 2)
    )
    return within or any(
        not any(_fits(a, b) for a in one for b in other)
        for one, other in combinations({group.words_names for group in groups}, 2)
        if one and other
    )


def _fits(one: Words, other: Words) -> bool:
    return one <= other or other <= one


def _said(rows: Iterable[dict[str, bytes | None]], *fields: str) -> Words:
    return frozenset(value for row in rows for field in fields if (value := row[field]) is not None)


def _parts(name: bytes) -> Words:
    return frozenset(name[n : n + TOKEN_BYTES] for n in range(0, len(name), TOKEN_BYTES))
