"""What a manager does with a row: open, reserve and dial it, tell what came of it, or skip it."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli import words
from cli.card import card_facts, print_card
from cli.clock import now, when
from cli.errors import BadOption
from cli.options import (
    Agent,
    Day,
    Home,
    Json,
    Lang,
    Manager,
    parse_day,
    parse_moment,
    show,
    workspace,
)
from cli.records import audit_of, ledger_of
from cli.rows import Spot, family_of, foreseen, keep_promise, open_row, reserve_row
from cli.show import Show
from goodcall import Text
from goodcall.vocabulary import PROMISES
from outreach import Decision, PutOff, Taken, Word, in_force, load_policy

Rank = Annotated[int, typer.Option("--rank", min=1, help="Which row of the list.")]
Contact = Annotated[
    int, typer.Argument(metavar="CONTACT", help="A reserved contact's number.", show_default=False)
]
Dial = Annotated[
    bool, typer.Option("--dial", help="Note too that the contact is being made this moment.")
]


def open_command(
    manager: Manager,
    day: Day,
    rank: Rank,
    agent: Agent,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Open a row to prepare it: it is judged anew, and the card says what matters for the talk.

    Why, with what and at which price, whether it may be dialled now or from when on, what not to
    bring up, and the last contacts by anyone. Nothing is reserved; opening is audited.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    card = open_row(place, Spot(parse_day(day), manager, rank, agent))
    print_card(speak, card, load_policy(place.policy))
    speak.hand_over(card_facts(card))


def reserve_command(
    manager: Manager,
    day: Day,
    rank: Rank,
    agent: Agent,
    dial: Dial = False,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Take a row of a list just before the contact: the ledger checks every rule again, now.

    Exit 0 and the contact's number when it may happen; exit 1 and the rules against it when not.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    taken = reserve_row(place, Spot(parse_day(day), manager, rank, agent), dial=dial)
    _tell(speak, taken, load_policy(place.policy).zone, dialled=dial)


def keep_command(
    contact: Annotated[
        int, typer.Argument(metavar="CONTACT", help="The contact in which it was promised.")
    ],
    agent: Agent,
    dial: Dial = False,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Keep a promise that is on no list yet, such as a call-back agreed for later today.

    The ledger checks every rule but the gaps between contacts; exit 1 where one is against it.
    """
    speak = show(lang, as_json=as_json)
    place = workspace(home)
    taken = keep_promise(place, contact, agent, dial=dial)
    _tell(speak, taken, load_policy(place.policy).zone, dialled=dial)


def dial_command(contact: Contact, agent: Agent, home: Home = None, lang: Lang = None) -> None:
    """Note that a reserved contact is being made now; one that was stopped since is refused."""
    speak = show(lang)
    place = workspace(home)
    audit_of(place).record(f"staff {agent}", "dial", f"contact {contact}")
    with ledger_of(place) as ledger:
        ledger.dial(contact, now=now(), agent=agent)
    speak.say(Text(f"dialled: contact {contact}", f"已拨打:联系编号{contact}"))


def outcome_command(
    contact: Contact,
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="What came of it, such as CONNECTED_INTERESTED.")
    ],
    agent: Agent,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="MOMENT",
            help="For when a call-back or an appointment was promised, as '2026-07-02 15:00'.",
        ),
    ] = None,
    note: Annotated[str | None, typer.Option(help="Free words, if any.")] = None,
    home: Home = None,
    lang: Lang = None,
) -> None:
    """Note what came of a contact; a refusal or a complaint takes effect at once.

    What was promised with CONNECTED_CALLBACK or CONNECTED_APPT stands first on that day's list.
    """
    speak = show(lang)
    place = workspace(home)
    if code in PROMISES and at is None:
        raise BadOption(f"{code} promises a moment; say which with --at '2026-07-02 15:00'")
    due_at = None if at is None else parse_moment(at, load_policy(place.policy).zone)
    audit_of(place).record(f"staff {agent}", "record outcome", f"contact {contact}", code=code)
    with ledger_of(place) as ledger:
        ledger.record_outcome(contact, code, now=now(), agent=agent, note=note, due_at=due_at)
    said = words.said(code)
    speak.say(Text(f"noted: {code} ({said.en})", f"已记录:{code}({said.zh})"))
    if due_at is not None:
        _warn(speak, foreseen(place, contact), load_policy(place.policy).zone)


