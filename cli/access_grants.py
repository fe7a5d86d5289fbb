"""`goodcall access request` and what follows: wider access, approved by another person."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from cli.clock import now
from cli.options import As, Home, Json, Lang, show, workspace
from cli.proving import Acting, acting
from cli.show import Show
from goodcall import Text, Workspace
from governance import REACHES, AccessRefused, AccessRequest, Wish

_STATES = {
    "pending": Text("pending", "待审批"),
    "approved": Text("approved", "已批准"),
    "denied": Text("denied", "已拒绝"),
    "withdrawn": Text("withdrawn", "已撤回"),
    "ended": Text("ended", "已终止"),
    "expired": Text("expired", "已过期"),
}
Number = Annotated[int, typer.Argument(metavar="REQUEST", help="The number of the request.")]
Note = Annotated[str | None, typer.Option(help="A word to it; kept with it.")]


def request_command(
    action: Annotated[str, typer.Argument(metavar="ACTION", help="What for, such as view.")],
    reach: Annotated[str, typer.Argument(metavar="REACH", help=f"For whom: {', '.join(REACHES)}.")],
    reason: Annotated[str, typer.Option(help="Why; who decides reads it, and it is kept.")],
    of: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help="Of that customer, manager or branch.")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=8784, help="For so many hours from now.")] = 8,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Ask for an action beyond your role, for a while: another person decides.

    What can be asked for, and for how many days at most, stands in the access file ([grants]). The
    fields that are shown stay those of your role.
    """
    speak, at_now = show(lang, as_json=as_json), now()
    wish = Wish(action, reach, of, reason, at_now + timedelta(hours=hours))  # type: ignore[arg-type]
    with acting(workspace(home), name) as at:
        subject = f"{action}, {reach}" if of is None else f"{action}, {reach} {of}"
        at.record("request access", subject, reason=reason, until=wish.until.isoformat())
        number = at.store.ask(at.access, at.person, wish, now=at_now)
    speak.say(
        Text(
            f"request {number} waits for another person: `goodcall access approve {number}`",
            f"申请{number}等待他人审批:`goodcall access approve {number}`",
        )
    )
    speak.hand_over({"request": number, "until": wish.until})


def approve_command(
    request: Number,
    note: Note = None,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Approve another person's request; it counts from now until its end, and is audited."""
    _decide(show(lang, as_json=as_json), workspace(home), name, (request, note), approved=True)


def deny_command(
    request: Number,
    note: Note = None,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Deny another person's request."""
    _decide(show(lang, as_json=as_json), workspace(home), name, (request, note), approved=False)


def withdraw_command(
    request: Number,
    note: Note = None,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Take back your own request, or end what was approved before its time."""
    speak = show(lang, as_json=as_json)
    with acting(workspace(home), name) as at:
        at.record("take access back", f"request {request}", note=note)
        found = at.store.take_back(at.access, at.person, request, note=note, now=now())
    _tell(speak, found, now())


def requests_command(
    name: As = None, home: Home = None, lang: Lang = None, as_json: Json = False
) -> None:
    """Show requests for wider access and what was said to them: yours, or all where you may.

    All of them are for who may read or approve access.
    """
    speak, at_now = show(lang, as_json=as_json), now()
    with acting(workspace(home), name) as at:
        at.record("read access requests", "all")
        every = _sees_all(at)
        found = [e for e in at.store.requests() if every or e.who == at.person.id]
    heads = ("#", Text("who", "申请人"), Text("for", "内容"), Text("until (UTC)", "截止(UTC)"))
    speak.table(
        (*heads, Text("why", "理由"), Text("state", "状态"), Text("by", "审批人")),
        [
            (
                *(e.request_id, e.who, _for(e), f"{e.wish.until:%Y-%m-%d %H:%M}", e.wish.reason),
                *(_STATES[e.state(at_now)], e.words[-1].by if e.words else ""),
            )
            for e in found
        ],
        right=(0,),
    )
    speak.hand_over([_facts(e, at_now) for e in found])


def _decide(
    speak: Show,
    place: Workspace,
    name: str | None,
    said: tuple[int, str | None],
    *,
    approved: bool,
) -> None:
    request, note = said
    with acting(place, name) as at:
        word = "approve access" if approved else "deny access"
        at.record(word, f"request {request}", note=note)
        found = at.store.decide(
            at.access, at.person, request, approved=approved, note=note, now=now()
        )
    _tell(speak, found, now())


def _sees_all(at: Acting) -> bool:
    for action in ("access.read", "access.approve"):
        try:
            at.access.permit(at.person, action, now=now())
        except AccessRefused:
            continue
        return True
    return False


def _tell(speak: Show, found: AccessRequest, at: datetime) -> None:
    state = _STATES[found.state(at)]
    speak.say(
        Text(
            f"request {found.request_id} of {found.who} ({_for(found)}): {state.en}",
            f"{found.who}的申请{found.request_id}({_for(found)}):{state.zh}",
        )
    )
    speak.hand_over(_facts(found, at))


def _for(found: AccessRequest) -> str:
    of = "" if found.wish.of is None else f" {found.wish.of}"
    return f"{found.wish.action}, {found.wish.reach}{of}"


def _facts(found: AccessRequest, at: datetime) -> dict[str, object]:
    wish = found.wish
    return {
        "request": found.request_id,
        "who": found.who,
        "action": wish.action,
        "reach": wish.reach,
        "of": wish.of,
        "reason": wish.reason,
        "asked_at": found.asked_at,
        "until": wish.until,
        "state": found.state(at),
        "words": [
            {"word": e.word, "by": e.by, "note": e.note, "said_at": e.said_at} for e in found.words
        ],
    }
