"""`goodcall policy propose` and `approve`: a policy that loosens something needs two persons."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.clock import now
from cli.errors import NothingFound
from cli.options import As, Home, Json, Lang, show, workspace
from cli.policies import install_policy
from cli.proving import acting
from cli.records import audit_of
from cli.show import Show
from goodcall import Text
from governance import Change, Proposal, last_approved, proposals_in, unapproved
from outreach import Policy, default_policy_text, load_policy, loosenings, parse_policy

Number = Annotated[int, typer.Argument(metavar="PROPOSAL", help="The number of the proposal.")]
Note = Annotated[str | None, typer.Option(help="A word to it; kept with it.")]
_STATES = {
    "pending": Text("pending", "待审批"),
    "approved": Text("approved", "已批准"),
    "refused": Text("refused", "已拒绝"),
}


def propose_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy that shall be.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the proposal.")],
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Propose another policy; one that only tightens is in force at once.

    A cap that rises, a gap that shrinks, hours that widen, a rule that goes, and whatever is not
    known to tighten, need the word of a second person: `goodcall policy approve`.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    new = load_policy(file)
    with acting(place, name, "policy.change") as at:
        old = _counting(at.store.proposals())
        change = Change(new.version, new.text, old.version, loosenings(old, new), reason)
        at.record(
            *("propose policy", f"policy {new.version}"),
            before=old.version,
            loosens=[each.en for each in change.loosens],
            reason=reason,
        )
        found = at.store.propose(at.access, at.person, change, now=now())
        if found.state == "approved":
            at.record("policy in force", f"policy {new.version}", proposal=found.proposal_id)
            install_policy(place, new.text)
    _tell(speak, found)


def approve_command(
    proposal: Number,
    note: Note = None,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Approve another person's policy and put it in force."""
    speak, place = show(lang, as_json=as_json), workspace(home)
    with acting(place, name, "policy.approve") as at:
        at.record("approve policy", f"proposal {proposal}", note=note)
        found = at.store.decide_policy(
            *(at.access, at.person, proposal),
            in_force=_counting(at.store.proposals()).version,
            approved=True,
            note=note,
            now=now(),
        )
        version = found.change.version
        at.record("policy in force", f"policy {version}", proposal=proposal, whose=found.by)
        install_policy(place, found.change.text)
    _tell(speak, found)


def refuse_command(
    proposal: Number,
    note: Note = None,
    name: As = None,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Refuse another person's policy; what is in force stays."""
    speak, place = show(lang, as_json=as_json), workspace(home)
    with acting(place, name, "policy.approve") as at:
        at.record("refuse policy", f"proposal {proposal}", note=note)
        found = at.store.decide_policy(
            *(at.access, at.person, proposal), in_force="", approved=False, note=note, now=now()
        )
    _tell(speak, found)


def status_command(home: Home = None, lang: Lang = None, as_json: Json = False) -> None:
    """Say which policy is in the workspace, who approved it, and which ones wait for a word.

    Exit 1 where nobody approved what is there, such as after the file was edited by hand.
    """
    speak, place = show(lang, as_json=as_json), workspace(home)
    if not place.policy.exists():
        raise NothingFound(f"there is no policy at {place.policy}; the first plan puts one there")
    policy = load_policy(place.policy)
    audit_of(place).record("command line", "read policy status", policy.version)
    every = proposals_in(place)
    why = unapproved(place, policy.version)
    last = last_approved(every or ())
    found = last if last is not None and last.change.version == policy.version else None
    speak.say(Text(f"policy {policy.version}", f"规则{policy.version}"))
    speak.say(why or _approved_by(found))
    for each in every or ():
        if each.state == "pending":
            _say(speak, each)
    speak.hand_over(
        {
            "version": policy.version,
            "approved": why is None,
            "by": None if found is None else [found.by, *(word.by for word in found.words)],
            "proposals": [_facts(each) for each in every or ()],
        }
    )
    if why is not None:
        raise typer.Exit(1)


def restore_command(
    name: As = None, home: Home = None, lang: Lang = None, as_json: Json = False
) -> None:
    """Put the policy back that was approved last, in place of what stands in the workspace."""
    speak, place = show(lang, as_json=as_json), workspace(home)
    with acting(place, name, "policy.change") as at:
        policy = _counting(at.store.proposals())
        at.record("restore policy", f"policy {policy.version}")
        install_policy(place, policy.text)
    speak.say(Text(f"policy {policy.version} is in force", f"规则{policy.version}已生效"))
    speak.hand_over({"version": policy.version})


def _approved_by(found: Proposal | None) -> Text:
    if found is None:
        return Text(
            "as shipped, or access is not set up: nobody approves policies yet",
            "为随附规则,或尚未设置权限:无需审批",
        )
    by = found.words[-1].by
    alone = Text(" alone, since it only tightens", "(仅收紧,一人即可)")
    both = Text(f", approved by {by}", f",{by}批准")
    more = alone if by == found.by else both
    return Text(f"proposed by {found.by}{more.en}", f"{found.by}提交{more.zh}")


def _tell(speak: Show, found: Proposal) -> None:
    _say(speak, found)
    speak.hand_over(_facts(found))


def _say(speak: Show, found: Proposal) -> None:
    """A proposal, where it stands, and in which ways it is looser."""
    state, version = _STATES[found.state], found.change.version
    speak.say(
        Text(
            f"proposal {found.proposal_id}: policy {version} by {found.by}, {state.en} "
            f"({found.change.reason})",
            f"提案{found.proposal_id}:规则{version},{found.by}提交,{state.zh}({found.change.reason})",
        )
    )
    for each in found.change.loosens:
        speak.say(Text(f"  looser: {each.en}", f"  放宽:{each.zh}"))
    if found.state == "pending":
        number = found.proposal_id
        speak.say(
            Text(
                f"  another person decides: `goodcall policy approve {number}`, or `refuse`",
                f"  由他人决定:`goodcall policy approve {number}`或`refuse`",
            )
        )


def _facts(found: Proposal) -> dict[str, object]:
    change = found.change
    return {
        "proposal": found.proposal_id,
        "version": change.version,
        "before": change.before_version,
        "loosens": [{"en": each.en, "zh": each.zh} for each in change.loosens],
        "by": found.by,
        "reason": change.reason,
        "proposed_at": found.proposed_at,
        "state": found.state,
        "words": [
            {"word": e.word, "by": e.by, "note": e.note, "said_at": e.said_at} for e in found.words
        ],
    }


def _counting(proposals: Sequence[Proposal]) -> Policy:
    """The policy that counts: the one approved last, the first of them adopted at the set-up.

    The shipped one where none ever was.
    """
    last = last_approved(proposals)
    return parse_policy(default_policy_text() if last is None else last.change.text)
