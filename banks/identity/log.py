"""The log of identity: every merge and every person's decision, and what follows from them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_INSTANT = pa.timestamp("us", tz="UTC")
LOG_SCHEMA = pa.schema(
    [
        pa.field("event_id", pa.int64()),
        pa.field("happened_at", _INSTANT),
        pa.field("action", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("evidence", pa.string()),
        pa.field("source", pa.string()),
        pa.field("source_key", pa.string()),
        pa.field("with_source", pa.string()),
        pa.field("with_source_key", pa.string()),
        pa.field("customer_id", pa.int64()),
        pa.field("from_customer_id", pa.int64()),
        pa.field("by", pa.string()),
        pa.field("reason", pa.string()),
    ]
)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the log still holds people to.

    `apart` are pairs of customers that a person keeps apart; `accepted` are customers whose
    records a person put together though they may say different things.
    """

    apart: frozenset[frozenset[int]]
    accepted: frozenset[int]

    @property
    def kept(self) -> frozenset[int]:
        """Every customer that is kept apart from another."""
        return frozenset().union(*self.apart)

    def keep_apart(self, one: int, other: int) -> bool:
        """Whether a person said that these two customers are not one."""
        return frozenset((one, other)) in self.apart


def decisions(log: pa.Table) -> Decisions:
    """What follows from a log, read in its order.

    A customer that is merged into another takes along whom it is kept apart from; a link by hand
    takes back that very pair.
    """
    apart: defaultdict[int, set[int]] = defaultdict(set)
    accepted: set[int] = set()
    telling = log.filter(pc.is_valid(log["from_customer_id"]))
    columns = ("action", "customer_id", "from_customer_id")
    for action, into, left in zip(*(telling[name].to_pylist() for name in columns), strict=True):
        if action == "split":
            apart[into].add(left)
            apart[left].add(into)
            continue
        if action == "link":
            apart[into].discard(left)
            apart[left].discard(into)
        if action == "link" or left in accepted:
            accepted.add(into)
        for other in apart[left] - {into}:
            apart[into].add(other)
            apart[other].add(into)
    pairs = (frozenset((one, other)) for one, others in apart.items() for other in others)
    return Decisions(frozenset(pairs), frozenset(accepted))


def with_events(log: pa.Table, events: Iterable[Row]) -> pa.Table:
    """The log with further events behind, numbered on."""
    numbered = [
        {"event_id": number, **event} for number, event in enumerate(events, log.num_rows + 1)
    ]
    if not numbered:
        return log
    return pa.concat_tables([log, pa.Table.from_pylist(numbered, schema=LOG_SCHEMA)])


def evidence(rule: str, fingerprint: Row) -> str:
    """The key that two records share, masked, with the first signs of its hash."""
    masks = {
        "document": ("document", fingerprint["document_mask"], fingerprint["loose_document"]),
        "name_birth_phone": (
            "name, birth date and phone",
            fingerprint["phone_mask"],
            fingerprint["person_phone"],
        ),
        "name_birth_email": (
            "name, birth date and e-mail",
            fingerprint["email_mask"],
            fingerprint["person_email"],
        ),
    }
    what, mask, token = masks[rule]
    return f"{what} {mask} #{token[:4].hex()}"
