"""Passwords that one person gave to another: good once, for a day, and never for two persons' work.

Whoever gives a password could sign in by it. So the person must change it before anything else, and
for a while afterwards what needs two persons is not done by two accounts that one person held.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from governance.errors import AccessRefused
from governance.instants import instant_text
from governance.schema import USERS

GOOD_FOR = timedelta(days=1)
# Long enough for who was away to notice that the own password is good no more.
APART_DAYS = 14
_PASSWORD_BYTES = 15


@dataclass(frozen=True, slots=True)
class OneTime:
    """A password to be told once, and until when it is good."""

    password: str
    until: datetime


def draw_one_time(now: datetime) -> OneTime:
    """A password that nobody guesses, of 20 characters."""
    return OneTime(secrets.token_urlsafe(_PASSWORD_BYTES), now + GOOD_FOR)


def note_reset(
    connection: Connection, name: str, *, by: str, until: datetime, now: datetime
) -> None:
    """Keep that somebody gave a person a password that is good until then, to be changed."""
    values = {"one_time_until": instant_text(until), "reset_by": by, "reset_at": instant_text(now)}
    connection.execute(update(USERS).where(USERS.c.name == name).values(**values))


def refuse_one_hand(connection: Connection, asked: str, decides: str, now: datetime) -> None:
    """AccessRefused where one person may have held both who asked and who decides.

    An account is held by its own person, and for APART_DAYS by whoever gave it a password.
    """
    shared = _hands(connection, asked, now) & _hands(connection, decides, now)
    if shared:
        who = ", ".join(sorted(shared))
        raise AccessRefused(
            f"{decides} does not decide on what {asked} asked for: {who} gave one of both a "
            f"password within {APART_DAYS} days and could have acted as either; ask another person"
        )


def _hands(connection: Connection, who: str, now: datetime) -> set[str]:
    """Who may have acted as somebody."""
    name, staff = who.removeprefix("user "), who.removeprefix("staff ")
    is_his = [USERS.c.name == name]
    if staff.isdigit():
        is_his.append(USERS.c.staff_id == int(staff))
    found = connection.execute(select(USERS.c.reset_by, USERS.c.reset_at).where(or_(*is_his)))
    since = now - timedelta(days=APART_DAYS)
    # Instants are kept as texts whose order is that of time.
    return {who} | {row.reset_by for row in found if (row.reset_at or "") > instant_text(since)}