def skip_command(
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE",
            help="ALREADY_HANDLED, NOT_WORKED, WRONG_RECOMMENDATION, SHOULD_NOT_DISTURB or "
            "DEFER_MOOD.",
        ),
    ],
    manager: Manager,
    day: Day,
    rank: Rank,
    agent: Agent,
    reason: Annotated[
        str | None,
        typer.Option(help="Why; NOT_WORKED and WRONG_RECOMMENDATION need it."),
    ] = None,
    home: Home = None,
    lang: Lang = None,
) -> None:
    """Set a row aside without a contact; a reservation that was not dialled is given back.

    DEFER_MOOD stops those who would sell for a while, SHOULD_NOT_DISTURB what the policy suppresses
    by it. Such a row is not left over to the next day.
    """
    speak = show(lang)
    place, spot = workspace(home), Spot(parse_day(day), manager, rank, agent)
    audit_of(place).record(
        f"staff {agent}", "skip row", f"row {rank} of list {manager} of {spot.day}", code=code
    )
    word = Word(code, now(), agent, reason, family_of(place, spot))
    with ledger_of(place) as ledger:
        ledger.skip(in_force(place, ledger, spot.day).day, manager, rank, word)
    said = words.said(code)
    speak.say(Text(f"set aside: {said.en}", f"已搁置:{said.zh}"))


def snooze_command(
    manager: Manager,
    day: Day,
    rank: Rank,
    agent: Agent,
    reason: Annotated[str, typer.Option(help="Why; the ledger keeps it.")],
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="MOMENT",
            help="When the row comes back, as '2026-07-02 15:00': today or within 92 days.",
        ),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="End the row's snooze now.")] = False,
    home: Home = None,
    lang: Lang = None,
) -> None:
    """Put a row off to a moment: until then nothing offers the customer anything, then it is back.

    Until later today the row itself comes back; until another day the customer is weighed for that
    day like all others, from that moment on. What a customer asked for himself is no snooze: tell
    the outcome CONNECTED_CALLBACK with its moment, or NOT_NOW, which rests the customer as the
    policy says.
    """
    speak = show(lang)
    place, spot, moment = workspace(home), Spot(parse_day(day), manager, rank, agent), now()
    if off == (until is not None):
        raise BadOption("say when the row comes back with --until, or end its snooze with --off")
    zone = load_policy(place.policy).zone
    back = moment if until is None else parse_moment(until, zone)
    audit_of(place).record(
        f"staff {agent}", "snooze row", f"row {rank} of list {manager} of {spot.day}",
        until=back.isoformat(),
    )  # fmt: skip
    with ledger_of(place) as ledger:
        word = PutOff(back, moment, agent, reason)
        ledger.snooze(in_force(place, ledger, spot.day).day, manager, rank, word)
    said = when(back, ZoneInfo(zone))
    speak.say(
        Text("back on the list", "已恢复")
        if off
        else Text(f"snoozed until {said}", f"已暂缓至{said}")
    )


def _warn(speak: Show, decision: Decision | None, zone: str) -> None:
    """Say at once where the rules would not let what was promised be kept."""
    if decision is None or decision.verdict == "allow":
        return
    against = [words.said(code) for code in decision.failing]
    until = Text("never", "不再允许")
    if decision.until is not None:
        until = Text(*(when(decision.until, ZoneInfo(zone)),) * 2)
    speak.say(
        Text(
            f"mind: as things stand the rules will not allow it then "
            f"({', '.join(each.en for each in against)}); first allowed: {until.en}",
            f"注意:按目前情况届时规则不允许({'、'.join(each.zh for each in against)});"
            f"最早可于:{until.zh}",
        )
    )


def _tell(speak: Show, taken: Taken, zone: str, *, dialled: bool) -> None:
    """The decision in words; the command ends with 1 where the contact may not be made."""
    decision, contact = taken.decision, taken.contact_id
    speak.say(words.VERDICTS[decision.verdict])
    for code in decision.failing:
        speak.say(words.reason(code))
    if decision.until:
        said = when(decision.until, ZoneInfo(zone))
        speak.say(Text(f"first allowed at {said}", f"最早可于{said}联络"))
    if contact is not None:
        speak.say(Text(f"contact {contact}", f"联系编号 {contact}"))
        if not dialled:
            speak.say(
                Text(
                    f"next: goodcall outreach dial {contact}",
                    f"下一步:goodcall outreach dial {contact}",
                )
            )
    speak.hand_over(
        {
            "verdict": decision.verdict,
            "until": decision.until,
            "failing": list(decision.failing),
            "policy": decision.policy_version,
            "contact_id": contact,
            "dialled": dialled and contact is not None,
        }
    )
    if contact is None:
        raise typer.Exit(1)
