"""The benchmark's columns in SQL, as somebody who knows DuckDB well would write them by hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from benchmarks.features_columns import BANDS, COLUMNS, MEASURES, Column, Mask, Operation, in_sql
from goodcall.calendar import start_of_day

# The distinct days of a band are the bits of one 64-bit number.
_MOST_DAYS = 64
_DAY_MICROSECONDS = 86_400_000_000

_PLAIN: dict[Operation, str] = {
    "sum": "coalesce(sum(amount_cents) {kept}, 0)",
    "count": "count(*) {kept}",
    "min": "min(amount_cents) {kept}",
    "max": "max(amount_cents) {kept}",
    "mean": "avg(amount_cents) {kept}",
    "std": "stddev_samp(amount_cents) {kept}",
    "active_days": "count(DISTINCT age) {kept}",
    "days_since": "min(age) {kept}",
}
# Sums of whole cents are exact as DOUBLE below 2^53 and cost far less there than as HUGEINT; sums
# of squares are not, and a spread of two nearly equal amounts would lose its digits. A CASE costs
# a little less than a FILTER.
_PARTIAL = {
    "total": "sum(CASE WHEN {kept} THEN amount_cents::DOUBLE END)",
    "squares": "sum(CASE WHEN {kept} THEN amount_cents * amount_cents END)",
    "rows": "count(CASE WHEN {kept} THEN 1 END)::DOUBLE",
    "least": "min(CASE WHEN {kept} THEN amount_cents END)::DOUBLE",
    "most": "max(CASE WHEN {kept} THEN amount_cents END)::DOUBLE",
    "days": "bit_count(bit_or(CASE WHEN {kept} THEN day_bit END))::DOUBLE",
    "since": "min(CASE WHEN {kept} THEN age END)::DOUBLE",
}
_ROLLED: dict[Operation, str] = {
    "sum": "coalesce({total}, 0)",
    "count": "coalesce({rows}, 0)",
    "min": "{least}",
    "max": "{most}",
    "mean": "{total} / nullif({rows}, 0)",
    "std": (
        "sqrt(({rows}::HUGEINT * {squares} - {total}::HUGEINT * {total}::HUGEINT)::DOUBLE"
        " / nullif({rows} * ({rows} - 1), 0))"
    ),
    "active_days": "coalesce({days}, 0)",
    "days_since": "{since}",
}
_NEEDS: dict[Operation, tuple[str, ...]] = {
    "sum": ("total",),
    "count": ("rows",),
    "min": ("least",),
    "max": ("most",),
    "mean": ("total", "rows"),
    "std": ("rows", "total", "squares"),
    "active_days": ("days",),
    "days_since": ("since",),
}


def scan(file: Path) -> str:
    """Every column that the work reads, read and summed, and nothing else."""
    return f"""
SELECT sum(customer_id), sum(epoch_us(happened_at)), sum(epoch_us(known_at)), sum(amount_cents),
    sum(strlen(kind)), sum(strlen(initiated_by)), sum(strlen(channel)), sum(strlen(counterparty))
FROM '{file}'"""


def filters(file: Path, day: date, zone: str) -> str:
    """One aggregate with one FILTER a column."""
    columns = ", ".join(f"({_filtered(column)})::DOUBLE AS {column.name}" for column in COLUMNS)
    return f"""
SELECT customer_id, DATE '{day}' AS as_of, {columns}
FROM (SELECT *, {_age(day, zone)} AS age FROM '{file}' WHERE {_known(day, zone)})
GROUP BY customer_id"""


def bands(file: Path, day: date, zone: str) -> str:
    """Each row aggregated once, by customer and band of days; bands rolled up into windows."""
    flags = ", ".join(f"({in_sql(mask)}) AS {_flag(mask)}" for mask in _masks() if mask)
    partials = ", ".join(dict.fromkeys(_partials()))
    columns = ", ".join(f"({_rolled(column)})::DOUBLE AS {column.name}" for column in COLUMNS)
    edges = (f"WHEN happened_at >= {_instant(day, n, zone)} THEN {n}" for n in _cuts())
    return f"""
WITH known AS (
    SELECT customer_id, amount_cents, {_age(day, zone)} AS age, {flags},
        CASE {" ".join(edges)} END AS band
    FROM '{file}' WHERE {_known(day, zone)}
), banded AS (
    SELECT customer_id, band, {partials}
    FROM (SELECT *, 1::UBIGINT << (age % {_MOST_DAYS})::INTEGER AS day_bit FROM known)
    GROUP BY customer_id, band
)
SELECT customer_id, DATE '{day}' AS as_of, {columns} FROM banded GROUP BY customer_id"""


def _filtered(column: Column) -> str:
    kept = f"FILTER (WHERE age < {column.days} AND {in_sql(column.measure.mask)})"
    return _PLAIN[column.measure.operation].format(kept=kept)


def _partials() -> Iterator[str]:
    for measure in MEASURES:
        kept = _flag(measure.mask) if measure.mask else "true"
        for part in _NEEDS[measure.operation]:
            yield f"{_PARTIAL[part].format(kept=kept)} AS {_partial(part, measure.mask)}"


def _rolled(column: Column) -> str:
    operation, mask = column.measure.operation, column.measure.mask
    merged = {
        part: f"{_MERGE.get(part, 'sum')}({_partial(part, mask)}) "
        f"FILTER (WHERE band <= {column.days})"
        for part in _NEEDS[operation]
    }
    return _ROLLED[operation].format(**{part: f"({sql})" for part, sql in merged.items()})


_MERGE = {"least": "min", "most": "max", "since": "min"}


def _cuts() -> list[int]:
    """The ends of the bands; those in which days are counted hold no more days than bits."""
    counted = max(c.days for c in COLUMNS if c.measure.operation == "active_days")
    cuts = set(BANDS)
    for begin, end in pairwise((0, *BANDS)):
        cuts |= set(range(begin + _MOST_DAYS, end, _MOST_DAYS)) if end <= counted else set()
    return sorted(cuts)


def _masks() -> list[Mask]:
    return list(dict.fromkeys(measure.mask for measure in MEASURES))


def _flag(mask: Mask) -> str:
    return f"kept_{_masks().index(mask)}"


def _partial(part: str, mask: Mask) -> str:
    return f"{part}_{_masks().index(mask)}"


def _known(day: date, zone: str) -> str:
    at, reach = _instant(day, 0, zone), _instant(day, BANDS[-1], zone)
    return f"happened_at < {at} AND known_at < {at} AND happened_at >= {reach}"


def _age(day: date, zone: str) -> str:
    """Whole days before as_of; exact in a zone whose days all have 24 hours."""
    return (
        f"(epoch_us({_instant(day, 0, zone)}) - 1 - epoch_us(happened_at)) // {_DAY_MICROSECONDS}"
    )


def _instant(day: date, back: int, zone: str) -> str:
    at: datetime = start_of_day(day - timedelta(back), zone)
    return f"TIMESTAMPTZ '{at.isoformat()}'"
