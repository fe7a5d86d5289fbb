"""Rows of a raw table in the form and the order that its contract says."""

import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Table
from features.errors import BrokenContract
from features.tiers.words import typed_tier_hint


def conformed(rows: pa.Table, table: Table) -> pa.Table:
    """Rows with every column of the contract, as its types; a column that they lack is null.

    A required column that is missing, an unknown one, or one that does not cast without loss is a
    BrokenContract.
    """
    unknown = sorted(set(rows.column_names) - {column.name for column in table.columns})
    if unknown:
        known = ", ".join(column.name for column in table.columns)
        raise BrokenContract(
            f"{table.name}: unknown columns {', '.join(unknown)}; known: {known}"
            f"{typed_tier_hint(unknown)}"
        )
    arrays = []
    for field, column in zip(table.schema, table.columns, strict=True):
        if field.name in rows.column_names:
            try:
                arrays.append(rows[field.name].cast(field.type))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise BrokenContract(
                    f"{table.name}.{field.name} does not read as {column.type}: {error}"
                ) from error
        elif column.required:
            raise BrokenContract(f"{table.name}: column {field.name} ({column.type}) is missing")
        else:
            arrays.append(pa.nulls(rows.num_rows, field.type))
    return pa.table(arrays, schema=table.schema)


def in_order(rows: pa.Table, table: Table) -> pa.Table:
    """Rows in the order in which those of a bank's file stand."""
    order = pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in table.sort_key])
    positions = order.to_numpy()
    return rows if (positions[1:] > positions[:-1]).all() else rows.take(order)
