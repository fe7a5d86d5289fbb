"""What a person decides about identity: to take records out of a customer, or to put two together.

A decision is logged with who, when and why; later runs keep it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from banks.errors import IdentityError
from banks.identity.log import Row, with_events
from banks.identity.resolve import LINK_SCHEMA, Identities

HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class RecordKey:
    """A record by its source and the key it has there."""

    source: str
    source_key: str

    def __str__(self) -> str:
        return f"{self.source}:{self.source_key}"


@dataclass(frozen=True, slots=True)
class Word:
    """Who decided, why, and when."""

    by: str
    reason: str
    now: datetime

    def __post_init__(self) -> None:
        for name in ("by", "reason"):
            if not getattr(self, name).strip():
                raise IdentityError(
                    f"a decision about identity needs its {name}; write who decides and why"
                )


def unlink(
    identities: Identities,
    records: Sequence[RecordKey],
    word: Word,
    *,
    apart_from: RecordKey | None = None,
) -> Identities:
    """The identities after some records were taken out of their customer, together, as another.

    They get back the number that they had before a merge where nobody else has it, else a new one.
    From then on no run puts the two together. With `apart_from`, records of another customer than
    that record's stay where they are, and the two customers are kept apart.
    """
    links = identities.links
    rows = [_place(links, record) for record in dict.fromkeys(records)]
    customer = _one_customer(links, rows)
    other = customer if apart_from is None else _customer(links, _place(links, apart_from))
    if other != customer:
        return _logged(identities, "split", rows, (customer, other), word)
    if apart_from is not None and _place(links, apart_from) in rows:
        raise IdentityError(f"record {apart_from} cannot be kept apart from itself; name another")
    if pc.sum(pc.equal(links["customer_id"], customer)).as_py() == len(rows):
        raise IdentityError(
            f"these are all records of customer {customer}, so nothing is left to part them from; "
            "name some of them, or the record they are to be kept apart from"
        )
    number = _former_number(identities, rows, customer)
    moved = replace(identities, links=_renumbered(links, rows, number, word))
    return _logged(moved, "split", rows, (number, customer), word)


def link(identities: Identities, one: RecordKey, other: RecordKey, word: Word) -> Identities:
    """The identities after two records' customers became one, though rules would not have said so.

    The lower number stays; the records may contradict one another, for a person looked at them.
    """
    links = identities.links
    places = {
        _customer(links, place): place for place in (_place(links, one), _place(links, other))
    }
    if len(places) == 1:
        raise IdentityError(f"{one} and {other} are one customer already, {next(iter(places))}")
    stays, goes = sorted(places)
    rows = np.flatnonzero(links["customer_id"].to_numpy() == goes).tolist()
    moved = replace(identities, links=_renumbered(links, rows, stays, word))
    return _logged(moved, "link", [places[goes]], (stays, goes), word, beside=places[stays])


def parse_record(text: str) -> RecordKey:
    """The record that `source:key` names."""
    source, colon, key = text.partition(":")
    if not (source and colon and key):
        raise IdentityError(f"{text!r} names no record; write source:key, such as core:1001")
    return RecordKey(source, key)


def _place(links: pa.Table, record: RecordKey) -> int:
    same = pc.and_(
        pc.equal(links["source"], record.source), pc.equal(links["source_key"], record.source_key)
    )
    place: int = pc.index(same, value=True).as_py()
    if place < 0:
        sources = ", ".join(sorted(pc.unique(links["source"]).to_pylist())) or "none"
        raise IdentityError(
            f"record {record} is not among the links; write source:key; known sources: {sources}"
        )
    return place


def _customer(links: pa.Table, place: int) -> int:
    found: int = links["customer_id"][place].as_py()
    return found


def _one_customer(links: pa.Table, rows: Sequence[int]) -> int:
    customers = sorted({_customer(links, row) for row in rows})
    if len(customers) != 1:
        raise IdentityError(
            f"the records belong to customers {', '.join(map(str, customers)) or 'none'}; "
            "name records of one customer at a time"
        )
    return customers[0]


def _former_number(identities: Identities, rows: Sequence[int], customer: int) -> int:
    links = identities.links
    former = {links["first_id"][row].as_py() for row in rows} - {customer}
    taken = pc.is_in(pa.array(sorted(former), pa.int64()), value_set=links["customer_id"])
    if len(former) == 1 and not taken[0].as_py():
        number: int = former.pop()
        return number
    return identities.next_id


def _renumbered(links: pa.Table, rows: Sequence[int], number: int, word: Word) -> pa.Table:
    moved = np.zeros(links.num_rows, dtype=bool)
    moved[list(rows)] = True
    new = {
        "customer_id": pa.scalar(number, pa.int64()),
        "rule": pa.scalar(HAND),
        "linked_at": pa.scalar(word.now, LINK_SCHEMA.field("linked_at").type),
    }
    mask = pa.array(moved)
    columns = [
        pc.if_else(mask, new[name], links[name]) if name in new else links[name]
        for name in LINK_SCHEMA.names
    ]
    return pa.table(columns, schema=LINK_SCHEMA)


def _logged(
    identities: Identities,
    action: str,
    rows: Sequence[int],
    customers: tuple[int, int],
    word: Word,
    *,
    beside: int | None = None,
) -> Identities:
    links = identities.links.select(["source", "source_key"])
    other = {} if beside is None else links.slice(beside, 1).to_pylist()[0]
    events: list[Row] = [
        {
            "happened_at": word.now,
            "action": action,
            "rule": HAND,
            **links.slice(row, 1).to_pylist()[0],
            "with_source": other.get("source"),
            "with_source_key": other.get("source_key"),
            "customer_id": customers[0],
            "from_customer_id": customers[1],
            "by": word.by,
            "reason": word.reason,
        }
        for row in rows
    ]
    return replace(identities, log=with_events(identities.log, events))
