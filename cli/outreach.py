"""`goodcall outreach list` and `why`: pull a manager's list, ask why a customer is on it or not."""

from pathlib import Path
from typing import Annotated

import typer

from cli.doer import NOBODY, Doer
from cli.lists import Only, counter_at, print_list, pull_list
from cli.options import Day, Home, Json, Lang, Manager, parse_day, show, workspace
from cli.records import ledger_of
from cli.why import print_trail, reasons_of, shown_trail, trail_facts
from goodcall import Text
from goodcall.atomic import write_file
from outreach import gone_since, in_force, parse_policy, to_csv, to_json, to_xlsx


def list_command(
    manager: Manager,
    day: Day,
    csv: Annotated[Path | None, typer.Option(help="Write the list to this CSV file.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write the list to this Excel file.")] = None,
    band: Annotated[
        list[str] | None, typer.Option(help="Only rows of this band: promised, save or grow.")
    ] = None,
    state: Annotated[
        list[str] | None, typer.Option(help="Only rows in this state, such as planned.")
    ] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    doer: Doer = NOBODY,
) -> None:
    """A manager's list for a day, names and numbers masked; reading and exporting are audited.

    Promises come first, then the most valuable. Rows keep their places all day; each says what
    became of it.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    only = Only(tuple(band or ()), tuple(state or ()))
    pulled = pull_list(place, parse_day(day), manager, only, doer=doer)
    for path, write in ((csv, to_csv), (xlsx, to_xlsx)):
        if path:
            doer.record(place, "export list", f"list {manager} of {day}", file=path.name)
            write_file(path, write(pulled.rows, speak.language))
            speak.say(Text(f"written: {path}", f"已写入:{path}"))
    print_list(speak, pulled)
    if as_json:
        typer.echo(to_json(pulled.rows, speak.language).decode(), nl=False)


def why_command(
    customer: Annotated[int, typer.Argument(metavar="CUSTOMER", help="A customer's id.")],
    day: Day,
    every: Annotated[
        bool, typer.Option("--all", help="The rules on every action, not on the nearest alone.")
    ] = False,
    audit: Annotated[
        bool,
        typer.Option(
            "--audit",
            help="For auditors and analysts: tell the hold-out too. The audit log keeps that this "
            "was asked for.",
        ),
    ] = False,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
    doer: Doer = NOBODY,
) -> None:
    """Why a customer is on the day's list or not: every action, every rule, every factor.

    Who is left out to measure effects by is told to auditors alone. While a night has failed, the
    answer is of the list that stays in force, and says so.
    """
    speak = show(lang, as_json=as_json)
    place, asked = workspace(home), parse_day(day)
    doer.record(place, "ask why", f"customer {customer}", day=day, holdout_told=audit)
    with ledger_of(place) as ledger:
        stands = in_force(place, ledger, asked)
        trail = ledger.trail(customer, stands.day)
        reasons = reasons_of(ledger, trail)
        policy = parse_policy(ledger.policy_text(trail.policy_version))
        gone = None
        if stands.banner is not None:
            with counter_at(place, ledger) as counter:
                gone = gone_since(counter, trail, asked)
    trail = trail if audit else shown_trail(trail)
    if stands.banner is not None:
        speak.say(stands.banner)
    print_trail(speak, trail, policy, reasons, every=every)
    if gone is not None:
        speak.say(gone)
    in_force_then = {"banner": stands.banner, "gone_since": gone}
    speak.hand_over(
        {**trail_facts(trail, reasons), **{k: v for k, v in in_force_then.items() if v is not None}}
    )
