"""Everyone known, by the numbers they had and the keys they share, and what contradicts in it."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banks.identity.graph import (
    Bools,
    Edges,
    Ints,
    Known,
    codes,
    components,
    contradictions,
    edges_of,
    known_of,
    several,
)
from banks.identity.log import Decisions

_SAYING = ("birth", "document_birth", "lifelong", "han_name", "words_name")
KEPT_APART = "kept_apart_by_hand"


@dataclass(frozen=True, slots=True)
class People:
    """Every record, sorted by source and key, and what it hangs together with.

    `ids` are the numbers that records had before, -1 for a new one. `group` tells former customers
    and new records apart; `part` is what strong keys join, so a part holds one group or more.
    """

    prints: pa.Table
    ids: Ints
    group: Ints
    part: Ints
    strong: tuple[Edges, ...]

    @property
    def groups(self) -> int:
        """How many former customers and new records there are."""
        return int(self.group.max(initial=-1)) + 1

    @property
    def parts(self) -> int:
        """One more than the highest number of a part."""
        return int(self.part.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class Case:
    """A part in which no new merge may happen, and why.

    It is not `open` where a person has kept all of its groups apart already.
    """

    part: int
    rows: tuple[int, ...]
    reasons: tuple[str, ...]
    open: bool


def people_of(prints: pa.Table, links: pa.Table) -> People:
    """The records with these fingerprints as the earlier links and the strong keys place them."""
    place = pc.index_in(row_keys(prints), value_set=row_keys(links))
    found = links["customer_id"].take(place)
    ids: Ints = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    group = np.unique(np.where(ids >= 0, ids, -2 - np.arange(len(ids))), return_inverse=True)[1]
    strong = (
        edges_of("document", prints["document"]),
        edges_of("name_birth_phone", prints["person_phone"], flags(prints["phone_verified"])),
        edges_of("name_birth_email", prints["person_email"], flags(prints["email_verified"])),
    )
    left = np.concatenate([group[edges.left] for edges in strong])
    right = np.concatenate([group[edges.right] for edges in strong])
    joined = components(int(group.max(initial=-1)) + 1, left, right)
    return People(prints, ids, group, joined[group], strong)


def cases_of(people: People, held: Decisions) -> list[Case]:
    """The parts in which something contradicts or a person keeps groups apart, by first record."""
    suspect = np.flatnonzero(_suspect(people, held))
    rows = np.flatnonzero(np.isin(people.part, suspect))
    rows = rows[np.argsort(people.part[rows], kind="stable")]
    said = people.prints.select(_SAYING).take(pa.array(rows)).to_pylist()
    ends = np.searchsorted(people.part[rows], suspect, side="right").tolist()
    found, start = [], 0
    for part, end in zip(suspect.tolist(), ends, strict=True):
        case = _case(people, held, part, rows[start:end], said[start:end])
        start = end
        if case is not None:
            found.append(case)
    return sorted(found, key=lambda case: case.rows)


def row_keys(table: pa.Table) -> pa.Array:
    """One text for the source and key of each row."""
    joined = pc.binary_join_element_wise(table["source"], table["source_key"], "\x1f")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def flags(column: pa.ChunkedArray) -> Bools:
    """A column of flags as numpy has them."""
    found: Bools = column.to_numpy().astype(bool)
    return found


def _suspect(people: People, held: Decisions) -> Bools:
    """For each part, whether a closer look is needed: values that differ, or a person's word."""
    count, prints = people.parts, people.prints
    births = codes(pa.chunked_array([*prints["birth"].chunks, *prints["document_birth"].chunks]))
    suspect = several(np.tile(people.part, 2), births, count)
    for name in ("lifelong", "han_name", "words_name"):
        suspect |= several(people.part, codes(prints[name]), count)
    kept = np.isin(people.ids, np.fromiter(held.kept, dtype=np.int64))
    suspect[people.part[kept]] = True
    return suspect & (np.bincount(people.part, minlength=count) > 1)


def _case(
    people: People, held: Decisions, part: int, rows: Ints, said: list[dict[str, bytes | None]]
) -> Case | None:
    groups: dict[int, list[dict[str, bytes | None]]] = {}
    for row, words in zip(rows.tolist(), said, strict=True):
        groups.setdefault(int(people.group[row]), []).append(words)
    ids = {int(people.group[row]): int(people.ids[row]) for row in rows}
    known: list[Known] = [
        known_of(words, accepted=ids[group] in held.accepted) for group, words in groups.items()
    ]
    pairs = [held.keep_apart(ids[one], ids[other]) for one, other in combinations(groups, 2)]
    reasons = contradictions(known)
    if any(pairs):
        reasons = (*reasons, KEPT_APART)
    if not reasons:
        return None
    settled = bool(pairs) and all(pairs) and not any(contradictions([one]) for one in known)
    return Case(part, tuple(rows.tolist()), reasons, not settled)
