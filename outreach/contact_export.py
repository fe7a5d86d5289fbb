"""The ledger's contacts in the form of the raw table `contacts`, so that the loop closes."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Row

from outreach.lots import FIRST_LOT_ID, PROBABILITY

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


def contacts_from(events: Iterable[Row[Any]], lots: Iterable[Row[Any]] = ()) -> pa.Table:
    """A version of each contact for every second at which it changed, sorted as the raw table is.

    A version tells the state at the latest moment that was known of by then, so that an outcome
    that is recorded late never undoes what came after it. `attributes` keeps household and family
    as they were at the contact.

    The first contact of a row that a lot chose is `randomised`, with its probability among the
    lot's two. The other of the two stands as `cancelled` without an outcome, and one whom the lot
    chose and nobody contacted as `cancelled`, NOT_WORKED: what the lot drew counts, not what became
    of it. A lot whose row may still be worked is not told of yet, nor is its control.
    """
    told = list(events)
    first = _first_contacts(told)
    pairs = [pair for pair in _pairs(lots) if pair[0].request_id in first or pair[0].ended_at]
    drawn = {first[one.request_id] for one, _ in pairs if one.request_id in first}
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
            **_chance(randomised=event.contact_id in drawn),
            "time_precision": "second",
            "attributes": json.dumps(
                {"family": event.family, "household_id": event.household_id},
                separators=(",", ":"),
            ),
        }
        for event, known_at in _versions(told)
    ]
    for one, other in pairs:
        if one.request_id not in first:
            rows.append(_uncontacted(one, "NOT_WORKED", one.ended_at))
        rows.append(_uncontacted(other, None, other.published_at))
    rows.sort(key=lambda row: (row["customer_id"], row["known_at"], row["contact_id"]))
    return pa.Table.from_pylist(rows, schema=CONTACT_COLUMNS)


def _first_contacts(events: Iterable[Row[Any]]) -> dict[str, int]:
    """The first contact of each listed row, by the row's request id."""
    first: dict[str, int] = {}
    for event in events:
        row_id = (event.request_id or "").partition("#")[0]
        first[row_id] = min(event.contact_id, first.get(row_id, event.contact_id))
    return first


def _pairs(lots: Iterable[Row[Any]]) -> Iterator[tuple[Row[Any], Row[Any]]]:
    """Who was contacted and who was left alone, of lots in that order."""
    two = iter(lots)
    return zip(two, two, strict=True)


def _uncontacted(lot: Row[Any], outcome: str | None, known_at: str) -> dict[str, Any]:
    """A contact that a lot drew and nobody made, known once its day had come."""
    happened_at = datetime.fromisoformat(lot.allowed_from)
    return {
        "contact_id": FIRST_LOT_ID + lot.lot_id,
        "customer_id": lot.customer_id,
        "happened_at": happened_at,
        "known_at": max(happened_at, datetime.fromisoformat(known_at)),
        "channel": lot.channel,
        "direction": "outbound",
        "category": "marketing",
        "state": "cancelled",
        "purpose": lot.purpose,
        "offer_code": lot.offer_code,
        "outcome": outcome,
        "point_id": lot.point_id,
        "staff_id": None,
        **_chance(randomised=True),
        "time_precision": "second",
        "attributes": None,
    }


def _chance(*, randomised: bool) -> dict[str, Any]:
    return {"randomised": randomised, "probability": PROBABILITY if randomised else None}


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
