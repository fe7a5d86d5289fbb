"""`goodcall features skew`: whether served rows are what the raw tables say."""

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import numpy as np
import typer

from cli.options import BankFolder, Home, Json, Lang, Online, bank_in, online_url, show, workspace
from cli.records import audit_of
from cli.show import Show
from features import CATALOG, Difference, OnlineStore, Served, Skew, skew_of
from features.skew import customers_of, recorded_rows
from goodcall import Text
from serving.terms import terms_of

_SHOWN = 30


def skew_command(
    bank: BankFolder,
    customers: Annotated[
        int, typer.Option("--customers", min=1, help="How many customers to compare.")
    ] = 200,
    served: Annotated[
        bool,
        typer.Option(
            "--served", help="Compare the rows that were recorded when they were served, instead."
        ),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Draws the customers.")] = 0,
    online: Online = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Recompute served rows from raw tables and the log of facts; list every difference.

    BANK is the bank that the snapshot was made from. Rows are read as the endpoint reads them, so
    a snapshot older than GOODCALL_MAX_AGE days (default 35) is refused.
    Exits with 1 where any value differs.
    """
    speak = show(lang, as_json=as_json)
    opened = bank_in(workspace(home), bank)
    url = online_url(online, home)
    oldest = terms_of(os.environ).max_age_days
    audit_of(workspace(home)).record(
        "command line",
        "compare served rows",
        opened.manifest.name,
        rows="those recorded" if served else customers,
    )
    with (
        OnlineStore(url, CATALOG, max_age_days=oldest) as store,
        store.engine.connect() as connection,
    ):
        if served:
            rows = recorded_rows(connection, store.mark, CATALOG)
        else:
            rows = _now(store, customers_of(connection), customers, seed)
        with speak.progress(Text("recomputing", "重算中")):
            found = skew_of(connection, rows, bank=opened, mark=store.mark, catalog=CATALOG)
    _print(speak, found)
    speak.hand_over(
        {
            "rows": found.rows,
            "values": found.values,
            "held_at_snapshot": found.held,
            "differences": [
                {
                    "customer_id": each.customer_id,
                    "feature": each.feature,
                    "served": _number(each.served),
                    "recomputed": _number(each.recomputed),
                    "kind": each.kind,
                }
                for each in found.differences
            ],
        }
    )
    if found.differences:
        raise typer.Exit(1)


def _now(store: OnlineStore, known: list[int], wanted: int, seed: int) -> list[Served]:
    """The rows of some customers as the endpoint would serve them at this moment."""
    now = datetime.now(UTC)
    drawn = np.random.default_rng(seed).permutation(len(known))[:wanted]
    rows = (store.row_at(known[place], now) for place in sorted(drawn.tolist()))
    return [row for row in rows if row is not None]


def _print(speak: Show, found: Skew) -> None:
    speak.say(
        Text(
            f"{found.rows:,} rows, {found.values:,} values compared, {found.held:,} of them held "
            f"at the snapshot's; {len(found.differences):,} differ",
            f"比对{found.rows:,}行、{found.values:,}个值,其中{found.held:,}个保持快照值;"
            f"{len(found.differences):,}个不一致",
        )
    )
    if not found.differences:
        return
    for (feature, kind), count in Counter((d.feature, d.kind) for d in found.differences).items():
        speak.say(f"  {feature}: {count} {kind}")
    speak.table(
        (
            Text("customer", "客户"),
            Text("feature", "特征"),
            Text("served", "线上值"),
            Text("recomputed", "重算值"),
            Text("kind", "类型"),
        ),
        [_line(each) for each in found.differences[:_SHOWN]],
    )


def _line(each: Difference) -> tuple[object, ...]:
    return (each.customer_id, each.feature, each.served, each.recomputed, each.kind)


def _number(value: float) -> float | None:
    """A number as JSON has it, which knows no NaN."""
    return None if np.isnan(value) else value
