"""People who use Goodcall: their roles, their passwords, and whose word was too often wrong."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Connection, Row, func, insert, select, update

from goodcall.principal import Principal
from governance.errors import AccessRefused, SignInRefused, StoreError
from governance.grants import end_grants
from governance.instants import instant_of, instant_text
from governance.names import refuse_no_name
from governance.passwords import hashed, is_right, refuse_weak
from governance.schema import SESSIONS, USERS
from governance.sign_on import SignedOn

# After so many wrong passwords in a row each further one locks for twice as long, up to an hour.
FREE_TRIES = 5
_FIRST_LOCK = timedelta(minutes=1)
_LONGEST_LOCK = timedelta(hours=1)
_MARK = 12
# Who changes a role that the bank's own sign-on gives.
SIGN_ON = "the bank's sign-on"
_REFUSED = (
    "the name or the password is not right, or there were too many wrong ones; wait a while and "
    "try again, or ask whoever manages access for another password"
)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in; `subject` is who that is at the bank's own sign-on (OIDC)."""

    name: str
    role: str
    staff_id: int | None = None
    branches: frozenset[int] = frozenset()
    subject: str | None = None
    disabled: bool = False
    locked_until: datetime | None = None
    one_time_until: datetime | None = None

    @property
    def principal(self) -> Principal:
        """The person as rules and the audit log know him: by staff id, else by name."""
        who = f"user {self.name}" if self.staff_id is None else f"staff {self.staff_id}"
        return Principal(who, "person", self.role, self.staff_id, self.branches)


def add_user(connection: Connection, user: User, kept: str | None, now: datetime) -> None:
    """Add a person; StoreError where the name is none, or name or staff id are taken."""
    refuse_no_name(user.name, "a user")
    if is_added(connection, user, kept, now):
        return
    if _row(connection, user.name) is not None:
        raise StoreError(f"there is a user {user.name!r} already; choose another name")
    for column, value in ((USERS.c.staff_id, user.staff_id), (USERS.c.subject, user.subject)):
        if value is not None:
            taken = connection.execute(select(USERS.c.name).where(column == value)).scalar()
            if taken is not None:
                raise StoreError(
                    f"{column.name} {value} is user {taken!r}; one person is one user, or two "
                    "approvals could be one person's"
                )
    connection.execute(insert(USERS), _values(user, kept, now) | {"failures": 0})


def is_added(connection: Connection, user: User, kept: str | None, now: datetime) -> bool:
    """Whether this very user was added already, such as by a write whose answer was lost.

    `kept` is salted, so that no two passwords are kept as the same.
    """
    row = _row(connection, user.name)
    values = _values(user, kept, now)
    return row is not None and values == {name: row._mapping[name] for name in values}  # noqa: SLF001 - SQLAlchemy's public name


def _values(user: User, kept: str | None, now: datetime) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role,
        "staff_id": user.staff_id,
        "branches": json.dumps(sorted(user.branches)),
        "password": kept,
        "subject": user.subject,
        "created_at": instant_text(now),
    }


def user_of(connection: Connection, name: str) -> User:
    """The user of a name; StoreError where there is none."""
    row = _row(connection, name)
    if row is None:
        known = connection.scalars(select(USERS.c.name).order_by(USERS.c.name).limit(20)).all()
        raise StoreError(f"there is no user {name!r}; known: {', '.join(known) or 'none'}")
    return built(row)


def user_signed_on(connection: Connection, who: SignedOn, now: datetime) -> User:
    """The user whom the bank's own sign-on proved, with the role and branches that it gives now.

    One who is new is added, named after the staff id or the subject. SignInRefused for one who is
    shut out, and where the staff id is another user's.
    """
    found = user_of_subject(connection, who.subject)
    if found is None:
        name = name_signed_on(who)
        try:
            add_user(
                connection, User(name, who.role, who.staff_id, who.branches, who.subject), None, now
            )
        except StoreError as error:
            raise SignInRefused(
                f"the bank's sign-on proved somebody who is new here, and {error}; disable the "
                "other user, or have the sign-on put right"
            ) from error
        return user_of(connection, name)
    if found.disabled:
        raise refused()
    if found.staff_id != who.staff_id:
        raise SignInRefused(
            f"the bank's sign-on gives user {found.name!r} the staff id {who.staff_id}, who had "
            f"{found.staff_id}; disable the user, or have the sign-on put right"
        )
    change_user(connection, found, who.role, who.branches, by=SIGN_ON, now=now)
    return replace(found, role=who.role, branches=who.branches)


def user_of_subject(connection: Connection, subject: str) -> User | None:
    """The user whom the bank's own sign-on knows by a subject; None of one who is new."""
    row = connection.execute(select(USERS).where(USERS.c.subject == subject)).first()
    return None if row is None else built(row)


def name_signed_on(who: SignedOn) -> str:
    """The name of a user who is added as the bank's own sign-on proved him."""
    marked = hashlib.sha256(who.subject.encode()).hexdigest()[:_MARK]
    return f"sso-{marked}" if who.staff_id is None else f"staff-{who.staff_id}"


