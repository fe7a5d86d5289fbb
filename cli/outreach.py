"""`goodcall outreach`: plan a day, pull a list, ask why, take a contact, note what came of it."""

from pathlib import Path
from typing import Annotated

import typer

from cli import ab, desk, holdout
from cli import day as of_day
from cli.allocate import allocate_command
from cli.lists import Only, audit_of, counter_at, ledger_of, now, print_list, pull_list
from cli.night import plan_night
from cli.options import (
    BankFolder,
    Day,
    Home,
    Json,
    Lang,
    Manager,
    bank_in,
    parse_day,
    show,
    workspace,
)
from cli.planning import Night
from cli.policies import policy_of
from cli.replay import replay_command
from cli.why import print_balance, print_funnel, print_trail, reasons_of, shown_trail, trail_facts
from goodcall import Text
from goodcall.atomic import write_file
from outreach import gone_since, in_force, parse_policy, to_csv, to_json, to_xlsx
from reports import funnel_facts, funnel_report

app = typer.Typer(
    no_args_is_help=True,
    help="Outreach: plan the night, pull a manager's list, ask why a customer is on it or not.",
)
app.command("allocate")(allocate_command)
app.add_typer(holdout.app, name="holdout")
app.add_typer(ab.app, name="ab")
app.command("replay")(replay_command)


@app.command("plan")
def plan_command(
    bank: BankFolder,
    day: Day,
    absent: Annotated[
        list[int] | None,
        typer.Option(
            "--absent",
            metavar="ID",
            help="A manager who is away that day; give it again for each. Colleagues of the same "
            "branch take the customers over.",
        ),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish the lists as soon as they are planned.")
    ] = False,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Plan everyone's lists for a day, from what was known before it, and keep the plan.

    Needs champions: train first. The same date planned twice from the same data and models gives
    the same lists. A day whose lists are published is not planned again: they stay as they are.
    Nothing is sent: a person decides about every contact. The plan says what it is worth and how
    far any other plan within the same minutes and volumes could go beyond it.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    opened = bank_in(place, bank)
    policy = policy_of(place, currency=opened.manifest.currency)
    away = frozenset(absent or ())
    night = Night(place, opened, policy, parse_day(day), now(), audit_of(place), away)
    standing = of_day.published(place, night.day)
    before = holdout.draw_of(place)
    if standing is None:
        with speak.progress(Text("planning", "计划中")) as step:
            plan_night(night, step=step)
        if publish:
            standing = of_day.publish(place, night.day)
    with ledger_of(place) as ledger:
        report = funnel_report(ledger, night.day)
    if standing is not None:
        speak.say(of_day.published_words(standing, policy.zone))
    holdout.tell_if_new(speak, place, before)
    print_funnel(speak, report)
    print_balance(speak, report.balance, policy.currency)
    speak.hand_over(funnel_facts(report))


@app.command("list")
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
) -> None:
    """A manager's list for a day, names and numbers masked; reading and exporting are audited.

    Promises come first, then the most valuable. Rows keep their places all day; each says what
    became of it.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    pulled = pull_list(place, parse_day(day), manager, Only(tuple(band or ()), tuple(state or ())))
    for path, write in ((csv, to_csv), (xlsx, to_xlsx)):
        if path:
            audit_of(place).record(
                "command line", "export list", f"list {manager} of {day}", file=path.name
            )
            write_file(path, write(pulled.rows, speak.language))
            speak.say(Text(f"written: {path}", f"已写入:{path}"))
    print_list(speak, pulled)
    if as_json:
        typer.echo(to_json(pulled.rows, speak.language).decode(), nl=False)


@app.command("why")
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
) -> None:
    """Why a customer is on the day's list or not: every action, every rule, every factor.

    Who is left out to measure effects by is told to auditors alone. While a night has failed, the
    answer is of the list that stays in force, and says so.
    """
    speak = show(lang, as_json=as_json)
    place, asked = workspace(home), parse_day(day)
    audit_of(place).record(
        "command line", "ask why", f"customer {customer}", day=day, holdout_told=audit
    )
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


app.command("publish")(of_day.publish_command)
app.command("open")(desk.open_command)
app.command("reserve")(desk.reserve_command)
app.command("dial")(desk.dial_command)
app.command("outcome")(desk.outcome_command)
app.command("keep")(desk.keep_command)
app.command("skip")(desk.skip_command)
app.command("summary")(of_day.summary_command)
app.command("close")(of_day.close_command)
