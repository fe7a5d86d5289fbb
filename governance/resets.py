"""Passwords that one person gave to another: good once, for a day, and never for two persons' work.

Whoever gives a password could sign in by it. So the person must change it before anything else, and
for a while afterwards what needs two persons is not done by two accounts that one person held.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, update

from governance.errors import AccessRefused
from governance.instants import instant_text
from governance.passwords import weakness
from governance.schema import PASSWORD_RESETS, USERS

GOOD_FOR = timedelta(days=1)
# Long enough for who was away to notice that the own password is good no more.
APART_DAYS = 14
_PASSWORD_BYTES = 15


@dataclass(frozen=True, slots=True)
class OneTime:
    """A password to be told once, and until when it is good."""

    password: str
    until: datetime


def draw_one_time(name: str, now: datetime) -> OneTime:
    """A password for a user that nobody guesses, of 20 characters.

    Chance puts a short name into one of some thousands, which is drawn anew.
    """
    while True:
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        if weakness(password, name) is None:
            return OneTime(password, now + GOOD_FOR)


def note_reset(
    connection: Connection, name: str, *, by: str, until: datetime, now: datetime
) -> None:
    """Keep that somebody gave a person a password that is good until then, to be changed."""
    until_then = update(USERS).where(USERS.c.name == name)
    connection.execute(until_then.values(one_time_until=instant_text(until)))
    given = {"name": name, "by": by, "reset_at": instant_text(now)}
    connection.execute(insert(PASSWORD_RESETS).values(**given))


def refuse_one_hand(connection: Connection, asked: str, decides: str, now: datetime) -> None:
    """AccessRefused where one person may have held both who asked and who decides.

    An account is held by its own person, and for APART_DAYS by each who gave it a password, and by
    whoever held the giver's account at that moment.
    """
    at = instant_text(now)
    shared = _hands(connection, asked, at, set()) & _hands(connection, decides, at, set())
    if shared:
        who = ", ".join(sorted(shared))
        raise AccessRefused(
            f"{decides} does not decide on what {asked} asked for: by passwords given within "
            f"{APART_DAYS} days {who} could have acted as either; ask another person"
        )


def _hands(connection: Connection, who: str, at: str, seen: set[tuple[str, str]]) -> set[str]:
    """Who may have acted as somebody at a moment; what was `seen` already is not looked at again.

    Moments are texts whose order is that of time.
    """
    if (who, at) in seen:
        return set()
    seen.add((who, at))
    name, staff = who.removeprefix("user "), who.removeprefix("staff ")
    is_his = [USERS.c.name == name]
    if staff.isdigit():
        is_his.append(USERS.c.staff_id == int(staff))
    since = instant_text(datetime.fromisoformat(at) - timedelta(days=APART_DAYS))
    given = (
        select(PASSWORD_RESETS.c.by, PASSWORD_RESETS.c.reset_at)
        .join(USERS)
        .where(or_(*is_his), PASSWORD_RESETS.c.reset_at > since, PASSWORD_RESETS.c.reset_at <= at)
    )
    rows = connection.execute(given).all()
    return {who}.union(*(_hands(connection, row.by, row.reset_at, seen) for row in rows))
