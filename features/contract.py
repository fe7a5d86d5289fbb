"""What a contract of a raw table says: columns, types, key, meaning, source and owner."""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from goodcall.language import Text

ColumnType = Literal["id", "count", "cents", "number", "text", "date", "instant", "flag"]

ARROW_TYPES: dict[str, pa.DataType] = {
    "id": pa.int64(),
    "count": pa.int64(),
    "cents": pa.int64(),
    "number": pa.float64(),
    "text": pa.string(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
    "flag": pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, what it means, and which values it may hold.

    A column that is not `required` may be absent from a bank, and may hold nulls where present.
    """

    name: str
    type: ColumnType
    meaning: Text
    required: bool = False
    allowed: tuple[str, ...] = ()
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One raw table of dated facts.

    `key` tells facts apart; several rows of one key are versions of one fact, told apart by
    known_at. `customer` says whether the rows belong to customers.
    """

    name: str
    meaning: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    source: str
    owner: str
    customer: bool = True

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def schema(self) -> pa.Schema:
        """Every column of the contract as Arrow types it; nulls are left to the check to refuse."""
        return pa.schema([pa.field(c.name, ARROW_TYPES[c.type]) for c in self.columns])

    @property
    def sort_key(self) -> tuple[str, ...]:
        """The order in which the rows of a bank's file stand."""
        return ("customer_id", "known_at", *self.key) if self.customer else (*self.key, "known_at")
