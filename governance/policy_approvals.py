"""The two-person rule for the contact policy: who proposed what, and who else approved it.

A change that only tightens is put in force by one person who may change policies; any other needs
the word of a second person who may approve policies. What loosens is worked out by who knows
policies (outreach/tightening.py) and handed in.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from goodcall.principal import Principal
from governance.access import Access
from governance.errors import AccessRefused, StoreError
from governance.instants import instant_text
from governance.schema import POLICY_PROPOSALS, POLICY_WORDS

_MOST_SAID = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """A policy that shall take another's place, and in which ways it is looser than that one."""

    version: str
    text: str
    before_version: str
    loosens: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyWord:
    """What was said to a proposal, by whom and when."""

    word: str
    by: str
    note: str | None
    said_at: datetime


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

    AccessRefused for a program, and for whose role it is not.
    """
    access.permit(by, "policy.change", now=now)
    _refuse_program(by)
    if not 0 < len(change.reason.strip()) <= _MOST_SAID:
        raise StoreError(f"a proposal says why, in {_MOST_SAID} characters or fewer")
    if change.version == change.before_version:
        raise StoreError(f"policy {change.version} is in force already; nothing would change")
    added = connection.execute(
        insert(POLICY_PROPOSALS).returning(POLICY_PROPOSALS.c.proposal_id),
        {
            "version": change.version,
            "text": change.text,
            "before_version": change.before_version,
            "loosens": json.dumps(change.loosens, ensure_ascii=False),
            "by": by.id,
            "reason": change.reason.strip(),
            "proposed_at": instant_text(now),
        },
    )
    number = int(added.scalar_one())
    if not change.loosens:
        return _say(connection, number, PolicyWord("approved", by.id, "only tightens", now))
    return proposal_of(connection, number)


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

    `in_force` is the version that it would take the place of: where that is another than the one
    it was compared with, what it loosens is unknown, and it is to be proposed anew.
    """
    access.permit(by, "policy.approve", now=now)
    _refuse_program(by)
    found = proposal_of(connection, proposal_id)
    if found.state != "pending":
        raise StoreError(f"proposal {proposal_id} is {found.state} already; propose anew")
    if by.id == found.by:
        raise AccessRefused(
            f"{by.id} proposed {proposal_id} and does not decide on it; a policy that loosens "
            "something needs a second person who may approve policies"
        )
    if approved and in_force != found.change.before_version:
        raise StoreError(
            f"proposal {proposal_id} was compared with policy {found.change.before_version}, and "
            f"{in_force} is in force; propose it anew"
        )
    return _say(
        connection, proposal_id, PolicyWord("approved" if approved else "refused", by.id, note, now)
    )


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
        said.setdefault(row.proposal_id, []).append(PolicyWord(row.word, row.by, row.note, at))
    asked = select(POLICY_PROPOSALS).order_by(POLICY_PROPOSALS.c.proposal_id)
    return tuple(
        Proposal(
            row.proposal_id,
            Change(
                *(row.version, row.text, row.before_version, tuple(json.loads(row.loosens))),
                row.reason,
            ),
            row.by,
            datetime.fromisoformat(row.proposed_at),
            tuple(said.get(row.proposal_id, ())),
        )
        for row in connection.execute(asked)
    )


def approval_of(every: Sequence[Proposal], version: str) -> Proposal | None:
    """The latest proposal by which a version was approved; None where it never was."""
    found = (e for e in reversed(every) if e.change.version == version and e.state == "approved")
    return next(found, None)


def _refuse_program(by: Principal) -> None:
    if by.sort != "person":
        raise AccessRefused(f"{by.id} is a program; policies are changed by people")


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
