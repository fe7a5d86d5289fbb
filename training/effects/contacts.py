"""A bank's lot: contacts drawn at random, and what came of those made and of those left alone.

In `contacts` a row with randomised = true was drawn by lot. One that the lot left alone stands as
`cancelled` without an outcome; every other one counts as drawn to be made, whether it reached
anybody or not, since who can be reached is no longer chance. What came after is told by
training.labels, and here for harm.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.bank import Bank
from features.embedded import embedded
from goodcall.calendar import start_of_day
from goodcall.vocabulary import FAMILIES, REFUSALS
from models.matrix import keys_of, matrix_of
from training.dataset import FeatureNames
from training.definitions.definition import ChurnLabel, PurchaseLabel
from training.definitions.horizon import Horizon
from training.effects.lot import Arm, EffectSet, checked
from training.errors import BadTrainingSet, NotRandomised
from training.labels import label

Harm = Literal["opt_out", "complaint"]
QUARTER, MONTH = Horizon(90), Horizon(30)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows of effect sets are from: a bank, its lot, and features as of each contact.

    `features` holds a row for every row of `cohort_of(lot)`; `absent` names the columns for which
    the bank has no source.
    """

    bank: Bank
    lot: pa.Table
    features: pa.Table
    catalog: FeatureNames
    absent: Collection[str] = ()


