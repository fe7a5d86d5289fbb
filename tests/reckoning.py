"""Every aggregate a feature may use, declared for the engines and reckoned slowly from raw rows.

A row counts for a window of n days when it happened in [as_of - n days, as_of), both midnights of
the bank's zone, and was known before as_of; of the versions of one key, the one known last before
as_of counts. Nothing here is shared with an engine but the declarations.
"""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from statistics import correlation, fmean, pvariance, stdev
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa

from features.asof import connect
from features.bank import Bank
from features.contract import Table
from features.feature import Catalog, Feature, derived, feature
from features.rollup import Database, as_of_rolled_up
from features.tables import TRANSACTIONS

Row = dict[str, Any]
NAN = float("nan")
WINDOWS = (7, 30, 90)
CUSTOMERS = (1, 2, 3)
_WORDS = {"zh": "量", "concept": "x", "unit": "count", "purpose": "service"}


def mean(values: list[int]) -> float:
    return float(Fraction(sum(values), len(values))) if values else NAN


def spread(values: list[Any]) -> float:
    return stdev(values) if len(values) > 1 else NAN


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else NAN


def least(values: Any) -> float:
    return min(values, default=NAN)


def most(values: Any) -> float:
    return max(values, default=NAN)


def quantile(values: list[int], share: float) -> float:
    """The value at a share of the way through them in order, between two as a straight line."""
    if not values:
        return NAN
    ordered, place = sorted(values), share * (len(values) - 1)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def together(left: list[int], right: list[int]) -> float:
    return correlation(left, right) if len(set(left)) > 1 and len(set(right)) > 1 else NAN


def at_end(rows: list[Row], name: str, end: Callable[..., Any], by: str = "happened_at") -> Any:
    """Of the rows at the end of an order, the greatest value."""
    known = [row for row in rows if row[name] is not None]
    if not known:
        return NAN
    edge = end(row[by] for row in known)
    return max(row[name] for row in known if row[by] == edge)


def amounts(rows: list[Row]) -> list[int]:
    return [row["amount_cents"] for row in rows]


def card(row: Row) -> bool:
    return bool(row["kind"] == "card")


def cards(rows: list[Row]) -> list[int]:
    return [row["amount_cents"] for row in rows if card(row)]


def flags(rows: list[Row]) -> list[int]:
    return [int(row["planned"]) for row in rows if row["planned"] is not None]


def into(rows: list[Row]) -> list[int]:
    return [row["amount_cents"] for row in rows if row["amount_cents"] > 0]


def some(values: list[Any]) -> float:
    return sum(values) if values else NAN


Pair = tuple[Callable[[Any], Any], Callable[[list[Row]], float]]

# Aggregates whose states merge: the compiled kernel and the band roll-up compute them.
MERGING: dict[str, Pair] = {
    "rows": (lambda r: r.count(), len),
    "card_rows": (lambda r: r.count(where=r.kind == "card"), lambda r: len(cards(r))),
    "planned_rows": (lambda r: r.count(where=r.planned), lambda r: sum(flags(r))),
    "channels_known": (
        lambda r: r.channel.count(),
        lambda r: sum(row["channel"] is not None for row in r),
    ),
    "not_zero": (
        lambda r: r.amount_cents.nullif(0).count(),
        lambda r: sum(a != 0 for a in amounts(r)),
    ),
    "least_not_zero": (
        lambda r: r.amount_cents.nullif(0).min(),
        lambda r: least(a for a in amounts(r) if a),
    ),
    "total": (lambda r: r.amount_cents.sum(), lambda r: some(amounts(r))),
    "total_by_card": (
        lambda r: r.amount_cents.sum(where=r.kind == "card"),
        lambda r: some(cards(r)),
    ),
    "gross": (
        lambda r: (r.amount_cents.abs() * r.account_id).sum(),
        lambda r: some([abs(row["amount_cents"]) * row["account_id"] for row in r]),
    ),
    "mean_amount": (lambda r: r.amount_cents.mean(), lambda r: mean(amounts(r))),
    "mean_by_card": (
        lambda r: r.amount_cents.mean(where=r.kind == "card"),
        lambda r: mean(cards(r)),
    ),
    "lowest": (lambda r: r.amount_cents.min(), lambda r: least(amounts(r))),
    "highest_by_card": (
        lambda r: r.amount_cents.max(where=r.kind == "card"),
        lambda r: most(cards(r)),
    ),
    "deviation": (lambda r: r.amount_cents.std(), lambda r: spread(amounts(r))),
    "variance_by_card": (
        lambda r: r.amount_cents.var(where=r.kind == "card", how="pop"),
        lambda r: float(pvariance(cards(r))) if cards(r) else NAN,
    ),
    "days_since": (
        lambda r: r.days_ago.min(where=r.kind == "card"),
        lambda r: least(row["ago"] for row in r if card(row)),
    ),
    "days_back": (lambda r: r.days_ago.max(), lambda r: most(row["ago"] for row in r)),
    "days_with_any": (lambda r: r.days_ago.nunique(), lambda r: len({row["ago"] for row in r})),
    "days_with_card": (
        lambda r: r.days_ago.nunique(where=r.kind == "card"),
        lambda r: len({row["ago"] for row in r if card(row)}),
    ),
    "latest": (
        lambda r: r.amount_cents.argmax(r.happened_at),
        lambda r: at_end(r, "amount_cents", max),
    ),
    "earliest_by_card": (
        lambda r: r.amount_cents.argmin(r.happened_at, where=r.kind == "card"),
        lambda r: at_end([row for row in r if card(row)], "amount_cents", min),
    ),
    "ever_planned": (lambda r: r.planned.max(), lambda r: most(flags(r))),
    "share_planned": (lambda r: r.planned.cast("int64").mean(), lambda r: mean(flags(r))),
    "recent_cards": (
        lambda r: r.count(where=(r.kind == "card") & (r.days_ago < 3)),
        lambda r: sum(card(row) and row["ago"] < 3 for row in r),
    ),
}