def every_user(connection: Connection) -> tuple[User, ...]:
    """All users, by name."""
    return tuple(built(row) for row in connection.execute(select(USERS).order_by(USERS.c.name)))


def count_users(connection: Connection) -> int:
    """How many users there are, disabled ones too."""
    return int(connection.execute(select(func.count()).select_from(USERS)).scalar_one())


def refuse_self(user: User, by: str) -> None:
    """AccessRefused where a person would change what he may do himself."""
    if user.principal.id == by:
        raise AccessRefused(f"{by} does not change what he may do himself; ask another person")


def change_user(
    connection: Connection,
    user: User,
    role: str,
    branches: Collection[int],
    *,
    by: str,
    now: datetime,
) -> None:
    """Give a person another role and branches; what is signed in already has them at once.

    What was granted to the person, or by him, ends with the role that he had.
    """
    connection.execute(
        update(USERS)
        .where(USERS.c.name == user.name)
        .values(role=role, branches=json.dumps(sorted(branches)))
    )
    if role != user.role:
        end_grants(connection, user.principal.id, by=by, note=f"{user.role} no more", now=now)


def disable_user(
    connection: Connection, user: User, *, by: str, now: datetime, disabled: bool
) -> None:
    """Shut a person out, or let him in again; his sessions end, and grants to him and by him."""
    name = user.name
    at = instant_text(now)
    connection.execute(
        update(USERS).where(USERS.c.name == name).values(disabled_at=at if disabled else None)
    )
    end_sessions_of(connection, name, now)
    if disabled:
        end_grants(connection, user.principal.id, by=by, note="shut out", now=now)


def end_sessions_of(connection: Connection, name: str, now: datetime) -> None:
    """End everything that a person is signed in with."""
    connection.execute(
        update(SESSIONS)
        .where(SESSIONS.c.name == name, SESSIONS.c.revoked_at.is_(None))
        .values(revoked_at=instant_text(now))
    )


def set_password(connection: Connection, name: str, kept: str, now: datetime) -> None:
    """Give a person another password for good; the old one's sessions and tries are over."""
    user_of(connection, name)
    connection.execute(
        update(USERS)
        .where(USERS.c.name == name)
        .values(password=kept, failures=0, locked_until=None, one_time_until=None)
    )
    end_sessions_of(connection, name, now)


def good_password(hasher: PasswordHasher, password: str, name: str) -> str:
    """What to keep of a new password; SignInRefused where it is weak."""
    refuse_weak(password, name)
    return hashed(hasher, password)


@dataclass(frozen=True, slots=True)
class Try:
    """What is known of a name before its password is compared; the comparison takes long."""

    user: User | None
    kept: str | None
    locked: bool


def try_of(connection: Connection, name: str, now: datetime) -> Try:
    """What is known of a name that somebody says is his; the try counts as wrong until it is right.

    So those who try at once are counted as well. Beyond the free tries each locks for twice as
    long. A try while the name is locked counts for nothing: nobody is kept out for ever.
    """
    row = _row(connection, name, for_update=True)
    if row is None:
        return Try(None, None, locked=False)
    user = built(row)
    if user.locked_until is not None and now < user.locked_until:
        return Try(user, row.password, locked=True)
    failures, locked = row.failures + 1, None
    if failures >= FREE_TRIES:
        doubled = _FIRST_LOCK * 2 ** min(failures - FREE_TRIES, 10)
        locked = instant_text(now + min(doubled, _LONGEST_LOCK))
    connection.execute(
        update(USERS).where(USERS.c.name == name).values(failures=failures, locked_until=locked)
    )
    return Try(user, row.password, locked=False)


def compared(
    hasher: PasswordHasher, stand_in: str, found: Try, password: str, now: datetime
) -> bool:
    """Whether a password is right; an unknown, locked or disabled user takes as long as any.

    `stand_in` is what is kept of a password that nobody has.
    """
    right = is_right(hasher, found.kept or stand_in, password[:1000])
    user = found.user
    known = user is not None and found.kept is not None and not user.disabled
    until = None if user is None else user.one_time_until
    return right and known and not found.locked and (until is None or now < until)


def note_success(connection: Connection, name: str, renewed: str | None) -> None:
    """Forget the wrong tries; keep the password by newer parameters where they changed."""
    values: dict[str, object] = {"failures": 0, "locked_until": None}
    if renewed is not None:
        values["password"] = renewed
    connection.execute(update(USERS).where(USERS.c.name == name).values(**values))


def refused() -> SignInRefused:
    """The one answer to every sign-in that fails, so that names cannot be told from it."""
    return SignInRefused(_REFUSED)


def built(row: Row[Any]) -> User:
    """The user of a row."""
    return User(
        name=row.name,
        role=row.role,
        staff_id=row.staff_id,
        branches=frozenset(json.loads(row.branches)),
        subject=row.subject,
        disabled=row.disabled_at is not None,
        locked_until=instant_of(row.locked_until),
        one_time_until=instant_of(row.one_time_until),
    )


def _row(connection: Connection, name: str, *, for_update: bool = False) -> Row[Any] | None:
    asked = select(USERS).where(USERS.c.name == name)
    return connection.execute(asked.with_for_update() if for_update else asked).first()
