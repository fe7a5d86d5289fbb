"""`goodcall outreach allocate`: a table of actions shared out, on one machine or on Spark."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.dataset as pa_dataset
import pyarrow.parquet as pq
import typer

from cli.errors import BadOption, NothingFound
from cli.options import Day, EngineName, Home, Json, Lang, parse_day, show, workspace
from cli.plan_words import print_balance
from cli.records import audit_of, ledger_of
from features.spark import spark_session
from goodcall import Text, Workspace
from goodcall.atomic import new_file
from goodcall.calendar import start_of_day
from outreach import (
    Ground,
    Shares,
    ledger_mark,
    load_offers,
    load_policy,
    share_out,
    share_out_on_spark,
)

_SUFFIXES = (".parquet", ".csv")


def allocate_command(
    actions: Annotated[
        Path, typer.Argument(metavar="ACTIONS", help="A Parquet file or a folder of them.")
    ],
    day: Day,
    minutes: Annotated[
        Path | None,
        typer.Option(help="A CSV file of list_id,minutes. Others have the policy's default."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="The policy file. Default: the workspace's.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="A .parquet or .csv file. Default: shares/day=DATE.parquet in the workspace."
        ),
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
    """Choose at most one action a customer from a table of allowed and valued ones.

    For a bank that judges and values contacts elsewhere, or that is too large for one machine. A
    row is an action: customer_id, list_id, offer_code (empty for a care call), channel,
    value_cents, and branch_id and manager_id where volumes count by them. Every list's minutes and
    every volume and minimum of the policy hold; what the workspace's ledger says is used counts.
    The rules of contact are not asked here: the ledger asks them when a contact is reserved.
    """
    speak = show(lang, as_json=as_json)
    place, when = workspace(home), parse_day(day)
    if master and engine is not EngineName.SPARK:
        raise BadOption("--master belongs to --engine spark; leave it out, or add --engine spark")
    path = output or place.root / "shares" / f"day={when}.parquet"
    if path.suffix not in _SUFFIXES:
        raise BadOption(f"--output {path} must end in one of: {', '.join(_SUFFIXES)}")
    if not actions.exists():
        raise NothingFound(f"no actions at {actions}; name a Parquet file or a folder of them")
    ground = _ground(place, when, policy, minutes)
    if engine is EngineName.SPARK:
        frame = spark_session(master or "local[*]").read.parquet(str(actions.absolute()))
        shares = share_out_on_spark(frame, ground)
    else:
        shares = share_out(pa_dataset.dataset(actions, format="parquet").to_table(), ground)
    audit_of(place).record(
        "command line", "share out", f"actions of {when}", rows=len(shares.chosen), file=str(path)
    )
    _write(shares.chosen, path)
    count = len(shares.chosen)
    speak.say(Text(f"{count:,} contacts chosen: {path}", f"选定{count:,}次联络:{path}"))
    print_balance(speak, shares.balance, ground.policy.currency)
    speak.hand_over(_facts(when, path, shares))


def _ground(place: Workspace, day: date, policy: Path | None, minutes: Path | None) -> Ground:
    rules = load_policy(policy or place.policy)
    offers = load_offers(place.offers) if place.offers.exists() else rules.offers
    used = {}
    if ledger_mark(place.ledger_url):
        with ledger_of(place) as ledger:
            used = ledger.spent(rules, offers, start_of_day(day, rules.zone))
    book = {offer.code: offer for offer in offers}
    return Ground(rules, book, day, {} if minutes is None else _minutes(minutes), used)


def _minutes(path: Path) -> Mapping[int, int]:
    """The minutes of lists that a CSV file says."""
    meant = f"{path} must have a head list_id,minutes and whole numbers, minutes of 0 or more"
    types = {"list_id": pa.int64(), "minutes": pa.int64()}
    try:
        said = pa_csv.read_csv(path, convert_options=pa_csv.ConvertOptions(column_types=types))
        names, amounts = (said[name].to_pylist() for name in types)
    except FileNotFoundError:
        raise NothingFound(f"no file {path}; write one with the head list_id,minutes") from None
    except (KeyError, pa.ArrowInvalid) as error:
        raise BadOption(f"{meant}: {error}") from error
    if len(set(names)) < len(names):
        raise BadOption(f"{path} names a list twice; give each list one line")
    if any(value is None or value < 0 for value in amounts) or None in names:
        raise BadOption(meant)
    return dict(zip(names, amounts, strict=True))


def _write(chosen: pa.Table, path: Path) -> None:
    with new_file(path) as draft:
        if path.suffix == ".csv":
            pa_csv.write_csv(chosen, draft)
        else:
            pq.write_table(chosen, draft)


def _facts(day: date, path: Path, shares: Shares) -> Mapping[str, object]:
    balance = shares.balance
    return {
        "day": day,
        "rows": len(shares.chosen),
        "value_cents": balance.value_cents,
        "bound_cents": balance.bound_cents,
        "gap": balance.gap,
        "prices": {str(name): price for name, price in sorted(balance.prices.items())},
        "limits": [
            {"name": use.name, "unit": use.unit, "amount": use.amount, "taken": use.taken,
             "short": use.short, "price_cents": use.price}
            for use in balance.limits
        ],
        "file": path,
    }  # fmt: skip
