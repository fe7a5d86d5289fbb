"""The files of identity: source records read, and links, fingerprints, log and review written."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq

from banks.errors import IdentityError
from banks.identity.log import LOG_SCHEMA
from banks.identity.prints import PRINT_SCHEMA, RECORD_SCHEMA
from banks.identity.resolve import LINK_SCHEMA, Identities
from goodcall.atomic import new_folder
from goodcall.cells import inert

LINKS, PRINTS, LOG, REVIEW = "links.parquet", "prints.parquet", "log.parquet", "review.csv"
_MARK = b"goodcall.identity_key"
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def read_records(paths: Sequence[Path]) -> pa.Table:
    """The source records of CSV and Parquet files, put together.

    A file without a column `source` is a source of its own, named after the file.
    """
    tables = [_with_source(_read(path), path) for path in paths]
    return pa.concat_tables(tables, promote_options="default")


def read_links(path: Path) -> pa.Table:
    """The links in a folder or a file: source, source_key and customer_id, one row a record."""
    file = path / LINKS if path.is_dir() else path
    return _parquet(file, LINK_SCHEMA).select(["source", "source_key", "customer_id"])


def read_identities(folder: Path) -> Identities:
    """The identities that `write_identities` put into a folder."""
    links = _parquet(folder / LINKS, LINK_SCHEMA)
    mark = (pq.read_schema(folder / LINKS).metadata or {}).get(_MARK)
    return Identities(
        links=links,
        prints=_parquet(folder / PRINTS, PRINT_SCHEMA),
        log=_parquet(folder / LOG, LOG_SCHEMA),
        mark=None if mark is None else mark.decode(),
    )


def write_identities(folder: Path, identities: Identities, review: pa.Table) -> None:
    """Put links, fingerprints, log and review into a folder, all of them or none."""
    if folder.exists() and not (folder / LINKS).exists() and any(folder.iterdir()):
        raise IdentityError(
            f"{folder} holds files that are no links; name an empty or a new folder"
        )
    links = identities.links
    if identities.mark is not None:
        links = links.replace_schema_metadata({_MARK: identities.mark.encode()})
    with new_folder(folder) as draft:
        pq.write_table(links, draft / LINKS, compression="zstd")
        pq.write_table(identities.prints, draft / PRINTS, compression="zstd")
        pq.write_table(identities.log, draft / LOG, compression="zstd")
        (draft / REVIEW).write_bytes(review_csv(review))


def review_csv(review: pa.Table) -> bytes:
    """The review as CSV that Excel opens in Chinese; no cell runs as a formula."""
    columns = [
        pa.array([inert(value) for value in column.to_pylist()], pa.string())
        if pa.types.is_string(column.type)
        else column
        for column in review.columns
    ]
    text = io.BytesIO()
    pv.write_csv(pa.table(columns, names=review.column_names), text)
    return b"\xef\xbb\xbf" + text.getvalue()


def _parquet(file: Path, schema: pa.Schema) -> pa.Table:
    if not file.is_file():
        raise IdentityError(f"{file} is missing; `goodcall bank link` writes it")
    try:
        table = pq.read_table(file)
        return table.select(schema.names).cast(schema).replace_schema_metadata(None)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError, OSError) as error:
        raise IdentityError(
            f"{file} does not read as what `goodcall bank link` writes: {error}"
        ) from error


def _read(path: Path) -> pa.Table:
    try:
        if path.suffix.lower() == ".parquet":
            return pq.read_table(path)
        with pv.open_csv(path) as reader:
            names = reader.schema.names
        as_text = pv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True
        )
        rows = pv.read_csv(path, convert_options=as_text)
    except (pa.ArrowInvalid, OSError) as error:
        raise IdentityError(
            f"{path} does not read as CSV (commas, UTF-8) or Parquet: {error}"
        ) from error
    columns = [_typed(rows[name], name, path) for name in names]
    return pa.table(columns, names=names)


def _typed(column: pa.ChunkedArray, name: str, path: Path) -> pa.ChunkedArray | pa.Array:
    """A column of text as its contract types it; one without a contract stays text."""
    kind = RECORD_SCHEMA.field(name).type if name in RECORD_SCHEMA.names else pa.string()
    values = []
    for line, said in enumerate(column.to_pylist(), start=2):
        try:
            values.append(None if said is None else _value(said.strip(), kind))
        except (ValueError, KeyError) as error:
            allowed = "true or false" if pa.types.is_boolean(kind) else "such as " + _EXAMPLES[kind]
            raise IdentityError(
                f"{path}, line {line}: {name} does not read; write it {allowed}"
            ) from error
    return pa.array(values, kind)


_EXAMPLES = {
    RECORD_SCHEMA.field("known_at").type: "2026-06-01T09:30:00+08:00, with its zone",
    RECORD_SCHEMA.field("birth_date").type: "1990-05-31",
}


def _value(said: str, kind: pa.DataType) -> str | bool | date | datetime | None:
    if not said:
        return None
    if pa.types.is_boolean(kind):
        return _FLAGS[said.lower()]
    if pa.types.is_date(kind):
        return date.fromisoformat(said)
    if pa.types.is_timestamp(kind):
        moment = datetime.fromisoformat(said)
        if moment.utcoffset() is None:
            raise ValueError(said)
        return moment
    return said


def _with_source(rows: pa.Table, path: Path) -> pa.Table:
    if "source" in rows.column_names:
        return rows
    return rows.append_column("source", pa.array([path.stem] * rows.num_rows, pa.string()))
