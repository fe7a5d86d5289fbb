"""Wider access for a while: asked for with a reason, decided by another person, then over.

What was asked and what was said to it are two tables to which rows are only added; where a request
stands is worked out of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Connection, insert, select

from goodcall.database import hold
from goodcall.principal import Principal
from governance.access import ACTIONS, Access, Grant, Reach
from governance.errors import AccessRefused, StoreError
from governance.instants import instant_text, whole_second
from governance.resets import refuse_one_hand
from governance.schema import ACCESS_REQUESTS, ACCESS_WORDS

REACHES: tuple[Reach, ...] = get_args(Reach)
State = Literal["pending", "approved", "denied", "withdrawn", "ended", "expired"]
_MOST_SAID = 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: an action, for one customer, manager or branch, or for all; why."""

    action: str
    reach: Reach
    of: int | None
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class AccessWord:
    """What was said to a request, by whom and when."""

    word: str
    by: str
    note: str | None
    said_at: datetime


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request for wider access, and all that was said to it, oldest first."""

    request_id: int
    who: str
    wish: Wish
    asked_at: datetime
    words: tuple[AccessWord, ...] = ()

    def state(self, now: datetime) -> State:
        """Where it stands at a moment: the latest word, unless its time is over."""
        word: State = self.words[-1].word if self.words else "pending"  # type: ignore[assignment]
        return "expired" if word in {"pending", "approved"} and now >= self.wish.until else word

    def grant(self, now: datetime) -> Grant | None:
        """The grant that it is at a moment; None where it is none."""
        if self.state(now) != "approved":
            return None
        wish, since = self.wish, self.words[-1].said_at
        return Grant(self.request_id, self.who, wish.action, wish.reach, wish.of, since, wish.until)


def ask(connection: Connection, access: Access, who: Principal, wish: Wish, now: datetime) -> int:
    """The number of a request that waits for another person's word.

    The same request of the same second is one, as long as nothing was said to it.
    """
    _refuse_wish(access, wish, now)
    access.role(who, wish.action)
    values = {
        "who": who.id,
        "action": wish.action,
        "reach": wish.reach,
        "of": wish.of,
        "reason": wish.reason.strip(),
        "asked_at": instant_text(now),
        "until": instant_text(wish.until),
    }
    same = [ACCESS_REQUESTS.c[name].is_not_distinct_from(value) for name, value in values.items()]
    waiting = (each for each in _requests(connection, same) if not each.words)
    if (found := next(waiting, None)) is not None:
        return found.request_id
    number = ACCESS_REQUESTS.c.request_id
    added = connection.execute(insert(ACCESS_REQUESTS).returning(number), values)
    return int(added.scalar_one())


def decide(
    connection: Connection,
    access: Access,
    by: Principal,
    request_id: int,
    *,
    approved: bool,
    note: str | None,
    now: datetime,
) -> AccessRequest:
    """The request as it stands after another person's word.

    AccessRefused for whoever asked himself, for a program, and for whose role it is not.
    """
    access.permit(by, "access.approve", now=now)
    hold(connection, [f"access request {request_id}"])
    found = request_of(connection, request_id)
    if by.id == found.who:
        raise AccessRefused(
            f"{by.id} asked for request {request_id} and does not decide on it; ask another person "
            "who may approve access"
        )
    if by.sort != "person":
        raise AccessRefused(f"{by.id} is a program; a person decides on wider access")
    refuse_one_hand(connection, found.who, by.id, now)
    said = AccessWord("approved" if approved else "denied", by.id, note, now)
    if _is_said(found, said):
        return found
    if found.state(now) != "pending":
        raise StoreError(f"request {request_id} is {found.state(now)} already; ask for access anew")
    if approved:
        # The file may have become narrower since.
        _refuse_wish(access, found.wish, now)
    return _say(connection, request_id, said)


def take_back(
    connection: Connection,
    access: Access,
    by: Principal,
    request_id: int,
    *,
    note: str | None,
    now: datetime,
) -> AccessRequest:
    """The request, withdrawn before it was decided, or ended early after it was approved.

    By who asked, or by a person who may approve access.
    """
    hold(connection, [f"access request {request_id}"])
    found = request_of(connection, request_id)
    if by.id != found.who:
        access.permit(by, "access.approve", now=now)
    if any(_is_said(found, AccessWord(word, by.id, note, now)) for word in ("withdrawn", "ended")):
        return found
    state = found.state(now)
    if state not in {"pending", "approved"}:
        raise StoreError(f"request {request_id} is {state} already; there is nothing to end")
    word = "withdrawn" if state == "pending" else "ended"
    return _say(connection, request_id, AccessWord(word, by.id, note, now))


def end_grants(connection: Connection, who: str, *, by: str, note: str, now: datetime) -> None:
    """End what somebody was granted or granted to others, and take back what he asked for.

    A request that waits for a word of his needs none of this: he may give none any more.
    """
    for each in requests(connection):
        state = each.state(now)
        if state == "approved" and who in {each.who, each.words[-1].by}:
            _say(connection, each.request_id, AccessWord("ended", by, note, now))
        elif state == "pending" and who == each.who:
            _say(connection, each.request_id, AccessWord("withdrawn", by, note, now))


def request_of(connection: Connection, request_id: int) -> AccessRequest:
    """A request with its words; StoreError where there is none of that number."""
    found = _requests(connection, [ACCESS_REQUESTS.c.request_id == request_id])
    if not found:
        raise StoreError(f"there is no request {request_id}; `goodcall access requests` shows them")
    return found[0]


def requests(connection: Connection) -> tuple[AccessRequest, ...]:
    """All requests with their words, oldest first."""
    return _requests(connection, [])


def grants_of(connection: Connection, who: str, now: datetime) -> tuple[Grant, ...]:
    """What somebody was granted that counts at a moment."""
    mine = [ACCESS_REQUESTS.c.who == who, ACCESS_REQUESTS.c.until > instant_text(now)]
    found = (each.grant(now) for each in _requests(connection, mine))
    return tuple(each for each in found if each is not None)


def _requests(connection: Connection, which: Iterable[object]) -> tuple[AccessRequest, ...]:
    asked = (
        select(ACCESS_REQUESTS, ACCESS_WORDS.c.word, ACCESS_WORDS.c.by, ACCESS_WORDS.c.note)
        .add_columns(ACCESS_WORDS.c.said_at)
        .outerjoin(ACCESS_WORDS, ACCESS_WORDS.c.request_id == ACCESS_REQUESTS.c.request_id)
        .where(*which)  # type: ignore[arg-type]
        .order_by(ACCESS_REQUESTS.c.request_id, ACCESS_WORDS.c.word_id)
    )
    found: dict[int, AccessRequest] = {}
    words: dict[int, list[AccessWord]] = {}
    for row in connection.execute(asked):
        until = datetime.fromisoformat(row.until)
        wish = Wish(row.action, row.reach, row.of, row.reason, until)
        asked_at = datetime.fromisoformat(row.asked_at)
        found[row.request_id] = AccessRequest(row.request_id, row.who, wish, asked_at)
        said = words.setdefault(row.request_id, [])
        if row.word is not None:
            at = datetime.fromisoformat(row.said_at)
            said.append(AccessWord(row.word, row.by, row.note, at))
    return tuple(
        AccessRequest(each.request_id, each.who, each.wish, each.asked_at, tuple(words[number]))
        for number, each in found.items()
    )


def _is_said(found: AccessRequest, said: AccessWord) -> bool:
    """Whether this very word was said last, such as by a write whose answer was lost."""
    return found.words[-1:] == (replace(said, said_at=whole_second(said.said_at)),)


def _say(connection: Connection, request_id: int, said: AccessWord) -> AccessRequest:
    values = {
        "request_id": request_id,
        "word": said.word,
        "by": said.by,
        "note": said.note,
        "said_at": instant_text(said.said_at),
    }
    connection.execute(insert(ACCESS_WORDS), values)
    return request_of(connection, request_id)


def _refuse_wish(access: Access, wish: Wish, now: datetime) -> None:
    if wish.action not in access.grantable:
        known = ", ".join(sorted(access.grantable))
        what = "cannot be granted" if wish.action in ACTIONS else "is no action"
        raise StoreError(f"{wish.action!r} {what}; what can be is: {known}")
    if wish.reach not in REACHES:
        raise StoreError(f"nothing reaches {wish.reach!r}; choose one of: {', '.join(REACHES)}")
    if (wish.of is None) != (wish.reach == "all"):
        needs = "no number" if wish.reach == "all" else f"the number of the {wish.reach}"
        raise StoreError(f"access that reaches {wish.reach} needs {needs}")
    if not 0 < len(wish.reason.strip()) <= _MOST_SAID:
        raise StoreError(f"a request says why, in {_MOST_SAID} characters or fewer")
    latest = now + timedelta(days=access.longest_grant_days)
    if not now < wish.until <= latest:
        raise StoreError(
            f"access until {wish.until:%Y-%m-%d %H:%M} cannot be granted; it ends after now and "
            f"within {access.longest_grant_days} days"
        )
