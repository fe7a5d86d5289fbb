"""`goodcall score`: every customer's scores in one file, with reasons for those who need them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import typer

from cli.errors import BadOption, NothingFound
from cli.objections import objectors_of
from cli.options import EngineName, Home, Json, Lang, parse_day, show, workspace
from cli.records import audit_of
from cli.score_spark import score_on_spark
from cli.show import Show, Step
from features import CATALOG, Catalog, read_mark, snapshot_batches, snapshot_rows, stored_dates
from goodcall import Language, Text, Workspace
from goodcall.atomic import new_file, new_folder
from goodcall.reason import LEAD_INS
from models import Model, load_champions, score_batches, scored_schema, thresholds_of
from models.batch import REASONS
from models.card import DECIDING

_MOST_ROWS_XLSX = 1_048_575
_SUFFIXES = (".parquet", ".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be scored, by which models, and for how many a label reasons are wanted.

    The customers `but` are not: they object to profiling.
    """

    store: Path
    day: date
    models: Mapping[str, Model]
    catalog: Catalog
    reasons: int
    but: frozenset[int]

    def rows(self) -> int:
        """How many customers are scored."""
        return snapshot_rows(self.store, self.day, self.but)

    def scored(self, step: Step) -> Iterator[pa.RecordBatch]:
        """Every customer's scores, read and scored a batch at a time."""
        thresholds: Mapping[str, float] = {}
        passes = 2 if self.reasons else 1
        if self.reasons:
            seen = [b.drop_columns([REASONS]) for b in self._pass({}, step, 0, passes)]
            scores = pa.Table.from_batches(seen, scored_schema(self.models).remove(self._last))
            thresholds = thresholds_of(self.models, scores, self.reasons)
        yield from self._pass(thresholds, step, passes - 1, passes)

    @property
    def _last(self) -> int:
        return len(scored_schema(self.models)) - 1

    def _pass(
        self, thresholds: Mapping[str, float], step: Step, before: int, passes: int
    ) -> Iterator[pa.RecordBatch]:
        total, done = self.rows(), 0
        batches = snapshot_batches(self.store, self.catalog, self.day, but=self.but)
        for batch in score_batches(
            self.models, batches, phrasebook=self.catalog, thresholds=thresholds
        ):
            done += len(batch)
            step(before * total + done, passes * total)
            yield batch


