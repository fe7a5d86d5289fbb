"""`goodcall features build`: snapshots of many dates, on one machine or on Spark."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import BadOption
from cli.options import (
    BankFolder,
    EngineName,
    Home,
    Json,
    Lang,
    bank_in,
    parse_day,
    parse_days,
    show,
    workspace,
)
from cli.records import audit_of
from features import CATALOG, Bank, as_of, build
from features.backfill import Engine
from features.spark import as_of_spark
from goodcall import Text
from goodcall.calendar import month_starts


def build_command(
    bank: BankFolder,
    dates: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE[,DATE...]", help="As of which days' beginning."),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="Every first of a month from this day ..."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="... to this day, both included.")
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(help="The folder of snapshots. Default: the workspace's.", file_okay=False),
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="duckdb: this machine; spark: a cluster, or Spark here.")
    ] = EngineName.DUCKDB,
    master: Annotated[
        str | None,
        typer.Option(
            help="Spark's master, also under spark-submit. Default: local[*], this machine."
        ),
    ] = None,
    memory: Annotated[
        str, typer.Option(help="What DuckDB may hold in memory before it spills to disk.")
    ] = "2GB",
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Compute every feature for every active customer, from what was known before each date.

    A date that is up to date is left alone, so a build that was stopped goes on where it stopped:
    run it again. Each date becomes a Parquet file in a folder as_of=DATE of the store.
    """
    speak = show(lang, as_json=as_json)
    opened = bank_in(workspace(home), bank)
    days = _days(opened, dates, first, last)
    where = store or workspace(home).snapshots
    compute = _engine(engine, master, memory)
    audit_of(workspace(home)).record(
        "command line", "build snapshots", opened.manifest.name, as_of=days, store=where
    )
    with speak.progress(Text("building snapshots", "构建快照")) as step:
        built = build(opened, where, days, CATALOG, engine=compute, progress=step)
    for day, rows in built.written.items():
        speak.say(Text(f"{day}: {rows:,} customers, written", f"{day}:{rows:,}位客户,已写入"))
    for day in built.unchanged:
        speak.say(Text(f"{day}: up to date", f"{day}:已是最新"))
    count, rows = len(CATALOG.names), sum(built.written.values())
    speak.say(
        Text(
            f"{rows:,} rows x {count} features, catalogue {CATALOG.fingerprint}: {where}",
            f"{rows:,}行 × {count}个特征,目录{CATALOG.fingerprint}:{where}",
        )
    )
    speak.hand_over(
        {
            "store": where,
            "engine": engine,
            "rows": rows,
            "written": {str(day): rows for day, rows in built.written.items()},
            "unchanged": list(built.unchanged),
            "features": count,
            "fingerprint": CATALOG.fingerprint,
        }
    )


def _days(bank: Bank, dates: str | None, first: str | None, last: str | None) -> tuple[date, ...]:
    """The dates asked for: a list, or the firsts of the months between two days."""
    if dates and not first and not last:
        return parse_days(dates)
    if first and not dates:
        end = parse_day(last) if last else bank.manifest.last_day
        if days := tuple(month_starts(parse_day(first), end)):
            return days
        raise BadOption(f"no month begins between {first} and {end}; choose days further apart")
    raise BadOption("say which dates: --as-of 2026-06-01,2026-07-01, or --from DATE [--to DATE]")


def _engine(name: EngineName, master: str | None, memory: str) -> Engine:
    if name is EngineName.SPARK:
        return partial(as_of_spark, master=master or "local[*]")
    if master:
        raise BadOption("--master belongs to --engine spark; leave it out, or add --engine spark")
    return partial(as_of, memory=memory)