# Aggregates that need all their rows at once: both engines join the rows that a date may see.
WHOLE: dict[str, Pair] = {
    "third": (lambda r: r.amount_cents.quantile(0.3), lambda r: quantile(amounts(r), 0.3)),
    "card_quarter": (
        lambda r: r.amount_cents.quantile(0.25, where=r.kind == "card"),
        lambda r: quantile(cards(r), 0.25),
    ),
    "kinds": (lambda r: r.kind.nunique(), lambda r: len({row["kind"] for row in r})),
    "channels": (
        lambda r: r.channel.nunique(where=r.amount_cents > 0),
        lambda r: len({x["channel"] for x in r if x["amount_cents"] > 0} - {None}),
    ),
    "paired": (
        lambda r: r.amount_cents.corr(r.account_id, how="pop"),
        lambda r: together(amounts(r), [row["account_id"] for row in r]),
    ),
    "thirds": (
        lambda r: (r.amount_cents / 3).sum(where=r.kind == "card"),
        lambda r: some([a / 3 for a in cards(r)]),
    ),
    "mean_third": (
        lambda r: (r.amount_cents / 3).mean(),
        lambda r: fmean(a / 3 for a in amounts(r)) if r else NAN,
    ),
    "least_third": (
        lambda r: (r.amount_cents / 3).min(),
        lambda r: least(a / 3 for a in amounts(r)),
    ),
    "deviation_of_thirds": (
        lambda r: (r.amount_cents / 3).std(where=r.kind == "card"),
        lambda r: spread([a / 3 for a in cards(r)]),
    ),
    "account_of_greatest": (
        lambda r: r.account_id.argmax(r.amount_cents),
        lambda r: at_end(r, "account_id", max, "amount_cents"),
    ),
    "account_of_least": (
        lambda r: r.account_id.argmin(r.amount_cents),
        lambda r: at_end(r, "account_id", min, "amount_cents"),
    ),
    "mean_age": (lambda r: r.days_ago.mean(), lambda r: mean([row["ago"] for row in r])),
    "older": (
        lambda r: r.count(where=r.days_ago >= 5),
        lambda r: sum(row["ago"] >= 5 for row in r),
    ),
}

# Formulas around aggregates.
FORMULAS: dict[str, Pair] = {
    "share_in": (
        lambda r: r.amount_cents.sum(where=r.amount_cents > 0) / r.amount_cents.sum(),
        lambda r: ratio(some(into(r)), some(amounts(r))),
    ),
    "positive": (
        lambda r: (r.amount_cents.sum() > 0).cast("int64"),
        lambda r: float(sum(amounts(r)) > 0),
    ),
    "log_in": (
        lambda r: r.amount_cents.sum(where=r.amount_cents > 0).fill_null(0).ln(),
        lambda r: math.log(sum(into(r))) if into(r) else NAN,
    ),
    "root": (
        lambda r: r.amount_cents.sum().sqrt(),
        lambda r: math.sqrt(sum(amounts(r))) if r and sum(amounts(r)) >= 0 else NAN,
    ),
    "greater": (
        lambda r: ibis.greatest(r.amount_cents.max(), r.amount_cents.min(where=r.kind == "card")),
        lambda r: most(amounts(r)),
    ),
    "cards_or_all": (
        lambda r: ibis.ifelse(
            r.count(where=r.kind == "card") > 2, r.amount_cents.max(), r.amount_cents.min()
        ),
        lambda r: most(amounts(r)) if len(cards(r)) > 2 else least(amounts(r)),
    ),
    "third_above": (
        lambda r: (r.amount_cents.quantile(0.3) > 0).cast("int64"),
        lambda r: float(quantile(amounts(r), 0.3) > 0),
    ),
    "third_and_rows": (
        lambda r: r.amount_cents.quantile(0.3).fill_null(-1) + r.count(),
        lambda r: (quantile(amounts(r), 0.3) if r else -1) + len(r),
    ),
}