def score_command(
    day: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Default: the newest snapshot."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="A .parquet, .csv or .xlsx file; with Spark a folder of Parquet files. "
            "Default: scores/as_of=DATE.parquet in the workspace."
        ),
    ] = None,
    reasons: Annotated[
        int,
        typer.Option(min=0, help="Reasons for so many of the highest scores of each label."),
    ] = 1_000,
    effects: Annotated[
        bool, typer.Option(help="Also what a contact would change, a column an arm of the lot.")
    ] = True,
    store: Annotated[
        Path | None,
        typer.Option(help="The folder of snapshots. Default: the workspace's.", file_okay=False),
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="duckdb: this machine; spark: a cluster, or Spark here.")
    ] = EngineName.DUCKDB,
    master: Annotated[
        str | None, typer.Option(help="Spark's master. Default: local[*], this machine.")
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Score every customer of a snapshot by every champion, with reasons for the highest scores.

    Build the snapshot first with `goodcall features build`. Each customer is a row: the
    probability of each label, what a contact would change where an effect was learned, and up to
    three reasons for each label among whose best scores the customer is. Customers are scored in
    batches, so a bank of any size fits. Who objects to profiling by now is left out, whichever
    day the snapshot is of.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    spark = engine is EngineName.SPARK
    if master and not spark:
        raise BadOption("--master belongs to --engine spark; leave it out, or add --engine spark")
    where = store or place.snapshots
    batch = _batch(where, place, day, reasons, with_effects=effects)
    suffix = "" if spark else ".parquet"
    path = output or place.root / "scores" / f"as_of={batch.day}{suffix}"
    if not spark:
        _refuse_path(path, batch.rows())
    audit_of(place).record(
        "command line",
        "export scores",
        f"customers as of {batch.day}",
        rows=batch.rows(),
        file=str(path),
    )
    with speak.progress(Text("scoring", "评分中")) as step:
        if spark:
            with new_folder(path) as draft:
                rows = score_on_spark(batch, draft, master=master or "local[*]")
        else:
            rows = _write(batch.scored(step), path, batch.models, speak.language)
    _tell(speak, batch, path, rows)


def _batch(
    store: Path, place: Workspace, day: str | None, reasons: int, *, with_effects: bool
) -> Batch:
    known = stored_dates(store)
    if not known:
        raise NothingFound(
            f"no snapshot in {store}; build one with `goodcall features build BANK --as-of DATE`"
        )
    chosen = parse_day(day) if day else known[-1]
    catalog = CATALOG.speaking(read_mark(store, chosen).currency)
    units = DECIDING if with_effects else DECIDING[:1]
    champions = load_champions(place.models, catalog.fingerprint, catalog.names, units)
    told = {
        label: model
        for label, model in champions.items()
        # An average effect says nothing of a customer that the probability does not.
        if model.card.unit == "probability" or model.learned
    }
    return Batch(store, chosen, told, catalog, reasons, objectors_of(place))


def _refuse_path(path: Path, rows: int) -> None:
    if path.suffix not in _SUFFIXES:
        raise BadOption(
            f"--output {path} ends in {path.suffix or 'nothing'}; "
            f"choose a name that ends in {', '.join(_SUFFIXES)}"
        )
    if path.suffix == ".xlsx" and rows > _MOST_ROWS_XLSX:
        raise BadOption(
            f"{rows:,} customers do not fit into an .xlsx sheet of {_MOST_ROWS_XLSX:,} rows; "
            "write .parquet or .csv"
        )


def _write(
    batches: Iterable[pa.RecordBatch], path: Path, models: Mapping[str, Model], language: Language
) -> int:
    """How many rows were written; a file of the same name is replaced whole or not at all."""
    schema, rows = scored_schema(models), 0
    with new_file(path) as draft:
        if path.suffix == ".xlsx":
            return _write_xlsx((_flat(batch, language) for batch in batches), draft)
        flat = path.suffix == ".csv"
        told = schema.set(len(schema) - 1, pa.field(REASONS, pa.string())) if flat else schema
        writer = pa_csv.CSVWriter(draft, told) if flat else pq.ParquetWriter(draft, told)
        with writer:
            for batch in batches:
                writer.write_batch(_flat(batch, language) if flat else batch)
                rows += len(batch)
    return rows


def _write_xlsx(batches: Iterable[pa.RecordBatch], draft: Path) -> int:
    import xlsxwriter  # noqa: PLC0415 - a workbook is rarely asked for

    rows = 0
    with xlsxwriter.Workbook(draft, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        for batch in batches:
            if not rows:
                sheet.write_row(0, 0, batch.schema.names)
            for customer, day, *said in zip(*(c.to_pylist() for c in batch.columns), strict=True):
                rows += 1
                sheet.write_number(rows, 0, customer)
                sheet.write_datetime(rows, 1, day, dates)
                for column, value in enumerate(said, start=2):
                    if isinstance(value, str):
                        sheet.write_string(rows, column, value)
                    else:
                        sheet.write_number(rows, column, value)
    return rows


def _flat(batch: pa.RecordBatch, language: Language) -> pa.RecordBatch:
    """A batch whose reasons are one text a row, for tables that hold no lists."""
    texts = [
        "; ".join(_told(each, language) for each in said or [])
        for said in batch.column(REASONS).to_pylist()
    ]
    place = batch.schema.get_field_index(REASONS)
    return batch.set_column(place, REASONS, pa.array(texts, pa.string()))


def _told(reason: Mapping[str, str], language: Language) -> str:
    """A reason in words behind its label; why a call helps is told apart from why the flag."""
    if reason["about"] == "call":
        return f"{reason['label']}: {LEAD_INS['call'].to(language)}: {reason[language]}"
    return f"{reason['label']}: {reason[language]}"


def _tell(speak: Show, batch: Batch, path: Path, rows: int) -> None:
    labels = ", ".join(batch.models)
    speak.say(
        Text(
            f"{rows:,} customers as of {batch.day}, scored for {labels}: {path}",
            f"{batch.day}共{rows:,}位客户,评分标签{labels}:{path}",
        )
    )
    speak.hand_over(
        {
            "as_of": batch.day,
            "rows": rows,
            "labels": list(batch.models),
            "model_versions": {label: model.version for label, model in batch.models.items()},
            "file": path,
        }
    )
