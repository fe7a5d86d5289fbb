"""Source records of invented people, for tests of identity."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from banks.identity.prints import RECORD_SCHEMA
from banks.identity.resolve import Identities, Resolution, resolve
from governance import PartialMasker

KEY = b"a key that only tests know"
KNOWN = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
RUN = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
_WEIGHTS = [2 ** (17 - n) % 11 for n in range(17)]


def a_resident_id(born: date = date(1990, 5, 31), serial: int = 1, area: str = "110101") -> str:
    """A resident ID of an invented person, its check sign by ISO 7064."""
    digits = f"{area}{born:%Y%m%d}{serial:03d}"
    rest = sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % 11
    return digits + "10X98765432"[rest]


def a_record(source: str = "core", source_key: str = "1", **facts: Any) -> dict[str, Any]:
    """A record that was known on 5 January 2026."""
    if "document_number" in facts:
        facts.setdefault("document_type", "resident_id")
    return {"source": source, "source_key": source_key, "known_at": KNOWN} | facts


def records(*rows: dict[str, Any]) -> pa.Table:
    """Records as Arrow."""
    return pa.Table.from_pylist(list(rows), schema=RECORD_SCHEMA)


def resolved(
    *rows: dict[str, Any], earlier: Identities | None = None, days: int = 0, key: bytes = KEY
) -> Resolution:
    """What a run makes of records, some days after the first run."""
    return resolve(
        records(*rows),
        earlier or Identities(),
        key=key,
        masker=PartialMasker(),
        now=RUN + timedelta(days=days),
    )


def numbers(found: Resolution | Identities) -> dict[str, int]:
    """The customer of each record, by source:key."""
    links = found.identities.links if isinstance(found, Resolution) else found.links
    return {f"{r['source']}:{r['source_key']}": r["customer_id"] for r in links.to_pylist()}


def groups(found: Resolution | Identities) -> set[frozenset[str]]:
    """Who is one customer, whatever the numbers."""
    by_number: dict[int, set[str]] = {}
    for record, number in numbers(found).items():
        by_number.setdefault(number, set()).add(record)
    return {frozenset(members) for members in by_number.values()}
