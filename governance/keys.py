"""Keys of apps and tokens of sessions: drawn at random, kept as digests, of which none is a key.

A secret of 256 random bits cannot be tried out, so one SHA-256 of it is as good as a slow hash and
answers in microseconds (NIST SP 800-63B, 5.1.2: look-up secrets).
"""

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from goodcall.principal import Principal
from governance.errors import StoreError
from governance.instants import instant_of, instant_text
from governance.names import refuse_no_name
from governance.schema import API_KEYS, SESSIONS, USERS

KEY_START = "gck"
_SECRET_BYTES = 32
_KEY = re.compile(rf"{KEY_START}_([0-9a-f]{{16}})_([A-Za-z0-9_-]{{43}})")
MOST_PER_MINUTE = 1_000_000
LONGEST_KEY_DAYS = 366
# Looking does not write more often than this.
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """Which key that is, and how many requests a minute it may make."""

    key_id: str
    per_minute: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of an app's key but the key itself; good in `[created_at, expires_at)`."""

    key_id: str
    name: str
    role: str
    actions: frozenset[str]
    branches: frozenset[int]
    per_minute: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    rotated_from: str | None = None

    @property
    def principal(self) -> Principal:
        """The app as rules and the audit log know it, whichever of its keys it shows."""
        return Principal(f"app {self.name}", "app", self.role, None, self.branches, self.actions)

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything at a moment."""
        return now < self.expires_at and self.revoked_at is None


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key shall be: its app, role, actions, branches (none: all), limit and last moment."""

    name: str
    role: str
    actions: frozenset[str]
    branches: frozenset[int]
    per_minute: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DrawnKey:
    """A key drawn at random, before it opens anything: its id, which may be told, and itself."""

    key_id: str
    key: str


def draw_key() -> DrawnKey:
    """A key that nobody has yet."""
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(_SECRET_BYTES)
    return DrawnKey(key_id, f"{KEY_START}_{key_id}_{secret}")


def draw_token() -> str:
    """The token of a session that is still to be opened."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def add_key(
    connection: Connection,
    asked: NewKey,
    drawn: DrawnKey,
    now: datetime,
    rotated_from: str | None = None,
) -> None:
    """Let a drawn key in, once; StoreError for one that reads wrong."""
    _refuse_bad(asked, now)
    if _is_in(connection, drawn):
        return
    connection.execute(
        insert(API_KEYS),
        {
            "key_id": drawn.key_id,
            "digest": digest_of(drawn.key),
            "name": asked.name,
            "role": asked.role,
            "actions": json.dumps(sorted(asked.actions)),
            "branches": json.dumps(sorted(asked.branches)),
            "per_minute": asked.per_minute,
            "created_at": instant_text(now),
            "expires_at": instant_text(asked.expires_at),
            "rotated_from": rotated_from,
        },
    )


def rotate_key(
    connection: Connection,
    key_id: str,
    drawn: DrawnKey,
    *,
    overlap: timedelta,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Let a drawn key take another's place, once; the old one is good for the overlap alone."""
    if _is_in(connection, drawn):
        return
    old = key_of(connection, key_id)
    if not old.is_good(now):
        raise StoreError(f"key {key_id} is over already; add a new one")
    asked = NewKey(old.name, old.role, old.actions, old.branches, old.per_minute, expires_at)
    add_key(connection, asked, drawn, now, rotated_from=key_id)
    ends = min(old.expires_at, now + overlap)
    connection.execute(
        update(API_KEYS).where(API_KEYS.c.key_id == key_id).values(expires_at=instant_text(ends))
    )


def revoke_key(connection: Connection, key_id: str, now: datetime) -> None:
    """End a key now; StoreError where there is none."""
    if key_of(connection, key_id).revoked_at is None:
        at = instant_text(now)
        connection.execute(
            update(API_KEYS).where(API_KEYS.c.key_id == key_id).values(revoked_at=at)
        )


def key_of(connection: Connection, key_id: str) -> ApiKey:
    """The key of an id; StoreError where there is none."""
    row = connection.execute(select(API_KEYS).where(API_KEYS.c.key_id == key_id)).first()
    if row is None:
        raise StoreError(f"there is no key {key_id!r}; `goodcall access key list` shows them")
    return _built(row)


def every_key(connection: Connection) -> tuple[ApiKey, ...]:
    """All keys, by app and age."""
    asked = select(API_KEYS).order_by(API_KEYS.c.name, API_KEYS.c.created_at)
    return tuple(_built(row) for row in connection.execute(asked))


