"""To which groups a customer belonged as of a date: tier, region, age band and sex.

Groups serve evaluation only. They are no features, and no model sees them.
"""

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.asof import connect, known_before
from features.bank import Bank
from features.tables import TABLES
from features.tiers.review import tiers_of
from features.tiers.rules import TierRules, default_tier_rules
from goodcall.calendar import start_of_day

GROUPS = ("tier", "region", "age_band", "sex")
UNKNOWN = "unknown"
_BANDS = (18, 25, 35, 45, 55, 65)
_YEAR = 365.25
_CUSTOMER = ("birth_date", "stated_age", "sex", "branch_id", "happened_at")


def groups_of(bank: Bank, cohort: pa.Table, rules: TierRules | None = None) -> pa.Table:
    """The groups of each (customer_id, as_of) row of a cohort, in its order, as texts.

    Columns customer_id, as_of, tier, region, age_band and sex, by what was known before as_of;
    `unknown` where nothing was. The tier is that of `rules`, the shipped ones where none are given;
    where those count in another currency than the bank, every tier is unknown.
    """
    days = sorted(pc.unique(cohort["as_of"]).to_pylist())
    parts = {day: _known(bank, day) for day in days}
    place = np.arange(cohort.num_rows)
    keys = pa.table(
        {"customer_id": cohort["customer_id"], "as_of": cohort["as_of"], "place": place}
    )
    joined = [
        keys.filter(pc.equal(keys["as_of"], pa.scalar(day, pa.date32()))).join(
            parts[day], "customer_id"
        )
        for day in days
    ]
    found = _ordered(joined)
    texts = {name: pc.fill_null(found[name], UNKNOWN) for name in ("region", "age_band", "sex")}
    plain = {"customer_id": cohort["customer_id"], "as_of": cohort["as_of"]}
    tier = _tier(bank, cohort, rules or default_tier_rules())
    return pa.table({**plain, "tier": tier, **texts}).combine_chunks()


def age_band(age: float) -> str:
    """The band of an age in years.

    >>> [age_band(age) for age in (17.9, 18, 64, 65)]
    ['under 18', '18-24', '55-64', '65 and over']
    """
    place = int(np.searchsorted(_BANDS, age, side="right"))
    if place == 0:
        return f"under {_BANDS[0]}"
    if place == len(_BANDS):
        return f"{_BANDS[-1]} and over"
    return f"{_BANDS[place - 1]}-{_BANDS[place] - 1}"


def _known(bank: Bank, day: date) -> pa.Table:
    """Region, age band and sex of every customer known before a day."""
    at, backend = start_of_day(day, bank.manifest.zone), connect()
    rows: ir.Table = known_before(bank, backend, TABLES["customers"], at)
    found = rows.select("customer_id", *_CUSTOMER).to_pyarrow()
    regions: Mapping[int, str] = {}
    if "branches" in bank.tables:
        branches = known_before(bank, backend, TABLES["branches"], at).to_pyarrow()
        names = zip(branches["branch_id"].to_pylist(), branches["region"].to_pylist(), strict=True)
        regions = dict(names)
    return pa.table(
        {
            "customer_id": found["customer_id"],
            "region": pa.array(
                [regions.get(branch) for branch in found["branch_id"].to_pylist()], pa.string()
            ),
            "age_band": pa.array(
                [_band(row, day) for row in found.select(_CUSTOMER[:2]).to_pylist()], pa.string()
            ),
            "sex": found["sex"].cast(pa.string()),
        }
    )


def _band(row: Mapping[str, date | int | None], day: date) -> str | None:
    born, stated = row["birth_date"], row["stated_age"]
    if isinstance(born, date):
        return age_band((day - born).days / _YEAR)
    return age_band(stated) if isinstance(stated, int) else None


def _tier(bank: Bank, cohort: pa.Table, rules: TierRules) -> pa.Array:
    """Each row's tier, by its code."""
    if rules.currency != bank.manifest.currency:
        return pa.array([UNKNOWN] * cohort.num_rows, pa.string())
    rank = tiers_of(bank, cohort, rules)["tier_rank"].to_numpy()
    codes = np.array([*(tier.code for tier in rules.tiers), UNKNOWN])
    return pa.array(codes[np.where(np.isnan(rank), len(rules.tiers), rank).astype(np.int64)])


def _ordered(parts: list[pa.Table]) -> pa.Table:
    schema = pa.schema(
        [
            ("customer_id", pa.int64()),
            ("as_of", pa.date32()),
            ("place", pa.int64()),
            *((name, pa.string()) for name in GROUPS[1:]),
        ]
    )
    tables = [part.select(schema.names).cast(schema) for part in parts]
    return pa.concat_tables([schema.empty_table(), *tables]).sort_by("place")
