"""What a contract of a raw table says: columns, types, key, meaning, source and owner."""

from dataclasses import dataclass, replace
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
    `since` is the version of the contracts that added it: a bank written under an earlier one
    lacks it, so a column added later is never required. A `personal` column names a person, reaches
    one or holds free text: its values leave the house masked, and stand in no profile.
    """

    name: str
    type: ColumnType
    meaning: Text
    required: bool = False
    allowed: tuple[str, ...] = ()
    refers_to: str | None = None
    since: int = 1
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One raw table of dated facts.

    `key` tells facts apart; several rows of one key are versions of one fact, told apart by
    known_at. `customer` says whether the rows belong to customers. `fresh_days` is how old the
    newest known_at may be, in days before the bank's last day ends, before the table is stale;
    None for a table that only changes when something happens.
    """

    name: str
    meaning: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    source: str
    owner: str
    customer: bool = True
    fresh_days: int | None = None

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def at(self, version: int) -> "Table":
        """The contract as that version of the contracts had it, without what later ones added."""
        return replace(self, columns=tuple(c for c in self.columns if c.since <= version))

    @property
    def schema(self) -> pa.Schema:
        """Every column of the contract as Arrow types it; nulls are left to the check to refuse."""
        return pa.schema([pa.field(c.name, ARROW_TYPES[c.type]) for c in self.columns])

    @property
    def sort_key(self) -> tuple[str, ...]:
        """The order in which the rows of a bank's file stand."""
        return ("customer_id", "known_at", *self.key) if self.customer else (*self.key, "known_at")