def key_behind(connection: Connection, key: str) -> ApiKey | None:
    """What is known of the key that somebody shows; None where it is none of ours."""
    parts = _KEY.fullmatch(key)
    if parts is None:
        return None
    row = connection.execute(select(API_KEYS).where(API_KEYS.c.key_id == parts[1])).first()
    if row is None or not hmac.compare_digest(row.digest, digest_of(key)):
        return None
    return _built(row)


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a session lasts: at most, and without being used."""

    at_most: timedelta = timedelta(hours=10)
    idle: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SessionFound:
    """A session and whose it is, as they were read; `idle` is how long it may go unused."""

    principal: Principal
    seen_at: datetime
    ends_at: datetime

    def is_good(self, now: datetime, idle: timedelta) -> bool:
        """Whether it lets anybody in at a moment."""
        return now < self.ends_at and now < self.seen_at + idle


def open_session(connection: Connection, token: str, name: str, stay: Stay, now: datetime) -> None:
    """Open a session, once, for whoever shows a drawn token, which is nowhere kept."""
    digest = digest_of(token)
    if connection.execute(select(SESSIONS.c.name).where(SESSIONS.c.digest == digest)).first():
        return
    connection.execute(
        insert(SESSIONS),
        {
            "digest": digest,
            "name": name,
            "opened_at": instant_text(now),
            "seen_at": instant_text(now),
            "ends_at": instant_text(now + stay.at_most),
        },
    )


def session_behind(connection: Connection, token: str) -> Row[Any] | None:
    """The row of the session behind a token and of its user; None where it is over or was none."""
    asked = (
        select(SESSIONS.c.seen_at, SESSIONS.c.ends_at, USERS)
        .join(USERS, USERS.c.name == SESSIONS.c.name)
        .where(
            SESSIONS.c.digest == digest_of(token),
            SESSIONS.c.revoked_at.is_(None),
            USERS.c.disabled_at.is_(None),
        )
    )
    return connection.execute(asked).first()


def wants_noting(seen_at: datetime, now: datetime) -> bool:
    """Whether the use of a session is worth a write."""
    return now - seen_at >= _SEEN_EVERY


def note_use(connection: Connection, token: str, now: datetime) -> None:
    """Take note that a session was used."""
    at = instant_text(now)
    mine = SESSIONS.c.digest == digest_of(token)
    connection.execute(update(SESSIONS).where(mine, SESSIONS.c.seen_at < at).values(seen_at=at))


def close_session(connection: Connection, token: str, now: datetime) -> None:
    """End a session; one that is over stays so."""
    connection.execute(
        update(SESSIONS)
        .where(SESSIONS.c.digest == digest_of(token), SESSIONS.c.revoked_at.is_(None))
        .values(revoked_at=instant_text(now))
    )


def forget_sessions(connection: Connection, before: datetime) -> None:
    """Take away the rows of sessions that were over before a moment."""
    at = instant_text(before)
    over = or_(SESSIONS.c.ends_at < at, SESSIONS.c.revoked_at < at)
    connection.execute(SESSIONS.delete().where(over))


def _is_in(connection: Connection, drawn: DrawnKey) -> bool:
    """Whether a drawn key was let in already, such as by a write whose answer was lost."""
    return key_behind(connection, drawn.key) is not None


def _refuse_bad(asked: NewKey, now: datetime) -> None:
    refuse_no_name(asked.name, "an app")
    if not asked.actions:
        raise StoreError("a key without actions opens nothing; name the actions that it is for")
    if not 1 <= asked.per_minute <= MOST_PER_MINUTE:
        raise StoreError(
            f"{asked.per_minute:,} requests a minute cannot be; give 1 to {MOST_PER_MINUTE:,}"
        )
    latest = now + timedelta(days=LONGEST_KEY_DAYS)
    if not now < asked.expires_at <= latest:
        raise StoreError(
            f"a key that ends at {asked.expires_at:%Y-%m-%d %H:%M} cannot be; it ends after now "
            f"and within {LONGEST_KEY_DAYS} days, and is rotated before"
        )


def _built(row: Row[Any]) -> ApiKey:
    return ApiKey(
        key_id=row.key_id,
        name=row.name,
        role=row.role,
        actions=frozenset(json.loads(row.actions)),
        branches=frozenset(json.loads(row.branches)),
        per_minute=row.per_minute,
        created_at=datetime.fromisoformat(row.created_at),
        expires_at=datetime.fromisoformat(row.expires_at),
        revoked_at=instant_of(row.revoked_at),
        rotated_from=row.rotated_from,
    )
