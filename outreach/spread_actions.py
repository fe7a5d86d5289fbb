"""A table of actions that outgrows one machine: a Spark frame, shared out where its rows lie."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from outreach.action_table import (
    ACTIONS,
    GROUP,
    KIND,
    Ground,
    Lots,
    Shares,
    balance_of,
    check_columns,
    chosen_table,
    lots_of,
    refuse_customer,
    refuse_gaps,
)
from outreach.allocation import Solution, solve
from outreach.allocation.spread import Spread

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def share_out_on_spark(actions: "DataFrame", ground: Ground) -> Shares:
    """What `share_out` gives for the same rows, byte for byte; customers stay on the workers.

    `actions` has the columns of ACTIONS. Prices go out and sums come back, some 50 times; home come
    those customers who are near being chosen, so what the driver holds grows with the day's minutes
    and volumes. A list's customers must fit a worker. Needs PySpark; raises as `share_out` does.
    """
    rows = _checked(actions, ground)
    groups = sorted(map(tuple, rows.select(*GROUP).distinct().collect()), key=_last_of_all)
    kinds = sorted(map(tuple, rows.select(*KIND).distinct().collect()), key=_last_of_all)
    lots = lots_of(groups, kinds, ground)
    customers = _customers(rows, lots, groups, kinds).persist()
    try:
        _refuse_amiss(customers)
        placed = _placed(customers, lots).persist()
        try:
            solution = solve(Spread(placed, lots.layout.terms(lots.capacities, lots.limits)))
            return Shares(_chosen(placed, solution, lots), balance_of(solution, lots))
        finally:
            placed.unpersist()
    finally:
        customers.unpersist()


def _checked(actions: "DataFrame", ground: Ground) -> "DataFrame":
    """The rows worth something, with every column of ACTIONS under its type."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - an extra that few install
    from pyspark.sql.pandas.types import to_arrow_schema  # noqa: PLC0415

    check_columns(to_arrow_schema(actions.schema), ground.policy)
    needed = [field.name for field in ACTIONS if not field.nullable]
    gaps = actions.select(*[f.max(f.col(name).isNull()).alias(name) for name in needed]).first()
    for name in needed:
        if gaps is not None and gaps[name]:
            raise refuse_gaps(name)
    columns = [
        (f.col(field.name) if field.name in actions.columns else f.lit(None))
        .cast("long" if field.type == pa.int64() else "string")
        .alias(field.name)
        for field in ACTIONS
    ]
    return actions.select(*columns).where("value_cents > 0")


def _customers(
    rows: "DataFrame", lots: Lots, groups: list[tuple[object, ...]], kinds: list[tuple[object, ...]]
) -> "DataFrame":
    """A row a customer: `cell`, `value`, and whether something is `amiss` with the actions."""
    from pyspark.sql import functions as f  # noqa: PLC0415

    session = rows.sparkSession
    cells = [(*group, cell) for group, cell in zip(groups, lots.cells.tolist(), strict=True)]
    places = [(*kind, at) for kind, at in zip(kinds, lots.columns.tolist(), strict=True)]
    schemas = (
        "of_list long, of_branch long, of_manager long, cell long",
        "of_offer string, of_channel string, at long",
    )
    for columns, said, schema in zip((GROUP, KIND), (cells, places), schemas, strict=True):
        names = [part.split()[0] for part in schema.split(", ")]
        known = f.broadcast(session.createDataFrame(said, schema))
        same = [f.col(a).eqNullSafe(f.col(b)) for a, b in zip(columns, names, strict=False)]
        rows = rows.join(known, same).drop(*names[:-1])
    count = len(lots.layout.sorts)
    best = [f.max(f.when(f.col("at") == at, f.col("value_cents"))) for at in range(count)]
    value = f.array(*[f.coalesce(each, f.lit(0)) for each in best]) if count else f.array()
    kinds_met = f.count_distinct("at")
    one_group = [f.count_distinct(f.coalesce(f.col(name), f.lit(-1))) == 1 for name in GROUP]
    fine = kinds_met == f.count(f.lit(1))
    for each in one_group:
        fine = fine & each
    return rows.groupBy("customer_id").agg(
        f.min("cell").alias("cell"),
        value.cast("array<long>").alias("value"),
        (~fine).alias("amiss"),
    )


def _refuse_amiss(customers: "DataFrame") -> None:
    first = customers.where("amiss").agg({"customer_id": "min"}).first()
    if first is not None and first[0] is not None:
        raise refuse_customer(int(first[0]))


def _placed(customers: "DataFrame", lots: Lots) -> "DataFrame":
    """The customers with their place in the order of cells and numbers, as Spread wants them."""
    from pyspark.sql import Window  # noqa: PLC0415
    from pyspark.sql import functions as f  # noqa: PLC0415

    count = np.zeros(len(lots.layout.cells), dtype=np.int64)
    for row in customers.groupBy("cell").agg(f.count(f.lit(1)).alias("people")).collect():
        count[row.cell] = row.people
    begins = np.cumsum(count) - count
    said = [(cell, begin) for cell, begin in enumerate(begins.tolist())]
    first = f.broadcast(customers.sparkSession.createDataFrame(said, "cell long, begin long"))
    within = f.row_number().over(Window.partitionBy("cell").orderBy("customer_id")) - 1
    placed = customers.withColumn("within", within).join(first, "cell")
    place = (f.col("begin") + f.col("within")).alias("place")
    chosen = placed.select("customer_id", place, "cell", "value")
    return chosen.repartition("cell").sortWithinPartitions("place")


def _chosen(placed: "DataFrame", solution: Solution, lots: Lots) -> pa.Table:
    """The chosen actions, their customers' numbers asked from the workers."""
    from pyspark.sql import functions as f  # noqa: PLC0415

    taken = np.flatnonzero(solution.picked >= 0)
    said = pa.table({"place": taken, "at": solution.picked[taken]})
    picks = f.broadcast(placed.sparkSession.createDataFrame(said))
    found = (
        placed.join(picks, "place")
        .select("customer_id", "cell", "at", f.element_at("value", f.col("at").cast("int") + 1))
        .toArrow()
    )
    customer, cell, at, cents = (column.to_numpy() for column in found.columns)
    return chosen_table(customer, cell, at, cents, lots.layout)


def _last_of_all(said: tuple[object, ...]) -> tuple[tuple[bool, str], ...]:
    """An order for values of which some are missing; any will do that is always the same."""
    return tuple((each is None, str(each)) for each in said)
