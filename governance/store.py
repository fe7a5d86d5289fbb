"""The store of access: users, keys, sessions, who is served, grants and approvals.

It runs on SQLite, or on PostgreSQL for many machines. What it holds of secrets is hashed. A write
may be begun anew after a connection broke (`goodcall.database.written`): what is drawn at random is
drawn before it, and it finds what it wrote already.
"""

import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine

from goodcall.database import House, engine_at, hold, reading, written
from goodcall.principal import Principal
from governance import grants, keys, people, policy_approvals, resets, servings, sign_ons
from governance.access import Access, Grant
from governance.errors import PasswordToChange, StoreBusy, StoreError
from governance.grants import AccessRequest, Wish
from governance.keys import ApiKey, DrawnKey, KeyLimits, NewKey, SessionFound, Stay
from governance.memory import Memory
from governance.people import User
from governance.policy_approvals import Adopted, Change, Proposal
from governance.resets import OneTime
from governance.schema import NEWEST, VERSION_TABLE
from governance.servings import Serving
from governance.sign_on import Begun, SignedOn

T = TypeVar("T")
# Of two who set access up at once the second waits, and finds the first.
_FIRST = "the first user"
_HOUSE = House("store of access", "governance.db", StoreError, StoreBusy)


class AccessStore:
    """Who may sign in and with what, and what was granted and approved.

    Keys, sessions, servings and grants are remembered for `memory.REMEMBERED`: what is revoked
    holds here at once, and elsewhere after so long.
    """

    def __init__(self, engine: Engine, hasher: PasswordHasher, stay: Stay) -> None:
        self.engine = engine
        self._hasher, self._stay = hasher, stay
        self._stand_in: str | None = None
        self._keys: Memory[ApiKey] = Memory()
        self._sessions: Memory[SessionFound] = Memory()
        self._served: Memory[frozenset[str]] = Memory()
        self._grants: Memory[tuple[Grant, ...]] = Memory()

    @classmethod
    def open(
        cls, url: str, *, hasher: PasswordHasher | None = None, stay: Stay | None = None
    ) -> "AccessStore":
        """The store at an address, brought up to date.

        Such as `sqlite:///var/governance.db` or `postgresql+psycopg://user@host/database`.
        """
        store = cls(engine_at(url, _HOUSE), hasher or PasswordHasher(), stay or Stay())
        store.migrate()
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def migrate(self) -> None:
        """Bring the database to the newest shape."""
        with reading(self.engine) as connection:
            if _shape_of(connection) == NEWEST:
                return
        written(self.engine, _migrate)

    def add_user(self, user: User, password: str | None, *, now: datetime) -> None:
        """Add a person; without a password he signs in by the bank's own sign-on alone."""
        kept = None if password is None else self._good(password, user.name)
        self._change(lambda connection: people.add_user(connection, user, kept, now))

    def set_up(self, user: User, password: str, policy: Adopted, *, now: datetime) -> None:
        """Add the first person of all, and take the policy that is in force as approved."""
        kept = self._good(password, user.name)

        def work(connection: Connection) -> None:
            hold(connection, [_FIRST])
            if people.is_added(connection, user, kept, now):
                return
            if people.count_users(connection):
                raise StoreError("access is set up already; a user who manages access adds others")
            people.add_user(connection, user, kept, now)
            policy_approvals.adopt(connection, policy, now)

        self._change(work)

    def user(self, name: str) -> User:
        """The user of a name."""
        return self._read(lambda connection: people.user_of(connection, name))

    def users(self) -> tuple[User, ...]:
        """All users, by name."""
        return self._read(people.every_user)

    def is_empty(self) -> bool:
        """Whether nobody was ever added, so that access is not set up yet."""
        return self._read(people.count_users) == 0

    def change_user(
        self, by: Principal, name: str, *, role: str, branches: Collection[int], now: datetime
    ) -> None:
        """Give another person another role and branches; AccessRefused for oneself."""

        def work(connection: Connection) -> None:
            user = people.user_of(connection, name)
            people.refuse_self(user, by.id)
            people.change_user(connection, user, role, branches, by=by.id, now=now)

        self._change(work)

    def disable_user(
        self, by: Principal, name: str, *, now: datetime, disabled: bool = True
    ) -> None:
        """Shut another person out, or let him in again; AccessRefused for oneself."""

        def work(connection: Connection) -> None:
            user = people.user_of(connection, name)
            people.refuse_self(user, by.id)
            people.disable_user(connection, user, by=by.id, now=now, disabled=disabled)

        self._change(work)

    def set_password(self, name: str, password: str, *, now: datetime) -> None:
        """Keep the password that a person gives himself; his sessions and wrong tries are over."""
        kept = self._good(password, name)
        self._change(lambda connection: people.set_password(connection, name, kept, now))

    def reset_password(self, by: Principal, name: str, *, now: datetime) -> OneTime:
        """A password for another person, to be told once and changed by him within a day.

        His sessions and his wrong tries are over. AccessRefused for oneself.
        """
        drawn = resets.draw_one_time(name, now)
        kept = self._good(drawn.password, name)

        def work(connection: Connection) -> None:
            people.refuse_self(people.user_of(connection, name), by.id)
            people.set_password(connection, name, kept, now)
            resets.note_reset(connection, name, by=by.id, until=drawn.until, now=now)

        self._change(work)
        return drawn

    def proved(
        self, name: str, password: str, *, now: datetime, may_be_one_time: bool = False
    ) -> User:
        """The user whose password that is.

        PasswordToChange for a right one that another person gave, unless it `may_be_one_time`,
        since it is about to be changed. SignInRefused in one and the same way, and after as long,
        for a wrong password, an unknown or disabled user, and one who is locked out after too many
        wrong ones.
        """
        found = written(self.engine, lambda connection: people.try_of(connection, name, now))
        if self._stand_in is None:
            self._stand_in = self._hasher.hash(secrets.token_urlsafe())
        if (
            not people.compared(self._hasher, self._stand_in, found, password, now)
            or not found.user
        ):
            raise people.refused()
        renew = self._hasher.check_needs_rehash(found.kept or "")
        kept = self._hasher.hash(password) if renew else None
        written(self.engine, lambda connection: people.note_success(connection, name, kept))
        if found.user.one_time_until is not None and not may_be_one_time:
            raise PasswordToChange(
                "this password was given by another person and is good for changing it alone; run "
                f"`goodcall access user password {name} --as {name}`"
            )
        return found.user

    def sign_in(self, name: str, password: str, *, now: datetime) -> str:
        """The token of a new session, for a name and its password."""
        return self.open_session(self.proved(name, password, now=now).name, now=now)

    def keep_sign_on(self, begun: Begun, *, now: datetime) -> None:
        """Keep a sign-in that is on its way to the bank's own sign-on, for ten minutes."""
        self._change(lambda connection: sign_ons.keep(connection, begun, now))

    def take_sign_on(self, state: str, *, now: datetime) -> Begun:
        """The sign-in that has come back, once; SignInRefused where none of that state is known."""
        return self._change(lambda connection: sign_ons.take(connection, state, now))

    def sign_on_settings(self) -> str:
        """The settings of the bank's sign-on that a service went by last, as JSON."""
        return self._read(sign_ons.settings_before)

    def note_sign_on_settings(self, settings: str, *, now: datetime) -> None:
        """Keep the settings of the bank's sign-on that a service goes by from now on."""
        self._change(lambda connection: sign_ons.note_settings(connection, settings, now))

    def sign_on(self, who: SignedOn, *, now: datetime, note: Callable[[User | None], None]) -> str:
        """The token of a new session for whom the bank's own sign-on proved.

        `note` is told who that was before, None of one who is new: once nothing refuses the
        change, and before it is kept. Where it raises, nothing changes.
        """

        def work(connection: Connection) -> User:
            before = people.user_of_subject(connection, who.subject)
            found = people.user_signed_on(connection, who, now)
            note(before)
            return found

        return self.open_session(self._change(work).name, now=now)

    def open_session(self, name: str, *, now: datetime) -> str:
        """The token of a new session of somebody who was proved in another way."""
        token = keys.draw_token()

        def work(connection: Connection) -> None:
            if people.user_of(connection, name).disabled:
                raise people.refused()
            keys.forget_sessions(connection, now - timedelta(days=1))
            keys.open_session(connection, token, name, self._stay, now)

        written(self.engine, work)
        return token

    def principal_of_session(self, token: str, now: datetime) -> Principal | None:
        """Whose session that is; None where it is over, was none, or its user is shut out."""
        digest = keys.digest_of(token)
        found = self._sessions.get(digest, now, lambda: self._session(token))
        if found is None or not found.is_good(now, self._stay.idle):
            return None
        if keys.wants_noting(found.seen_at, now):
            written(self.engine, lambda connection: keys.note_use(connection, token, now))
            self._sessions.drop(digest)
        return found.principal

    def sign_out(self, token: str, *, now: datetime) -> None:
        """End a session."""
        self._change(lambda connection: keys.close_session(connection, token, now))

    def add_key(self, asked: NewKey, *, now: datetime, drawn: DrawnKey | None = None) -> str:
        """A new key, or the one that was drawn; it is told this once and nowhere kept."""
        new = drawn or keys.draw_key()
        self._change(lambda connection: keys.add_key(connection, asked, new, now))
        return new.key

    def rotate_key(
        self,
        key_id: str,
        *,
        overlap: timedelta,
        expires_at: datetime,
        now: datetime,
        drawn: DrawnKey,
    ) -> None:
        """Let a key take another's place, which is good for the overlap beside it."""
        self._change(
            lambda connection: keys.rotate_key(
                connection, key_id, drawn, overlap=overlap, expires_at=expires_at, now=now
            )
        )

    def revoke_key(self, key_id: str, *, now: datetime) -> None:
        """End a key now."""
        self._change(lambda connection: keys.revoke_key(connection, key_id, now))

    def api_key(self, key_id: str) -> ApiKey:
        """What is known of the key of an id; StoreError where there is none."""
        return self._read(lambda connection: keys.key_of(connection, key_id))

    def api_keys(self) -> tuple[ApiKey, ...]:
        """All keys, by app and age."""
        return self._read(keys.every_key)

    def principal_of_key(self, key: str, now: datetime) -> tuple[Principal, KeyLimits] | None:
        """Which app's key that is, and its limits; None where it is none of ours, or is over."""
        found = self._keys.get(
            keys.digest_of(key),
            now,
            lambda: self._read(lambda connection: keys.key_behind(connection, key)),
        )
        if found is None or not found.is_good(now):
            return None
        return found.principal, KeyLimits(found.key_id, found.per_minute)

    def open_serving(
        self, who: Principal, customer_id: int, evidence: str, *, now: datetime, minutes: int = 20
    ) -> int:
        """The number of a serving: the customer is served now, as evidence shows."""
        return self._change(
            lambda connection: servings.open_serving(
                connection, who, customer_id, evidence, minutes=minutes, now=now
            )
        )

    def close_serving(
        self, who: Principal, *, now: datetime, customer_id: int | None = None
    ) -> None:
        """Whom somebody serves is served by him no more."""
        self._change(
            lambda connection: servings.close_servings(connection, who.id, now, customer_id)
        )

    def servings(self, now: datetime) -> tuple[Serving, ...]:
        """Who serves whom now."""
        return self._read(lambda connection: servings.servings_at(connection, now))

    def served_by(self, customer_id: int, now: datetime) -> frozenset[str]:
        """The ids of who serves a customer now."""
        read = partial(servings.served_by, customer_id=customer_id, now=now)
        # Nobody is not remembered: who begins to serve may ask another process the next moment.
        return self._served.get(customer_id, now, lambda: self._read(read) or None) or frozenset()

    def served_of(self, who: str, now: datetime) -> frozenset[int]:
        """The customers whom somebody serves now."""
        return self._read(lambda connection: servings.served_of(connection, who, now))

    def ask(self, access: Access, who: Principal, wish: Wish, *, now: datetime) -> int:
        """The number of a request for wider access, which another person decides on."""
        return self._change(lambda connection: grants.ask(connection, access, who, wish, now))

    def decide(
        self,
        access: Access,
        by: Principal,
        request_id: int,
        *,
        approved: bool,
        now: datetime,
        note: str | None = None,
    ) -> AccessRequest:
        """The request as it stands after another person's word."""
        return self._change(
            lambda connection: grants.decide(
                connection, access, by, request_id, approved=approved, note=note, now=now
            )
        )

    def take_back(
        self,
        access: Access,
        by: Principal,
        request_id: int,
        *,
        now: datetime,
        note: str | None = None,
    ) -> AccessRequest:
        """The request, withdrawn before it was decided, or ended early."""
        return self._change(
            lambda connection: grants.take_back(
                connection, access, by, request_id, note=note, now=now
            )
        )

    def requests(self) -> tuple[AccessRequest, ...]:
        """All requests with what was said to them."""
        return self._read(grants.requests)

    def grants_of(self, who: str, now: datetime) -> tuple[Grant, ...]:
        """What somebody was granted that counts now."""
        read = partial(grants.grants_of, who=who, now=now)
        return self._grants.get(who, now, lambda: self._read(read)) or ()

    def propose(self, access: Access, by: Principal, change: Change, *, now: datetime) -> Proposal:
        """The proposal of a policy; one that only tightens is approved at once."""
        return self._change(
            lambda connection: policy_approvals.propose(connection, access, by, change, now)
        )

    def decide_policy(
        self,
        access: Access,
        by: Principal,
        proposal_id: int,
        *,
        in_force: str,
        approved: bool,
        now: datetime,
        note: str | None = None,
    ) -> Proposal:
        """The proposal after a second person's word."""
        return self._change(
            lambda connection: policy_approvals.decide_policy(
                *(connection, access, by, proposal_id),
                in_force=in_force,
                approved=approved,
                note=note,
                now=now,
            )
        )

    def proposals(self) -> tuple[Proposal, ...]:
        """All proposals of policies with what was said to them."""
        return self._read(policy_approvals.proposals)

    def _good(self, password: str, name: str) -> str:
        return people.good_password(self._hasher, password, name)

    def _session(self, token: str) -> SessionFound | None:
        row = self._read(lambda connection: keys.session_behind(connection, token))
        if row is None:
            return None
        seen, ends = (datetime.fromisoformat(each) for each in (row.seen_at, row.ends_at))
        return SessionFound(people.built(row).principal, seen, ends)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with reading(self.engine) as connection:
            return work(connection)

    def _change(self, work: Callable[[Connection], T]) -> T:
        """What a write returns; whatever was remembered is read anew after it."""
        try:
            return written(self.engine, work)
        finally:
            for memory in (self._keys, self._sessions, self._served, self._grants):
                memory.forget()


def _shape_of(connection: Connection) -> str | None:
    options: dict[str, Any] = {"version_table": VERSION_TABLE}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _migrate(connection: Connection) -> None:
    hold(connection, ["the shape of the store of access"])
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
