"""The law of time for every kind of aggregate: two engines against a slow reading of raw rows."""

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from builders import a_table, a_transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reckoning import (
    CATALOG,
    CUSTOMERS,
    MERGING_CATALOG,
    WHOLE_CATALOG,
    Row,
    by_rollup,
    differences,
    everyone,
    midnight,
)

from features.asof import as_of
from features.bank import Bank, Manifest
from features.feature import ALLOWED_REDUCTIONS, Catalog
from features.measure import terms

World = tuple[str, list[Row], list[date]]
INSTANT = timedelta(microseconds=1)
# Days near which windows begin or end across a change of clocks, and a zone that has none.
DAYS = {
    "Asia/Shanghai": date(2026, 6, 1),
    "Europe/Prague": date(2026, 3, 31),
    "America/New_York": date(2025, 11, 4),
    "Pacific/Auckland": date(2026, 4, 6),
    "America/Santiago": date(2025, 9, 9),  # 7 September 2025 began at 01:00
}


@st.composite
def worlds(draw: Any) -> World:
    """A zone, rows of transactions with late ones and corrections, and the dates that ask."""
    zone = draw(st.sampled_from(sorted(DAYS)))
    offsets = draw(st.sets(st.integers(-9, 9), min_size=1, max_size=3))
    days = [DAYS[zone] + timedelta(n) for n in offsets]
    rows: list[Row] = []
    for number in range(draw(st.integers(0, 40))):
        happened = draw(moments(zone, days))
        known = draw(known_of(happened, zone, days))
        row = {"transaction_id": number, "customer_id": draw(st.sampled_from(CUSTOMERS[:2]))}
        for version in range(draw(st.sampled_from((1, 1, 2, 3)))):
            if version:
                happened = draw(st.just(happened) | moments(zone, days))
                known = max(known + INSTANT, draw(known_of(known, zone, days)))
            rows.append(row | {"happened_at": happened, "known_at": known} | draw(facts()))
    return zone, rows, days


def moments(zone: str, days: list[date]) -> st.SearchStrategy[Any]:
    """Instants at and around midnights, the windows' edges among them."""
    backs = st.sampled_from((0, 0, 1, 2, 3, 6, 7, 7, 8, 29, 30, 31, 90, 91, 200))
    starts = st.builds(
        lambda day, back: midnight(day - timedelta(back), zone), st.sampled_from(days), backs
    )
    near = (0 * INSTANT, 0 * INSTANT, -INSTANT, INSTANT, timedelta(hours=2, minutes=30))
    return st.builds(lambda at, by: at + by, starts, st.sampled_from(near))


def known_of(happened: Any, zone: str, days: list[date]) -> st.SearchStrategy[Any]:
    """At once, soon, at the very moment of an as_of, or even before it happened."""
    soon = (0 * INSTANT, INSTANT, timedelta(hours=20), timedelta(days=-9))
    later = st.sampled_from(soon).map(lambda by: happened + by)
    return later | st.sampled_from(days).map(lambda day: midnight(day, zone))


def facts() -> st.SearchStrategy[Row]:
    amount = st.sampled_from((0, 1, -1, 500, 500, -70_000)) | st.integers(-(10**9), 10**9)
    return st.fixed_dictionaries(
        {
            "account_id": st.integers(1, 4),
            "amount_cents": amount,
            "kind": st.sampled_from(("card", "card", "cash", "transfer")),
            "initiated_by": st.just("customer"),
            "channel": st.sampled_from((None, "mobile", "atm")),
            "planned": st.sampled_from((None, True, False)),
        }
    )


def law(examples: int) -> Any:
    """The same examples in every run."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, derandomize=True, suppress_health_check=checks)


def wrong(engine: Any, catalog: Catalog, world: World) -> list[str]:
    """Where an engine differs from the slow reading of the same rows."""
    zone, rows, _ = world
    return differences(found_by(engine, catalog, world), catalog, rows, zone)


def found_by(engine: Any, catalog: Catalog, world: World) -> pa.Table:
    """What an engine finds in a bank of these rows, read as they stand within a customer."""
    zone, rows, days = world
    span = (date(2020, 1, 1), date(2030, 1, 1))
    manifest = Manifest("law", zone, "CNY", *span, "a test", ("transactions",))
    with tempfile.TemporaryDirectory() as folder:
        bank = Bank(Path(folder), manifest)
        table = a_table("transactions", rows).sort_by("customer_id")
        pq.write_table(table, bank.file("transactions"))
        found: pa.Table = engine(bank, everyone(days), catalog)
        return found


@law(20)
@given(world=worlds())
def test_the_kernel_adds_up_what_the_law_lets_it_see(world):
    """Every measure over every window equals the slow reading, on the compiled kernel."""
    assert wrong(as_of, MERGING_CATALOG, world) == []


@law(5)
@given(world=worlds())
def test_the_join_sees_what_the_law_lets_it_see(world):
    """Aggregates without a state, and formulas, equal the slow reading."""
    assert wrong(as_of, WHOLE_CATALOG, world) == []


def test_the_order_of_rows_changes_no_byte():
    """Rows of a customer may stand in any order: the last digit of a deviation stays the same."""
    zone, day = "Asia/Shanghai", DAYS["Asia/Shanghai"]
    draw = np.random.default_rng(7)
    begun = midnight(day - timedelta(5), zone)
    rows: list[Row] = []
    for number in range(60):
        happened = begun + timedelta(hours=number // 2)
        amount = int(draw.lognormal(12, 2))
        row = a_transaction(number, happened_at=happened, amount_cents=amount, kind="card")
        rows.append(row | {"customer_id": CUSTOMERS[0], "channel": "atm", "planned": None})
    mixed = [rows[place] for place in draw.permutation(len(rows))]
    first = found_by(as_of, MERGING_CATALOG, (zone, rows, [day]))
    second = found_by(as_of, MERGING_CATALOG, (zone, mixed, [day]))
    for name in first.column_names:
        assert first[name].to_numpy().tobytes() == second[name].to_numpy().tobytes(), name


@law(7)
@given(world=worlds())
def test_bands_roll_up_into_what_the_law_lets_windows_see(world):
    """Every measure over every window equals the slow reading, added up by bands in SQL."""
    assert wrong(by_rollup, MERGING_CATALOG, world) == []


@law(5)
@given(world=worlds())
def test_the_roll_up_takes_the_rest_from_the_rows_of_each_window(world):
    """Aggregates without a state, and formulas, equal the slow reading in SQL too."""
    assert wrong(by_rollup, WHOLE_CATALOG, world) == []


def test_every_allowed_aggregate_is_reckoned():
    """An aggregate enters the list of allowed ones together with its slow reading here."""
    nodes = [node for item in CATALOG.features for node in item.value.find(ops.Reduction)]
    assert {type(node) for node in nodes} == set(ALLOWED_REDUCTIONS)


def test_the_merging_catalogue_merges():
    """The measures reach the kernel, so that its laws are not those of the join."""
    plain = [item for item in MERGING_CATALOG.features if not item.reads]
    assert [item.name for item in plain if terms(item) is None] == []
