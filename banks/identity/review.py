"""What a person has to look at: records that contradict, and records that may be one customer."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from banks.identity.graph import Ints, edges_of
from banks.identity.log import Decisions, Row
from banks.identity.people import Case, People

REVIEW_SCHEMA = pa.schema(
    [
        pa.field("case", pa.int64()),
        pa.field("kind", pa.string()),
        pa.field("why", pa.string()),
        pa.field("source", pa.string()),
        pa.field("source_key", pa.string()),
        pa.field("customer_id", pa.int64()),
        pa.field("document", pa.string()),
        pa.field("phone", pa.string()),
        pa.field("email", pa.string()),
    ]
)
# A key that only hints, and in which words it is told.
_HINTS = (
    ("loose_document", "same_document_without_birth_date"),
    ("person_phone", "same_name_birth_date_and_unverified_phone"),
    ("person_email", "same_name_birth_date_and_unverified_email"),
)


def review_table(
    people: People, given: Ints, cases: Sequence[Case], held: Decisions
) -> tuple[pa.Table, int]:
    """The open cases, a line for each record in them, and how many of them are suggestions.

    Contradictions come first. A suggestion is never merged: it names two records of customers
    that share a key which is not strong enough.
    """
    open_cases = [case for case in cases if case.open]
    pairs = list(_suggestions(people, given, cases, held))
    rows = [
        (number, "contradiction", "; ".join(case.reasons), row)
        for number, case in enumerate(open_cases, start=1)
        for row in case.rows
    ]
    rows += [
        (number, "probable", why, row)
        for number, (why, *pair) in enumerate(pairs, start=len(open_cases) + 1)
        for row in pair
    ]
    said = people.prints.take(pa.array([row for *_, row in rows], pa.int64())).to_pylist()
    lines = [_line(place, given, each) for place, each in zip(rows, said, strict=True)]
    return pa.Table.from_pylist(lines, schema=REVIEW_SCHEMA), len(pairs)


def _line(place: tuple[int, str, str, int], given: Ints, said: Row) -> Row:
    case, kind, why, row = place
    return {
        "case": case,
        "kind": kind,
        "why": why,
        "source": said["source"],
        "source_key": said["source_key"],
        "customer_id": int(given[row]),
        "document": said["document_mask"],
        "phone": said["phone_mask"],
        "email": said["email_mask"],
    }


def _suggestions(
    people: People, given: Ints, cases: Sequence[Case], held: Decisions
) -> Iterator[tuple[str, int, int]]:
    """Pairs of records of two customers that share a hint, a pair of customers once."""
    part_of_case = np.zeros(people.parts, dtype=bool)
    part_of_case[[case.part for case in cases]] = True
    seen: set[frozenset[int]] = set()
    for column, why in _HINTS:
        edges = edges_of(why, people.prints[column])
        differ = given[edges.left] != given[edges.right]
        together = people.part[edges.left] == people.part[edges.right]
        known = together & part_of_case[people.part[edges.left]]
        wanted = differ & ~known
        pairs = sorted(zip(edges.left[wanted].tolist(), edges.right[wanted].tolist(), strict=True))
        for one, other in pairs:
            customers = frozenset((int(given[one]), int(given[other])))
            if customers not in seen and customers not in held.apart:
                seen.add(customers)
                yield why, one, other
