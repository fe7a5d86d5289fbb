"""Reads days and times of day as a bank's own files write them, and turns them into instants."""

import re
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from features.embedded import embedded
from goodcall.calendar import start_of_day

# Each part of a format, and what the text must be there. DuckDB then holds it against the
# calendar; the pattern makes 2026111 no day, which a parser alone would take for one.
KNOWN = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"\d{2}",
    "%-m": r"\d{1,2}",
    "%b": r"[A-Za-z]{3}",
    "%d": r"\d{2}",
    "%-d": r"\d{1,2}",
    "%H": r"\d{2}",
    "%-H": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%f": r"\d{1,6}",
    "%z": r"[+-]\d{2}:?\d{2}",
}
ISO_DAY = "%Y-%m-%d"
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
INSTANT = pa.timestamp("us", tz="UTC")
_PART = re.compile(r"%-?.")


def unknown_parts(written: str) -> tuple[str, ...]:
    """The parts of a format that are not among KNOWN."""
    return tuple(part for part in _PART.findall(written) if part not in KNOWN)


def has_hours(written: str) -> bool:
    """Whether a format tells the time of day."""
    return "%H" in written or "%-H" in written


def parse_times(text: pa.Array, written: str) -> pa.Array:
    """Texts as wall-clock times, or as UTC instants where the format has an offset.

    What the format does not write, or the calendar does not hold, is null.
    """
    parts = _PART.split(written)
    kinds = [*(KNOWN[part] for part in _PART.findall(written)), ""]
    pattern = "".join(re.escape(fixed) + kind for fixed, kind in zip(parts, kinds, strict=True))
    fits = pc.match_substring_regex(text, f"^{pattern}$")
    with embedded() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("written", pa.table({"word": pc.if_else(fits, text, None)}))
        query = "SELECT try_strptime(word, ?) AS t FROM written"
        found = connection.sql(query, params=[written]).to_arrow_table()
        times = found["t"].combine_chunks()
    return times.cast(INSTANT if "%z" in written else pa.timestamp("us"))


def instants_of(wall: pa.Array, zone: str) -> pa.Array:
    """Wall-clock times as UTC instants.

    A time that is shown twice is its first showing; one that daylight saving skips is the first
    instant after the gap.
    """
    there = pc.assume_timezone(wall, zone, ambiguous="earliest", nonexistent="latest")
    return there.cast(INSTANT)


def local_days(instants: pa.Array, zone: str) -> pa.Array:
    """The dates that a wall calendar in `zone` shows at instants."""
    return pc.local_timestamp(instants.cast(pa.timestamp("us", tz=zone))).cast(
        pa.date32(), safe=False
    )


def edges_of(days: pa.Array, zone: str, *, edge: str, later: int = 0) -> pa.Array:
    """The instant at which each local day begins, or its last second, `later` days after."""
    known = pc.unique(days.drop_null())
    moved = [day + timedelta(days=later) for day in known.to_pylist()]
    if edge == "begin":
        instants = [start_of_day(day, zone) for day in moved]
    else:
        second = timedelta(seconds=1)
        instants = [start_of_day(day + timedelta(days=1), zone) - second for day in moved]
    return pa.array(instants, INSTANT).take(pc.index_in(days, value_set=known))
