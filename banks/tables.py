"""Brings any bank's own files, or its database, into the raw tables by a mapping.

How to write a mapping stands in docs/data.md. What a mapping leaves out is absent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from banks.casting import Lookups, cast_block, kept_rows, words_of
from banks.codes import (
    ID_FILE,
    ROW,
    number_codes,
    old_codes,
    refuse_lost_codes,
    staged_type,
    view_of,
    with_ids,
)
from banks.database import is_address, open_database
from banks.errors import BrokenMapping, BrokenSource
from banks.mapping import BankMapping, Feed, Lookup
from banks.mapping_reader import read_mapping
from banks.source_file import repeats
from banks.sources import Folder, Source
from features.bank import BankWriter, new_bank
from features.contract import Table
from features.embedded import embedded
from goodcall.atomic import scratch_folder

MAPPING_FILE = "mapping.toml"
_MEMORY = "2GB"
_BLOCK_ROWS = 500_000

Step = Callable[[int, int], None]


def import_tables(
    source: str,
    path: Path,
    mapping: Path,
    *,
    last_day: date | None = None,
    progress: Step | None = None,
) -> None:
    """Write the files in the folder `source`, or the database at that address, as a bank at `path`.

    `last_day` replaces the mapping's own. A mapping that does not fit is a BrokenMapping, a value
    that does not read a BrokenSource, and a table that breaks its contract a BrokenContract; then
    nothing is written. Beside the raw tables stand the mapping and the ids that codes were given.
    """
    with (
        open_source(source) as opened,
        scratch_folder(path) as scratch,
        embedded() as connection,
    ):
        said = _fitting(mapping, opened, last_day)
        connection.execute(f"SET TimeZone = 'UTC'; SET memory_limit = '{_MEMORY}'")
        connection.execute("SET temp_directory = $1", [str(scratch)])
        for done, view in enumerate(_staged(said, opened, scratch)):
            connection.read_parquet(str(view)).create_view(view.stem)
            if progress:
                progress(done + 1, len(said.feeds))
        number_codes(connection, said.feeds, old_codes(path, said.manifest.name))
        refuse_lost_codes(connection, said.feeds)
        with new_bank(path, said.manifest) as writer:
            for table, feeds in groupby(enumerate(said.feeds), lambda item: item[1].table):
                _add(connection, writer, table, dict(feeds))
            writer.beside(MAPPING_FILE).write_text(said.text, encoding="utf-8")
            codes = connection.sql("SELECT * FROM codes ORDER BY ALL").to_arrow_table()
            pq.write_table(codes, writer.beside(ID_FILE))


def check_mapping(source: str, mapping: Path, *, last_day: date | None = None) -> BankMapping:
    """The mapping in a file, held against the contracts and the columns that the source has."""
    with open_source(source) as opened:
        return _fitting(mapping, opened, last_day)


@contextmanager
def open_source(source: str) -> Iterator[Source]:
    """The folder, file or database that a person named, open while the block lasts."""
    if is_address(source):
        with open_database(source) as database:
            yield database
    else:
        yield Folder(Path(source))


def _fitting(file: Path, source: Source, last_day: date | None) -> BankMapping:
    if not file.is_file():
        raise BrokenMapping(f"{file} is no file; name a mapping, or see one with --example")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BrokenMapping(f"{file} is no UTF-8 text: {error}; save it as UTF-8") from error
    mapping = read_mapping(text, str(file), last_day=last_day)
    for feed in mapping.feeds:
        _refuse_misfit(feed, source)
    return mapping


def _refuse_misfit(feed: Feed, source: Source) -> None:
    has = source.columns(feed.origin)
    for name, section in feed.columns.items():
        if name not in has:
            raise section.refuse(
                f"{feed.origin.said!r} has no column {name!r}", f"known: {', '.join(has)}"
            )
    for rule in feed.rules:
        if rule.numbered and not source.ordered(feed.origin):
            raise rule.section.refuse(
                f"the rows of {feed.origin.said!r} have no order to number them by",
                "write a query that ends in ORDER BY",
            )
        if rule.lookup:
            _refuse_unknown(rule.lookup, source)


def _refuse_unknown(lookup: Lookup, source: Source) -> None:
    has = source.columns(lookup.origin)
    for key, name in (("key", lookup.key), ("value", lookup.value)):
        if name not in has:
            raise lookup.origin.section.refuse(
                f"{lookup.origin.said!r} has no column {name!r}",
                f"known: {', '.join(has)}",
                key=key,
            )


def _staged(mapping: BankMapping, source: Source, scratch: Path) -> Iterator[Path]:
    """The rows of each feed as the contract types them, codes still codes, each in its own file."""
    rows_before: dict[str, int] = {}
    for place, feed in enumerate(mapping.feeds):
        file = scratch / f"{view_of(place)}.parquet"
        fields = [(rule.column.name, staged_type(rule)) for rule in feed.rules]
        schema = pa.schema([*fields, (ROW, pa.int64())])
        lookups = _lookups(feed, source)
        before = rows_before.get(feed.table.name, 0)
        with pq.ParquetWriter(file, schema) as writer:
            for block in source.blocks(feed.origin, tuple(feed.columns)):
                rows = np.arange(before + 1, before + 1 + block.rows.num_rows)
                before += block.rows.num_rows
                keep = kept_rows(feed, block)
                numbers = pa.array(rows).filter(keep)
                cast = cast_block(feed, block.filter(keep), numbers, lookups)
                writer.write_table(cast.append_column(ROW, numbers).cast(schema))
        rows_before[feed.table.name] = before
        yield file


def _lookups(feed: Feed, source: Source) -> Lookups:
    """The keys and values of each rule's lookup, by the rule's place."""
    return {
        place: _read_lookup(rule.lookup, source)
        for place, rule in enumerate(feed.rules)
        if rule.lookup
    }


def _read_lookup(lookup: Lookup, source: Source) -> tuple[pa.Array, pa.Array]:
    names = (lookup.key, lookup.value)
    texts = [
        pa.table({name: words_of(lookup.origin, block, (name,)) for name in names})
        for block in source.blocks(lookup.origin, names)
    ]
    if not texts:
        raise lookup.origin.section.refuse(f"{lookup.origin.said!r} has no row", "name another")
    pairs = pa.concat_tables(texts).group_by(list(names)).aggregate([])
    keys = pairs[lookup.key].combine_chunks()
    if again := pc.unique(keys.filter(repeats(keys))).to_pylist():
        raise BrokenSource(
            f"{lookup.origin.said}: {lookup.key} {again[0]!r} has several values of "
            f"{lookup.value}, and so have {len(again) - 1} others; a lookup needs one for each"
        )
    return keys, pairs[lookup.value].combine_chunks()


def _add(
    connection: duckdb.DuckDBPyConnection,
    writer: BankWriter,
    table: Table,
    feeds: dict[int, Feed],
) -> None:
    """Add the rows of a raw table's feeds, sorted on disk and read back a block at a time."""
    rows = " UNION ALL BY NAME ".join(with_ids(place, feed) for place, feed in feeds.items())
    mapped = {rule.column.name for feed in feeds.values() for rule in feed.rules}
    order = ", ".join(name for name in table.sort_key if name in mapped)
    query = connection.sql(f"SELECT * FROM ({rows}) ORDER BY {order}")
    blocks = query.to_arrow_reader(_BLOCK_ROWS)
    if table.customer:
        for block in _whole_customers(blocks):
            writer.add(table.name, block)
    else:
        writer.add(table.name, blocks.read_all())


def _whole_customers(blocks: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Sorted rows, cut where a customer ends; one empty table where there are none."""
    held = blocks.schema.empty_table()
    for batch in blocks:
        held = pa.concat_tables([held, pa.Table.from_batches([batch])])
        ids = held["customer_id"]
        begins = pc.index(ids, ids[-1]).as_py()
        if begins > 0:
            yield held.slice(0, begins)
            held = held.slice(begins)
    yield held
