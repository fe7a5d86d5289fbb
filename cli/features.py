"""`goodcall features`: snapshots of what was known, and the catalogue of what can be."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import BankFolder, Json, Lang, parse_days, show
from features import (
    CATALOG,
    SnapshotMark,
    as_of,
    cohort_at,
    open_bank,
    write_snapshot,
)
from goodcall import Text

app = typer.Typer(
    no_args_is_help=True,
    help="Features: what the bank knew about each customer as of a date.",
)


@app.command("build")
def build_command(
    bank: BankFolder,
    dates: Annotated[
        str, typer.Option("--as-of", metavar="DATE[,DATE...]", help="As of which days' beginning.")
    ],
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Compute every feature for every active customer, from what was known before each date."""
    speak = show(lang, as_json=as_json)
    opened = open_bank(bank)
    cohort = cohort_at(opened, parse_days(dates))
    with speak.progress(Text("building features", "构建特征")) as step:
        table = as_of(opened, cohort, CATALOG, progress=step)
    mark = SnapshotMark(CATALOG.fingerprint, opened.manifest.name, opened.manifest.currency)
    write_snapshot(out, table, mark)
    speak.say(
        Text(
            f"{table.num_rows:,} rows x {len(CATALOG.names)} features, catalogue "
            f"{CATALOG.fingerprint}: {out}",
            f"{table.num_rows:,}行 × {len(CATALOG.names)}个特征,目录{CATALOG.fingerprint}:{out}",
        )
    )
    speak.hand_over(
        {
            "file": out,
            "rows": table.num_rows,
            "features": len(CATALOG.names),
            "fingerprint": CATALOG.fingerprint,
        }
    )


@app.command("catalog")
def catalog_command(lang: Lang = None, as_json: Json = False) -> None:
    """Every feature with its meaning, its window, the concept it belongs to and its raw table."""
    speak = show(lang, as_json=as_json)
    speak.table(
        (
            Text("feature", "特征"),
            Text("meaning", "含义"),
            Text("unit", "单位"),
            Text("concept", "概念"),
            Text("table", "来源表"),
            Text("owner", "负责部门"),
        ),
        [
            (f.name, f.meaning, f.unit, f.concept, f.table.name, f.table.owner)
            for f in CATALOG.features
        ],
    )
    speak.say(
        Text(
            f"{len(CATALOG.names)} features, fingerprint {CATALOG.fingerprint}",
            f"共{len(CATALOG.names)}个特征,指纹{CATALOG.fingerprint}",
        )
    )
    speak.hand_over(
        {
            "fingerprint": CATALOG.fingerprint,
            "features": [
                {
                    "name": f.name,
                    "meaning": f.meaning,
                    "unit": f.unit,
                    "window_days": f.days,
                    "concept": f.concept,
                    "table": f.table.name,
                    "source": f.table.source,
                    "owner": f.table.owner,
                }
                for f in CATALOG.features
            ],
        }
    )
