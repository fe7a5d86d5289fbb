"""`goodcall outreach`: plan a day, pull a list, ask why, take a contact, note what came of it."""

from pathlib import Path
from typing import Annotated

import typer

from cli import words
from cli.allocate import allocate_command
from cli.lists import audit_of, ledger_of, now, print_list, pull_list, reserve_row
from cli.night import Night, plan_night, policy_of
from cli.options import BankFolder, Day, Home, Json, Lang, parse_day, show, workspace
from cli.why import print_balance, print_funnel, print_trail, reasons_of, trail_facts
from features import open_bank
from goodcall import Text
from goodcall.atomic import write_file
from outreach import load_policy, to_csv, to_json, to_xlsx
from reports import funnel_facts, funnel_report

app = typer.Typer(
    no_args_is_help=True,
    help="Outreach: plan the night, pull a manager's list, ask why a customer is on it or not.",
)
app.command("allocate")(allocate_command)
Manager = Annotated[
    int, typer.Option("--manager", help="A manager's id; a branch's id where lists are by branch.")
]
Agent = Annotated[int, typer.Option("--agent", help="The staff id of who does it.")]


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
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Plan everyone's lists for a day, from what was known before it, and keep the plan.

    Needs champions: train first. The same date planned twice from the same data and models gives
    the same lists. Nothing is sent: a person decides about every contact. The plan says what it is
    worth and how far any other plan within the same minutes and volumes could go beyond it.
    """
    speak = show(lang, as_json=as_json)
    place, opened = workspace(home), open_bank(bank)
    policy = policy_of(place, currency=opened.manifest.currency)
    away = frozenset(absent or ())
    night = Night(place, opened, policy, parse_day(day), now(), audit_of(place), away)
    with speak.progress(Text("planning", "计划中")) as step:
        plan_night(night, tell=lambda _: None, step=step)
    with ledger_of(place) as ledger:
        report = funnel_report(ledger, night.day)
    print_funnel(speak, report)
    print_balance(speak, report.balance, policy.currency)
    speak.hand_over(funnel_facts(report))


@app.command("list")
def list_command(
    manager: Manager,
    day: Day,
    csv: Annotated[Path | None, typer.Option(help="Write the list to this CSV file.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write the list to this Excel file.")] = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """A manager's ranked list for a day, names and numbers masked; reading it is audited."""
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    pulled = pull_list(place, parse_day(day), manager)
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
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Why a customer is on the day's list or not: every action, every rule, every factor."""
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    audit_of(place).record("command line", "ask why", f"customer {customer}", day=day)
    with ledger_of(place) as ledger:
        trail = ledger.trail(customer, parse_day(day))
        reasons = reasons_of(ledger, trail)
    print_trail(speak, trail, load_policy(place.policy), reasons)
    speak.hand_over(trail_facts(trail, reasons))


@app.command("reserve")
def reserve_command(
    manager: Manager,
    day: Day,
    rank: Annotated[int, typer.Option(min=1, help="Which row of the list.")],
    agent: Agent,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Take a row of a list just before the contact: the ledger checks every rule again, now.

    Exit 0 and the contact's number when it may happen; exit 1 and the rules against it when not.
    """
    speak = show(lang, as_json=as_json)
    decision, contact = reserve_row(workspace(home), parse_day(day), manager, rank, agent)
    speak.say(words.VERDICTS[decision.verdict])
    for code in decision.failing:
        speak.say(words.reason(code))
    if decision.until:
        speak.say(Text(f"first allowed at {decision.until}", f"最早可于{decision.until}联络"))
    if contact is not None:
        speak.say(Text(f"contact {contact}", f"联系编号 {contact}"))
    speak.hand_over(
        {
            "verdict": decision.verdict,
            "until": decision.until,
            "failing": list(decision.failing),
            "policy": decision.policy_version,
            "contact_id": contact,
        }
    )
    if contact is None:
        raise typer.Exit(1)


@app.command("outcome")
def outcome_command(
    contact: Annotated[int, typer.Argument(metavar="CONTACT", help="A reserved contact's number.")],
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="What came of it, such as CONNECTED_INTERESTED.")
    ],
    agent: Agent,
    note: Annotated[str | None, typer.Option(help="Free words, if any.")] = None,
    home: Home = None,
    lang: Lang = None,
) -> None:
    """Note what came of a contact; a refusal or a complaint takes effect at once."""
    speak = show(lang)
    place = workspace(home)
    audit_of(place).record(f"staff {agent}", "record outcome", f"contact {contact}", code=code)
    with ledger_of(place) as ledger:
        ledger.record_outcome(contact, code, now=now(), agent=agent, note=note)
    speak.say(Text(f"noted: {code}", f"已记录:{code}"))
