"""The two-person rule for the contact policy: who proposed what, and who else approved it.

A change that only tightens is put in force by one person who may change policies; any other needs
the word of a second person who may approve policies. What loosens is worked out by who knows
policies (outreach/tightening.py) and handed in.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select

from goodcall.database import hold
from goodcall.language import Text
from goodcall.principal import Principal
from governance.access import Access
from governance.errors import AccessRefused, StoreError
from governance.instants import instant_text, whole_second
from governance.resets import refuse_one_hand
from governance.schema import POLICY_PROPOSALS, POLICY_WORDS

_MOST_SAID = 1000
# Whoever decides on a policy waits until nobody else does.
_ALL = "the contact policy"
_ADOPTED = "in force when access was set up"


@dataclass(frozen=True, slots=True)
class Change:
    """A policy that shall take another's place, and in which ways it is looser than that one."""

    version: str
    text: str
    before_version: str
    loosens: tuple[Text, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """The policy that is in force when access is set up, and who sets it up."""

    by: str
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class PolicyWord:
    """What was said to a proposal, by whom and when; `number` counts the words of all of them."""

    word: str
    by: str
    note: str | None
    said_at: datetime
    number: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed policy, and all that was said to it, oldest first."""

    proposal_id: int
    change: Change
    by: str
    proposed_at: datetime
    words: tuple[PolicyWord, ...] = ()

    @property
    def state(self) -> str:
        """`pending`, else `approved` or `refused`."""
        return self.words[-1].word if self.words else "pending"


def propose(
    connection: Connection, access: Access, by: Principal, change: Change, now: datetime
) -> Proposal:
    """The proposal; one that only tightens is approved by whoever made it, at once.

    AccessRefused for a program, and for whose role it is not; StoreError where another policy was
    approved than the one that it was compared with.
    """
    access.permit(by, "policy.change", now=now)
    _refuse_program(by)
    hold(connection, [_ALL])
    found = _proposed(connection, change, by, now)
    if found is not None:
        return found
    _refuse_stale(connection, change, change.before_version)
    if not 0 < len(change.reason.strip()) <= _MOST_SAID:
        raise StoreError(f"a proposal says why, in {_MOST_SAID} characters or fewer")
    if change.version == change.before_version:
        raise StoreError(f"policy {change.version} is in force already; nothing would change")
    number = _add(connection, by.id, change, now)
    if not change.loosens:
        return _say(connection, number, PolicyWord("approved", by.id, "only tightens", now))
    return proposal_of(connection, number)


def adopt(connection: Connection, policy: Adopted, now: datetime) -> None:
    """Take the policy that is in force when access is set up as approved; later ones rest on it."""
    change = Change(policy.version, policy.text, policy.version, (), _ADOPTED)
    number = _add(connection, policy.by, change, now)
    _say(connection, number, PolicyWord("approved", policy.by, None, now))


def decide_policy(
    connection: Connection,
    access: Access,
    by: Principal,
    proposal_id: int,
    *,
    in_force: str,
    approved: bool,
    note: str | None,
    now: datetime,
) -> Proposal:
    """The proposal after a second person's word.

    Where another policy was approved than the one it was compared with, what it loosens is unknown,
    and it is to be proposed anew; `in_force` is the version that counts where none was approved.
    """
    access.permit(by, "policy.approve", now=now)
    _refuse_program(by)
    hold(connection, [_ALL])
    found = proposal_of(connection, proposal_id)
    said = PolicyWord("approved" if approved else "refused", by.id, note, whole_second(now))
    if [replace(each, number=0) for each in found.words] == [said] and by.id != found.by:
        return found
    if found.state != "pending":
        raise StoreError(f"proposal {proposal_id} is {found.state} already; propose anew")
    if by.id == found.by:
        raise AccessRefused(
            f"{by.id} proposed {proposal_id} and does not decide on it; a policy that loosens "
            "something needs a second person who may approve policies"
        )
    refuse_one_hand(connection, found.by, by.id, now)
    if approved:
        _refuse_stale(connection, found.change, in_force)
    return _say(connection, proposal_id, said)


def proposal_of(connection: Connection, proposal_id: int) -> Proposal:
    """A proposal with its words; StoreError where there is none of that number."""
    found = [each for each in proposals(connection) if each.proposal_id == proposal_id]
    if not found:
        raise StoreError(f"there is no proposal {proposal_id}; `goodcall policy status` shows them")
    return found[0]


def proposals(connection: Connection) -> tuple[Proposal, ...]:
    """All proposals with their words, oldest first."""
    said: dict[int, list[PolicyWord]] = {}
    for row in connection.execute(select(POLICY_WORDS).order_by(POLICY_WORDS.c.word_id)):
        at = datetime.fromisoformat(row.said_at)
        said.setdefault(row.proposal_id, []).append(
            PolicyWord(row.word, row.by, row.note, at, row.word_id)
        )
    asked = select(POLICY_PROPOSALS).order_by(POLICY_PROPOSALS.c.proposal_id)
    return tuple(
        Proposal(
            row.proposal_id,
            Change(
                *(
                    row.version,
                    row.text,
                    row.before_version,
                    tuple(Text(*each) for each in json.loads(row.loosens)),
                ),
                row.reason,
            ),
            row.by,
            datetime.fromisoformat(row.proposed_at),
            tuple(said.get(row.proposal_id, ())),
        )
        for row in connection.execute(asked)
    )


def last_approved(every: Sequence[Proposal]) -> Proposal | None:
    """The proposal that was approved last; None before any was."""
    approved = [each for each in every if each.state == "approved"]
    return max(approved, key=lambda each: each.words[-1].number, default=None)


def _proposed(
    connection: Connection, change: Change, by: Principal, now: datetime
) -> Proposal | None:
    """The very same proposal, of a write whose answer was lost; None where there is none."""
    same = replace(change, reason=change.reason.strip()), by.id, whole_second(now)
    every = proposals(connection)
    return next((e for e in every if (e.change, e.by, e.proposed_at) == same), None)


def _refuse_stale(connection: Connection, change: Change, otherwise: str) -> None:
    last = last_approved(proposals(connection))
    counts = otherwise if last is None else last.change.version
    if counts != change.before_version:
        raise StoreError(
            f"policy {change.version} was compared with policy {change.before_version}, and "
            f"{counts} is in force; propose it anew"
        )


def _refuse_program(by: Principal) -> None:
    if by.sort != "person":
        raise AccessRefused(f"{by.id} is a program; policies are changed by people")


def _add(connection: Connection, by: str, change: Change, now: datetime) -> int:
    values = {
        "version": change.version,
        "text": change.text,
        "before_version": change.before_version,
        "loosens": json.dumps([[each.en, each.zh] for each in change.loosens]),
        "by": by,
        "reason": change.reason.strip(),
        "proposed_at": instant_text(now),
    }
    added = insert(POLICY_PROPOSALS).returning(POLICY_PROPOSALS.c.proposal_id)
    return int(connection.execute(added, values).scalar_one())


def _say(connection: Connection, proposal_id: int, said: PolicyWord) -> Proposal:
    values = {
        "proposal_id": proposal_id,
        "word": said.word,
        "by": said.by,
        "note": said.note,
        "said_at": instant_text(said.said_at),
    }
    connection.execute(insert(POLICY_WORDS), values)
    return proposal_of(connection, proposal_id)
