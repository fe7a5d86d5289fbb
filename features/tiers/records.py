"""Tiers as a file, and the proof that nobody changed one: every row is computed again."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq

from features.errors import TierError
from features.tiers.review import TIERS
from goodcall.atomic import write_file

_SHEET_ROWS = 1_048_575


@dataclass(frozen=True, slots=True)
class Alteration:
    """A row that is not what the bank's tables give: `column` None for a row too many or few."""

    customer_id: int
    column: str | None
    said: object
    computed: object


def write_tiers(path: Path, found: pa.Table) -> None:
    """What `tiers` returns as .csv, .xlsx, .parquet or .json, by the file's ending."""
    _one_of(path, _WRITERS)
    write_file(path, _WRITERS[path.suffix](found))


def read_tiers(path: Path) -> pa.Table:
    """The tiers in a .csv, .parquet or .json file that `write_tiers` wrote."""
    if path.suffix == ".xlsx":
        raise TierError(f"{path}: a workbook cannot be read back; save its sheet as CSV first")
    _one_of(path, _READERS)
    try:
        return _READERS[path.suffix](path).select(TIERS.names).cast(TIERS)
    except (pa.ArrowInvalid, pa.ArrowTypeError, KeyError, OSError, ValueError) as error:
        raise TierError(
            f"{path} does not read as tiers: {error}; name a file that `goodcall bank tiers --out` "
            "wrote"
        ) from error


def date_of(said: pa.Table) -> date:
    """The date that the rows of a file of tiers are as of."""
    dates = said["as_of"].unique().to_pylist()
    if len(dates) != 1 or dates[0] is None:
        shown = ", ".join(sorted(str(day) for day in dates)) or "none"
        raise TierError(f"a file of tiers is as of one date; this one names: {shown}")
    day: date = dates[0]
    return day


def altered_tiers(said: pa.Table, computed: pa.Table) -> tuple[Alteration, ...]:
    """Every value in which a file differs from what `tiers` computes, by customer.

    A TierError where the whole file was made by other rules or from other raw tables: then a
    difference would not show who changed what.
    """
    for column, what in (("rules", "tier rules"), ("inputs", "raw tables")):
        given, here = set(said[column].to_pylist()), set(computed[column].to_pylist())
        if given and here and not given & here:
            raise TierError(
                f"the file was made from {what} {', '.join(map(str, sorted(given, key=str)))}, "
                f"these are {', '.join(sorted(here))}; verify it with the {what} it was made from"
            )
    rows, truth = _by_customer(said), _by_customer(computed)
    found: list[Alteration] = []
    for customer in sorted(rows.keys() | truth.keys()):
        found += _differences(customer, rows.get(customer, []), truth.get(customer, []))
    return tuple(found)


def _by_customer(table: pa.Table) -> dict[int, list[dict[str, Any]]]:
    rows: dict[int, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        rows.setdefault(row["customer_id"], []).append(row)
    return rows


def _differences(
    customer: int, said: list[dict[str, Any]], computed: list[dict[str, Any]]
) -> list[Alteration]:
    if len(said) != len(computed):
        return [Alteration(customer, None, len(said), len(computed))]
    return [
        Alteration(customer, column, row[column], truth[column])
        for row, truth in zip(said, computed, strict=True)
        for column in TIERS.names
        if row[column] != truth[column]
    ]


def _one_of(path: Path, known: Mapping[str, object]) -> None:
    if path.suffix not in known:
        raise TierError(f"{path.name} ends in {path.suffix!r}; known: {', '.join(known)}")


def _csv(found: pa.Table) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(found.column_names)
    for batch in found.to_batches():
        writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return text.getvalue().encode()


def _parquet(found: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(found, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _json(found: pa.Table) -> bytes:
    return (json.dumps(found.to_pylist(), default=date.isoformat, indent=1) + "\n").encode()


def _xlsx(found: pa.Table) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - the service is installed without it and writes no workbook

    if found.num_rows > _SHEET_ROWS:
        raise TierError(
            f"{found.num_rows:,} rows do not fit a sheet of {_SHEET_ROWS:,}; write .csv or .parquet"
        )
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    # The file's own date, so that equal tiers give equal bytes.
    days = found["as_of"].unique().to_pylist() or [date(1970, 1, 1)]
    book.set_properties({"created": datetime.combine(days[0], time(), tzinfo=UTC)})
    sheet = book.add_worksheet("tiers")
    sheet.write_row(0, 0, found.column_names, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(found.to_pylist(), start=1):
        for column, value in enumerate(row.values()):
            if isinstance(value, int | float):
                sheet.write_number(line, column, value)
            elif value is not None:
                sheet.write_string(line, column, str(value))
    book.close()
    return buffer.getvalue()


def _read_csv(path: Path) -> pa.Table:
    options = pv.ConvertOptions(
        column_types=TIERS, strings_can_be_null=True, include_columns=TIERS.names
    )
    return pv.read_csv(path, convert_options=options)


def _read_json(path: Path) -> pa.Table:
    rows = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TierError(f"{path} is no list of rows")
    days = [field.name for field in TIERS if field.type == pa.date32()]
    for row in rows:
        row |= {name: date.fromisoformat(row[name]) for name in days if row[name] is not None}
    return pa.Table.from_pylist(rows, schema=TIERS)


_WRITERS: dict[str, Callable[[pa.Table], bytes]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
    ".json": _json,
}
_READERS: dict[str, Callable[[Path], pa.Table]] = {
    ".csv": _read_csv,
    ".parquet": pq.read_table,
    ".json": _read_json,
}