def declared(pairs: dict[str, Pair], table: Table = TRANSACTIONS) -> tuple[Feature, ...]:
    """The features of some pairs, each over every window and over all that is known."""
    made: list[Feature] = []
    for name, (function, _) in pairs.items():
        function.__name__, function.__doc__ = name, name
        made += feature(table, windows=WINDOWS, **_WORDS)(function)
        made += feature(table, **_WORDS)(function)
    return tuple(made)


DERIVED: dict[str, tuple[tuple[str, ...], Callable[[Any], Any], Callable[..., float]]] = {
    "pace": (
        ("total_30d", "total_90d"),
        lambda row: row.total_30d * 3 / row.total_90d - 1,
        lambda month, quarter: ratio(month * 3, quarter) - 1,
    ),
    "livelier": (
        ("rows_7d", "mean_amount_90d"),
        lambda row: (row.rows_7d > row.mean_amount_90d).cast("int64"),
        lambda week, quarter: float(week > quarter),
    ),
}


def _derived(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    made: tuple[Feature, ...] = ()
    read = {item.name: item for item in features}
    for name, (inputs, function, _) in DERIVED.items():
        function.__name__, function.__doc__ = name, name
        made += derived(tuple(read[each] for each in inputs), **_WORDS)(function)
    return made


_MERGED = declared(MERGING)
MERGING_CATALOG = Catalog((*_MERGED, *_derived(_MERGED)))
WHOLE_CATALOG = Catalog((*declared(WHOLE), *declared(FORMULAS)))
CATALOG = Catalog((*MERGING_CATALOG.features, *WHOLE_CATALOG.features))


def reckoned(item: Feature, rows: list[Row], customer: int, day: date, zone: str) -> float:
    """A feature's value for a customer as of a day, from all rows of the table."""
    if item.reads:
        read = [CATALOG.by_name[name] for name in item.reads]
        return DERIVED[item.name][2](*(reckoned(f, rows, customer, day, zone) for f in read))
    stem = item.name.removesuffix(f"_{item.days}d")
    function = (MERGING | WHOLE | FORMULAS)[stem][1]
    return float(function(visible(rows, customer, day, item.days, zone)))


def visible(rows: list[Row], customer: int, day: date, days: int | None, zone: str) -> list[Row]:
    """The rows a feature may see, each with `ago`: midnights between it and the last moment."""
    at = midnight(day, zone)
    latest: dict[int, Row] = {}
    for row in sorted(rows, key=lambda row: row["known_at"]):
        if row["customer_id"] == customer and row["known_at"] < at:
            latest[row["transaction_id"]] = row
    last = local_day(at - timedelta(microseconds=1), zone)
    seen = [
        row | {"ago": (last - local_day(row["happened_at"], zone)).days}
        for row in latest.values()
        if row["happened_at"] < at
    ]
    if days is None:
        return seen
    begin = midnight(day - timedelta(days), zone)
    return [row for row in seen if row["happened_at"] >= begin]


def midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def everyone(days: list[date]) -> pa.Table:
    """A cohort of all customers, as of each day."""
    pairs = [(customer, day) for day in days for customer in CUSTOMERS]
    return pa.table(
        {
            "customer_id": pa.array([customer for customer, _ in pairs]),
            "as_of": pa.array([day for _, day in pairs], pa.date32()),
        }
    )


def differences(found: pa.Table, catalog: Catalog, rows: list[Row], zone: str) -> list[str]:
    """Each value that differs from the reckoned one, in words.

    Equal means to 1e-9 of the value, to 1e-9 near zero, and missing where it is missing.
    """
    wrong: list[str] = []
    for item in catalog.features:
        for customer, day, value in zip(
            *(found[name].to_pylist() for name in ("customer_id", "as_of", item.name)), strict=True
        ):
            expected = reckoned(item, rows, customer, day, zone)
            if not np.isclose(value, expected, rtol=1e-9, atol=1e-9, equal_nan=True):
                wrong.append(f"{item.name} of {customer} on {day}: {value}, not {expected}")
    return wrong


def by_rollup(bank: Bank, cohort: pa.Table, catalog: Catalog) -> pa.Table:
    """The band roll-up, on DuckDB."""
    backend = connect()
    database = Database(
        backend,
        lambda name, rows: backend.create_table(name, rows, temp=True, overwrite=True),
        lambda query: query.to_pyarrow(),
    )
    return as_of_rolled_up(bank, cohort, catalog, database=database)