def lot_of(bank: Bank) -> pa.Table:
    """The contacts that a lot drew, as known today, by as_of and customer.

    contact_id, customer_id, as_of (the contact's local date), treated, probability, family (null
    where nothing was offered), purpose, channel. NotRandomised when there is none.
    """
    with closing(embedded()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in ("contacts", "offers", "products"):
            connection.register(table, bank.read(table))
        lot = connection.sql(_LOT, params={"zone": bank.manifest.zone}).to_arrow_table()
    if not lot.num_rows:
        raise NotRandomised(
            f"none of the {bank.read('contacts').num_rows} contacts of {bank.manifest.name} was "
            "chosen by lot, so the effect of a contact cannot be learned; let a share of the "
            "capacity go at random, and keep whom the lot left alone as cancelled contacts"
        )
    return lot


def cohort_of(lot: pa.Table) -> pa.Table:
    """The (customer_id, as_of) rows of a lot, each once: as of the morning of the contact."""
    keys = ["customer_id", "as_of"]
    return (
        lot.group_by(keys)
        .aggregate([])
        .select(keys)
        .sort_by([("as_of", "ascending"), ("customer_id", "ascending")])
    )


def purchase_set(source: Source, horizon: Horizon = QUARTER) -> EffectSet:
    """Whether the family offered was bought within the horizon, by family and channel."""
    parts, excluded = bought_after(source.bank, source.lot, horizon)
    if not parts:
        raise NotRandomised(
            "the lot drew no offer whose product has a family; fill contacts.offer_code, and the "
            "tables offers and products"
        )
    rows = pa.concat_tables(parts)
    return _effect_set(source, rows, _Told("buys", "family", horizon, excluded, wanted=True))


def leaving_set(source: Source, definition: ChurnLabel) -> EffectSet:
    """Whether the customer left, by purpose and channel."""
    rows, excluded = left_after(source.bank, source.lot, definition)
    about = _Told("leaves", "purpose", definition.horizon, excluded, wanted=False)
    return _effect_set(source, rows, about)


def bought_after(
    bank: Bank, lot: pa.Table, horizon: Horizon = QUARTER
) -> tuple[list[pa.Table], Counter[str]]:
    """The rows of a lot with y, whether the family offered was bought; a table a family.

    Rows without an outcome are left out, and counted by reason.
    """
    families = lot["family"].to_pylist()
    offered = sorted({family for family in families if family is not None}, key=FAMILIES.index)
    parts, excluded = [], Counter[str]()
    for family in offered:
        rows = lot.filter(pc.equal(lot["family"], family))
        told = label(bank, cohort_of(rows), PurchaseLabel(family, horizon))
        parts.append(_with_outcome(rows, told.rows))
        excluded.update(told.excluded)
    return parts, excluded


def left_after(
    bank: Bank, lot: pa.Table, definition: ChurnLabel
) -> tuple[pa.Table, Mapping[str, int]]:
    """The rows of a lot with y, whether the customer left; those left out counted by reason."""
    told = label(bank, cohort_of(lot), definition)
    return _with_outcome(lot, told.rows), told.excluded


def harm_set(source: Source, harm: Harm, horizon: Horizon = MONTH) -> EffectSet:
    """Whether the customer opted out, or complained, within the horizon, by purpose and channel.

    An opt-out is a refusal of a channel or of all, an unsubscription, a consent taken back or a
    do-not-call; a complaint is a case, or a contact that ended in one.
    """
    cohort = cohort_of(source.lot)
    rows, censored = _harmed(source.bank, cohort, harm, horizon)
    excluded = {"censored": censored} if censored else {}
    about = _Told(harm, "purpose", horizon, excluded, wanted=False, additive=True)
    return _effect_set(source, _with_outcome(source.lot, rows), about)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an effect set is about: its outcome, and the column that tells its arms apart."""

    outcome: str
    what: str
    horizon: Horizon
    excluded: Mapping[str, int]
    wanted: bool
    additive: bool = False


_LOT = """
WITH latest AS (
    SELECT contact_id, max_by(contacts, known_at) AS c FROM contacts GROUP BY contact_id
),
offered AS (SELECT offer_code, max_by(product_id, known_at) AS product_id FROM offers GROUP BY ALL),
kept AS (SELECT product_id, max_by(family, known_at) AS family FROM products GROUP BY ALL)
SELECT contact_id, c.customer_id AS customer_id,
       CAST(timezone($zone, c.happened_at) AS DATE) AS as_of,
       c.state <> 'cancelled' OR c.outcome IS NOT NULL AS treated,
       c.probability AS probability, family, coalesce(c.purpose, 'offer') AS purpose,
       c.channel AS channel
FROM latest LEFT JOIN offered ON c.offer_code = offered.offer_code LEFT JOIN kept USING (product_id)
WHERE c.randomised
ORDER BY as_of, c.customer_id, contact_id
"""
_OPT_OUTS = """
SELECT customer_id, happened_at FROM contacts WHERE list_contains($refusals, outcome)
UNION ALL
SELECT customer_id, happened_at FROM consents WHERE action IN ('revoke', 'dnc')
"""
_COMPLAINTS = """
SELECT customer_id, happened_at FROM contacts WHERE outcome = 'COMPLAINT'
UNION ALL
SELECT customer_id, happened_at FROM cases WHERE kind = 'complaint'
"""
_HARMED = """
SELECT cohort.customer_id, cohort.as_of, count(harms.happened_at) > 0 AS y
FROM cohort JOIN windows USING (as_of)
LEFT JOIN harms
    ON harms.customer_id = cohort.customer_id
    AND harms.happened_at >= begins AND harms.happened_at < ends
GROUP BY ALL
"""


def _harmed(bank: Bank, cohort: pa.Table, harm: Harm, horizon: Horizon) -> tuple[pa.Table, int]:
    """The cohort's rows whose horizon is over, with y, and how many are left out."""
    days = pc.unique(cohort["as_of"]).to_pylist()
    until, zone = bank.manifest.last_day + timedelta(days=1), bank.manifest.zone
    over = [day for day in days if horizon.after(day) <= until]
    windows = pa.table(
        {
            "as_of": pa.array(over, pa.date32()),
            "begins": pa.array([start_of_day(day, zone) for day in over], _INSTANT),
            "ends": pa.array([start_of_day(horizon.after(day), zone) for day in over], _INSTANT),
        }
    )
    with closing(embedded()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in ("contacts", "consents", "cases"):
            connection.register(table, bank.read(table))
        connection.register("cohort", cohort)
        connection.register("windows", windows)
        if harm == "opt_out":
            harms = connection.sql(_OPT_OUTS, params={"refusals": list(REFUSALS)})
        else:
            harms = connection.sql(_COMPLAINTS)
        connection.register("harms", harms.to_arrow_table())
        rows = connection.sql(_HARMED).to_arrow_table()
    return rows, cohort.num_rows - rows.num_rows


_INSTANT = pa.timestamp("us", tz="UTC")


def _with_outcome(lot: pa.Table, rows: pa.Table) -> pa.Table:
    return lot.join(rows, ["customer_id", "as_of"], join_type="inner").sort_by(
        [("as_of", "ascending"), ("customer_id", "ascending"), ("contact_id", "ascending")]
    )


def _effect_set(source: Source, rows: pa.Table, about: _Told) -> EffectSet:
    rows = rows.sort_by([("as_of", "ascending"), ("contact_id", "ascending")])
    customer_id, as_of = keys_of(rows)
    drawn = list(zip(rows[about.what].to_pylist(), rows["channel"].to_pylist(), strict=True))
    arms = tuple(Arm(*each) for each in sorted(set(drawn)))
    place = {(arm.what, arm.channel): number for number, arm in enumerate(arms)}
    data = EffectSet(
        outcome=about.outcome,
        wanted=about.wanted,
        horizon=about.horizon,
        features=tuple(source.catalog.names),
        fingerprint=source.catalog.fingerprint,
        matrix=_features_of(source, rows),
        treated=rows["treated"].to_numpy(zero_copy_only=False),
        probability=rows["probability"].to_numpy(),
        y=rows["y"].cast(pa.int8()).to_numpy(),
        customer_id=customer_id,
        as_of=as_of,
        arms=arms,
        arm=np.array([place[each] for each in drawn], dtype=np.int64),
        excluded=dict(about.excluded),
        alike="channel" if about.what == "family" else "what",
        additive=about.additive,
    )
    return checked(data, np.ones(len(as_of), dtype=np.bool_), absent=source.absent)


def _features_of(source: Source, rows: pa.Table) -> NDArray[np.float64]:
    """The features of each row's customer as of the row's date."""
    keys = ["customer_id", "as_of"]
    here = source.features.select(keys).append_column(
        "at", pa.array(np.arange(source.features.num_rows))
    )
    asked = rows.select(keys).append_column("row", pa.array(np.arange(rows.num_rows)))
    found = asked.join(here, keys, join_type="inner").sort_by("row")
    if found.num_rows != rows.num_rows:
        raise BadTrainingSet(
            f"{rows.num_rows} contacts of the lot have an outcome but {found.num_rows} have "
            "features; compute features for every row of cohort_of(lot), each once"
        )
    matrix = matrix_of(source.features, source.catalog.names)
    return np.asarray(matrix[found["at"].to_numpy()])
