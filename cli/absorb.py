"""`goodcall features absorb`: new facts into the online store, known to the next answer."""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from cli.errors import BadOption
from cli.options import Home, Json, Lang, Online, bank_in, online_url, show, workspace
from cli.records import audit_of
from features import CATALOG, Intake
from goodcall import Text
from governance import vault_of


def absorb_command(
    facts: Annotated[
        Path,
        typer.Argument(
            metavar="FACTS",
            help="New rows of a raw table, without known_at: .csv, .jsonl or .parquet.",
            exists=True,
            dir_okay=False,
        ),
    ],
    table: Annotated[str, typer.Option("--table", help="The raw table that the rows belong to.")],
    bank: Annotated[
        Path | None,
        typer.Option(
            "--bank",
            help="The bank that the snapshot was made from: tells repeats and corrections.",
            file_okay=False,
        ),
    ] = None,
    corrections: Annotated[
        bool,
        typer.Option(
            "--corrections", help="Every row corrects a fact that the snapshot counted already."
        ),
    ] = False,
    online: Online = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Take new facts into the online store: they count from now on, until the next snapshot.

    A row of a known key is that fact's next version; a row known alike changes nothing. One row
    that breaks its contract refuses the whole file.
    """
    speak = show(lang, as_json=as_json)
    audit_of(workspace(home)).record(
        "command line", "absorb facts", table, file=facts.name, corrections=corrections
    )
    cipher = vault_of(workspace(home), os.environ)
    door = Intake(online_url(online, home), CATALOG, lambda: datetime.now(UTC), cipher)
    try:
        taken = door.absorb(
            table,
            _rows(facts),
            bank=bank_in(workspace(home), bank) if bank else None,
            corrections=corrections,
        )
    finally:
        door.close()
    speak.say(
        Text(
            f"{taken.added:,} new {table}, {taken.unchanged:,} known before; "
            f"{taken.customers:,} customers have another row",
            f"新增{table} {taken.added:,}条,已知{taken.unchanged:,}条;"
            f"{taken.customers:,}位客户的特征已更新",
        )
    )
    if taken.held:
        speak.say(
            Text(
                f"{taken.held:,} customers' facts correct what the snapshot counted: their "
                f"features of {table} stay as of the snapshot until the next one",
                f"{taken.held:,}位客户的记录更正了快照已计入的内容:其{table}特征在下次快照前保持不变",
            )
        )
    speak.hand_over(
        {
            "table": table,
            "added": taken.added,
            "unchanged": taken.unchanged,
            "customers": taken.customers,
            "corrected": taken.held,
        }
    )


def _rows(path: Path) -> Iterator[Mapping[str, object]]:
    readers = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadOption(f"{path.name} is none of {', '.join(readers)}; convert it to one of them")
    try:
        yield from reader(path)
    except (UnicodeDecodeError, csv.Error, json.JSONDecodeError, pa.ArrowInvalid) as error:
        raise BadOption(
            f"{path} does not read as {path.suffix}: {error}; write it as UTF-8 and try again"
        ) from error


def _csv(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines, restkey="more columns than the header", strict=True)


def _jsonl(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                found = json.loads(line)
                if not isinstance(found, dict):
                    raise BadOption(f"line {number} of {path} is no JSON object; write one a line")
                yield found


def _parquet(path: Path) -> Iterator[Mapping[str, object]]:
    for batch in pq.ParquetFile(path).iter_batches():
        yield from batch.to_pylist()
