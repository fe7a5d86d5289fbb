"""The ledger's contacts in the form of the raw table `contacts`, so that the loop closes."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Row

_TEXT, _INSTANT = pa.string(), pa.timestamp("us", tz="UTC")
CONTACT_COLUMNS = pa.schema(
    [
        pa.field("contact_id", pa.int64()),
        pa.field("customer_id", pa.int64()),
        pa.field("happened_at", _INSTANT),
        pa.field("known_at", _INSTANT),
        pa.field("channel", _TEXT),
        pa.field("direction", _TEXT),
        pa.field("category", _TEXT),
        pa.field("state", _TEXT),
        pa.field("purpose", _TEXT),
        pa.field("offer_code", _TEXT),
        pa.field("outcome", _TEXT),
        pa.field("point_id", pa.int64()),
        pa.field("staff_id", pa.int64()),
        pa.field("randomised", pa.bool_()),
        pa.field("probability", pa.float64()),
        pa.field("time_precision", _TEXT),
        pa.field("attributes", _TEXT),
    ]
)


def contacts_from(events: Iterable[Row[Any]]) -> pa.Table:
    """A version of each contact for every second at which it changed, sorted as the raw table is.

    A version tells the state at the latest moment that was known of by then, so that an outcome
    that is recorded late never undoes what came after it. The ledger's contacts are chosen by value
    and not by lot; `attributes` keeps household and family as they were at the contact.
    """
    rows = [
        {
            "contact_id": event.contact_id,
            "customer_id": event.customer_id,
            "happened_at": datetime.fromisoformat(event.happened_at),
            "known_at": known_at,
            "channel": event.channel,
            "direction": event.direction,
            "category": event.category,
            "state": event.state,
            "purpose": event.purpose,
            "offer_code": event.offer_code,
            "outcome": event.outcome,
            "point_id": event.point_id,
            "staff_id": event.staff_id,
            "randomised": False,
            "probability": None,
            "time_precision": "second",
            "attributes": json.dumps(
                {"family": event.family, "household_id": event.household_id},
                separators=(",", ":"),
            ),
        }
        for event, known_at in _versions(events)
    ]
    rows.sort(key=lambda row: (row["customer_id"], row["known_at"], row["contact_id"]))
    return pa.Table.from_pylist(rows, schema=CONTACT_COLUMNS)


def _versions(events: Iterable[Row[Any]]) -> Iterator[tuple[Row[Any], datetime]]:
    """Each second at which something of a contact became known, with what stood then.

    The events come by their own moments; the last of those known by a second stands.
    """
    of_contact: dict[int, list[Row[Any]]] = {}
    for event in events:
        of_contact.setdefault(event.contact_id, []).append(event)
    for told in of_contact.values():
        for known_at in sorted({event.recorded_at for event in told}):
            standing = [event for event in told if event.recorded_at <= known_at][-1]
            yield standing, datetime.fromisoformat(known_at)
