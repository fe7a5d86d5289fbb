"""The store of access: passwords, sessions, keys and servings, on SQLite and on PostgreSQL."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from governed import DAY, GOOD, NOW, OTHER, a_key, a_person, a_store, a_user
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from governance import EVIDENCE, AccessRefused, SignInRefused, Stay, StoreError
from governance.keys import draw_key
from governance.schema import METADATA, NEWEST, VERSION_TABLE

MINUTE = timedelta(minutes=1)
SOON = timedelta(seconds=6)
ADA = a_person("administrator", 1, ())


def every_value(url):
    """Every value of every table, as one text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        said = [
            str(value)
            for table in METADATA.tables
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own names
            for value in row
        ]
    engine.dispose()
    return "\n".join(said)


def test_the_tables_are_those_that_the_code_speaks_of(governance_url):
    """Alembic finds no difference between a migrated database and the schema, types included."""
    a_store(governance_url).close()
    engine = create_engine(governance_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": VERSION_TABLE}
        )
        assert context.get_current_revision() == NEWEST
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_opening_again_finds_what_was_there(governance_url):
    """A store that is opened twice is migrated once and keeps its people."""
    with a_store(governance_url) as first:
        assert first.is_empty()
        first.add_user(a_user(), GOOD, now=NOW)
    with a_store(governance_url) as second:
        assert not second.is_empty()
        assert second.users() == (a_user(),)


def test_no_password_key_or_token_is_kept(store, governance_url):
    """Nothing in any table lets anybody in: passwords are argon2id, keys and tokens digests."""
    store.add_user(a_user(), GOOD, now=NOW)
    token = store.sign_in("wei", GOOD, now=NOW)
    key = store.add_key(a_key(), now=NOW)
    kept = every_value(governance_url)
    assert "$argon2id$v=19$" in kept
    start, _, secret = key.split("_", 2)
    assert (start, len(secret)) == ("gck", 43)
    assert GOOD not in kept
    assert token not in kept
    assert key not in kept
    assert secret not in kept


BAD_PASSWORDS = (
    ("short pass", "has 10 characters"),
    ("x" * 201, "has more than 200 characters"),
    ("aaaaaaaaaaaa", "repeats a few characters"),
    ("abcabcabcabcabc", "repeats a few characters"),
    ("wei loves plums", "holds the user's name"),
    ("Passw0rd2026!", "common one with ornaments"),
    ("Welcome123456", "common one with ornaments"),
    ("bankbankbank1!", "repeats|common"),
    ("qwertyuiop123456", "runs|common"),
    ("abcdefghijklmnop", "runs along"),
    ("987654321098765", "runs along"),
)


@pytest.mark.parametrize(("password", "message"), BAD_PASSWORDS)
def test_a_weak_password_is_refused(tmp_path, password, message):
    """Short, common, run-along and named passwords are refused with what to take instead."""
    with a_store(f"sqlite:///{tmp_path / 'g.db'}") as store:
        with pytest.raises(SignInRefused, match=message) as refused:
            store.add_user(a_user(), password, now=NOW)
        assert "12 characters or more" in str(refused.value)
        assert password not in str(refused.value)
        assert store.is_empty()
        store.add_user(a_user(), GOOD, now=NOW)
        with pytest.raises(SignInRefused, match=message):
            store.set_password("wei", password, now=NOW)


BAD_USERS = (
    (a_user(name="Wei Zhang"), "no name of a user"),
    (a_user(name="wei"), "there is a user 'wei' already"),
    (a_user(name="zhang"), "staff_id 4 is user 'wei'"),
    (a_user(name="li", staff_id=5, subject="bank|77"), "subject bank|77 is user 'hu'"),
)


@pytest.mark.parametrize(("user", "message"), BAD_USERS)
def test_one_person_is_one_user(tmp_path, user, message):
    """A name, a staff id and a sign-on belong to one user: or two approvals were one person's."""
    with a_store(f"sqlite:///{tmp_path / 'g.db'}") as store:
        store.add_user(a_user(), GOOD, now=NOW)
        store.add_user(a_user(name="hu", staff_id=9, subject="bank|77"), None, now=NOW)
        with pytest.raises(StoreError, match=re.escape(message)):
            store.add_user(user, GOOD, now=NOW)


def test_every_refused_sign_in_says_the_same(store):
    """A wrong password, an unknown, a disabled and a passwordless user are told alike."""
    store.add_user(a_user(), GOOD, now=NOW)
    store.add_user(a_user(name="hu", staff_id=5), GOOD, now=NOW)
    store.disable_user(ADA, "hu", now=NOW)
    store.add_user(a_user(name="on", staff_id=6, subject="bank|6"), None, now=NOW)
    said = set()
    for name, password in (("wei", OTHER), ("nobody", GOOD), ("hu", GOOD), ("on", GOOD)):
        with pytest.raises(SignInRefused) as refused:
            store.sign_in(name, password, now=NOW)
        said.add(str(refused.value))
    assert len(said) == 1


def test_an_unknown_user_costs_a_hash_too(tmp_path):
    """Names cannot be told by the clock: every sign-in verifies one password, whoever it is."""
    with a_store(f"sqlite:///{tmp_path / 'g.db'}") as store:
        store.add_user(a_user(), GOOD, now=NOW)
        hasher, verified = store._hasher, []  # noqa: SLF001 - no other way to see the work

        class Counting:
            def __getattr__(self, name):
                return getattr(hasher, name)

            def verify(self, kept, password):
                verified.append(kept)
                return hasher.verify(kept, password)

        store._hasher = Counting()  # noqa: SLF001 - as above
        for name in ("wei", "nobody"):
            with pytest.raises(SignInRefused):
                store.proved(name, OTHER, now=NOW)
        assert len(verified) == 2
        assert {kept.split("$")[1:4] == verified[0].split("$")[1:4] for kept in verified} == {True}


def test_wrong_passwords_lock_for_twice_as_long_each(store):
    """Four tries are free; the fifth locks for a minute, the sixth for two, at most an hour."""
    store.add_user(a_user(), GOOD, now=NOW)
    at = NOW

    def wrong():
        with pytest.raises(SignInRefused):
            store.proved("wei", OTHER, now=at)
        return store.user("wei").locked_until

    assert [wrong() for _ in range(4)] == [None] * 4
    locks = []
    for _ in range(8):
        until = wrong()
        locks.append((until - at) / MINUTE)
        # The right password is refused while the lock holds, and a wrong one adds nothing.
        with pytest.raises(SignInRefused):
            store.proved("wei", GOOD, now=until - timedelta(seconds=1))
        at = until
    assert locks == [1, 2, 4, 8, 16, 32, 60, 60]
    assert store.proved("wei", GOOD, now=at).name == "wei"
    assert store.user("wei").locked_until is None
    assert [wrong() for _ in range(4)] == [None] * 4


def test_a_new_password_ends_locks_and_sessions(store):
    """Whoever manages access lets a locked person in; what was signed in is out."""
    store.add_user(a_user(), GOOD, now=NOW)
    token = store.sign_in("wei", GOOD, now=NOW)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            store.proved("wei", OTHER, now=NOW)
    store.set_password("wei", OTHER, now=NOW)
    assert store.principal_of_session(token, NOW) is None
    assert store.proved("wei", OTHER, now=NOW).name == "wei"
    with pytest.raises(SignInRefused):
        store.proved("wei", GOOD, now=NOW)


def test_a_session_ends_idle_at_last_and_when_signed_out(governance_url):
    """Half an hour unused or ten hours in all end it; using it puts the first off."""
    with a_store(governance_url, stay=Stay(10 * 60 * MINUTE, 30 * MINUTE)) as store:
        store.add_user(a_user(), GOOD, now=NOW)
        token = store.sign_in("wei", GOOD, now=NOW)
        assert store.principal_of_session(token, NOW + 29 * MINUTE) == a_person()
        assert store.principal_of_session(token, NOW + 58 * MINUTE) == a_person()
        assert store.principal_of_session(token, NOW + 88 * MINUTE) is None
        token = store.sign_in("wei", GOOD, now=NOW)
        for minutes in range(0, 600, 20):
            assert store.principal_of_session(token, NOW + minutes * MINUTE) == a_person()
        assert store.principal_of_session(token, NOW + 600 * MINUTE) is None
        token = store.sign_in("wei", GOOD, now=NOW)
        store.sign_out(token, now=NOW)
        assert store.principal_of_session(token, NOW) is None
        assert store.principal_of_session("no token", NOW) is None


def test_a_person_who_is_shut_out_is_out_everywhere_within_seconds(governance_url):
    """The process that shuts out knows at once, another after what it remembers is over."""
    with a_store(governance_url) as here, a_store(governance_url) as there:
        here.add_user(a_user(), GOOD, now=NOW)
        token = here.sign_in("wei", GOOD, now=NOW)
        assert there.principal_of_session(token, NOW) == a_person()
        here.disable_user(ADA, "wei", now=NOW)
        assert here.principal_of_session(token, NOW) is None
        assert there.principal_of_session(token, NOW + SOON) is None
        here.disable_user(ADA, "wei", now=NOW, disabled=False)
        assert here.principal_of_session(token, NOW) is None
        assert here.sign_in("wei", GOOD, now=NOW) != token


def test_another_role_counts_in_what_is_signed_in(store):
    """A person who moves to another branch is of that one without signing in again."""
    store.add_user(a_user(), GOOD, now=NOW)
    token = store.sign_in("wei", GOOD, now=NOW)
    store.change_user(ADA, "wei", role="branch_manager", branches=[2, 3], now=NOW)
    assert store.principal_of_session(token, NOW) == a_person("branch_manager", branches=(2, 3))


def test_nobody_changes_what_he_may_do_himself(store):
    """Neither role nor branches, nor whether he is let in: the store itself refuses."""
    store.add_user(a_user("ada", "administrator", 1, ()), GOOD, now=NOW)
    store.add_user(a_user("bo", "administrator", None, ()), GOOD, now=NOW)
    for name in ("ada", "bo"):
        oneself = store.user(name).principal
        with pytest.raises(AccessRefused, match="does not change what he may do himself"):
            store.change_user(oneself, name, role="compliance", branches=[1], now=NOW)
        for disabled in (True, False):
            with pytest.raises(AccessRefused, match="does not change what he may do himself"):
                store.disable_user(oneself, name, now=NOW, disabled=disabled)
        assert store.user(name).role == "administrator"
    store.change_user(ADA, "bo", role="compliance", branches=[], now=NOW)
    assert store.user("bo").role == "compliance"


def test_a_key_is_an_app_with_actions_and_limits(store):
    """Whoever shows it is the app of that name, for those actions, so often a minute."""
    key = store.add_key(a_key(branches=frozenset({1})), now=NOW)
    who, limits = store.principal_of_key(key, NOW)
    assert (who.id, who.sort, who.role) == ("app mobile", "app", "app")
    assert (who.actions, who.branches) == ({"score", "offers"}, {1})
    assert limits.per_minute == 600
    assert limits.key_id in key
    for wrong in (key[:-1], key[:-1] + "!", key + "a", "", "gck__", key.replace("gck", "sk")):
        assert store.principal_of_key(wrong, NOW) is None
    other = "A" if key[-1] != "A" else "B"
    assert store.principal_of_key(key[:-1] + other, NOW) is None


def test_a_key_ends_by_itself_to_the_second(store):
    """It is good before its last moment and not at it."""
    key = store.add_key(a_key(expires_at=NOW + DAY), now=NOW)
    assert store.principal_of_key(key, NOW + DAY - timedelta(seconds=1)) is not None
    assert store.principal_of_key(key, NOW + DAY) is None


def test_a_rotated_key_is_good_beside_the_new_one_for_the_overlap(store):
    """Both open the same for an hour, then the new one alone; neither outlives its end."""
    old = store.add_key(a_key(), now=NOW)
    (known,) = store.api_keys()
    hour, end = timedelta(hours=1), NOW + 80 * DAY
    drawn, other = draw_key(), draw_key()
    new, how = drawn.key, {"overlap": hour, "expires_at": end}
    store.rotate_key(known.key_id, **how, now=NOW, drawn=drawn)
    last = NOW + hour - timedelta(seconds=1)
    assert store.principal_of_key(old, last)[0] == store.principal_of_key(new, last)[0]
    assert store.principal_of_key(old, NOW + hour) is None
    assert store.principal_of_key(new, NOW + hour)[0].id == "app mobile"
    assert store.principal_of_key(new, end) is None
    (after,) = (each for each in store.api_keys() if each.rotated_from)
    assert after.rotated_from == known.key_id
    with pytest.raises(StoreError, match="over already"):
        store.rotate_key(known.key_id, **how, now=NOW + hour, drawn=other)


def test_a_revoked_key_opens_nothing_here_at_once_and_elsewhere_within_seconds(governance_url):
    """Another process may remember it for five seconds and no longer."""
    with a_store(governance_url) as here, a_store(governance_url) as there:
        key = here.add_key(a_key(), now=NOW)
        assert there.principal_of_key(key, NOW) is not None
        here.revoke_key(here.api_keys()[0].key_id, now=NOW)
        assert here.principal_of_key(key, NOW) is None
        assert there.principal_of_key(key, NOW + SOON) is None
        with pytest.raises(StoreError, match="there is no key 'beef'"):
            here.revoke_key("beef", now=NOW)


def test_a_key_is_read_once_in_seconds(store):
    """A hundred requests of one app ask the database once, and a wrong key never stays."""
    key = store.add_key(a_key(), now=NOW)
    read, asked = store._read, []  # noqa: SLF001 - no other way to see the reads
    store._read = lambda work: asked.append(1) or read(work)  # noqa: SLF001 - as above
    for _ in range(100):
        store.principal_of_key(key, NOW)
    assert len(asked) == 1


BAD_KEYS = (
    ({"name": "Mobile App"}, "no name of an app"),
    ({"actions": frozenset()}, "opens nothing"),
    ({"per_minute": 0}, "0 requests a minute"),
    ({"expires_at": NOW}, "ends after now"),
    ({"expires_at": NOW + 367 * DAY}, "within 366 days"),
)


@pytest.mark.parametrize(("wrong", "message"), BAD_KEYS)
def test_a_key_that_makes_no_sense_is_refused(tmp_path, wrong, message):
    """Every mistake says what can be."""
    with a_store(f"sqlite:///{tmp_path / 'g.db'}") as store:
        with pytest.raises(StoreError, match=message):
            store.add_key(a_key(**wrong), now=NOW)
        assert not store.api_keys()


def test_a_customer_is_served_from_evidence_to_its_end(store):
    """Whoever opens a serving serves; it ends by time, by hand, and when another is opened."""
    teller, lobby = a_person("teller", 7), a_person("lobby", 8)
    store.open_serving(teller, 101, "card", now=NOW, minutes=20)
    store.open_serving(lobby, 101, "queue_ticket", now=NOW + MINUTE, minutes=20)
    assert store.served_by(101, NOW + MINUTE) == {"staff 7", "staff 8"}
    assert store.served_by(102, NOW + MINUTE) == set()
    assert store.served_of("staff 7", NOW + MINUTE) == {101}
    assert store.served_of("staff 5", NOW + MINUTE) == set()
    assert store.served_by(101, NOW + 20 * MINUTE) == {"staff 8"}
    store.close_serving(lobby, now=NOW + 20 * MINUTE)
    assert store.served_by(101, NOW + 20 * MINUTE) == set()
    store.open_serving(teller, 102, "document", now=NOW + 2 * MINUTE)
    assert store.served_by(101, NOW + 3 * MINUTE) == set()
    assert store.served_by(102, NOW + 3 * MINUTE) == {"staff 7"}


def test_an_app_serves_many_at_once(store):
    """A queue of a call centre opens one customer without closing the other."""
    who, _ = store.principal_of_key(store.add_key(a_key(), now=NOW), NOW)
    store.open_serving(who, 101, "caller_verified", now=NOW)
    store.open_serving(who, 102, "caller_verified", now=NOW)
    store.close_serving(who, now=NOW, customer_id=102)
    assert store.served_by(101, NOW) == {"app mobile"}
    assert store.served_by(102, NOW) == set()


def test_serving_needs_evidence_and_an_end(store):
    """Without a known sort of evidence, or for longer than an hour, nobody is served."""
    who = a_person("teller", 7)
    with pytest.raises(StoreError, match=", ".join(EVIDENCE)):
        store.open_serving(who, 1, "said so", now=NOW)
    for minutes in (0, 61):
        with pytest.raises(StoreError, match="1 to 60"):
            store.open_serving(who, 1, "card", now=NOW, minutes=minutes)


def test_who_begins_to_serve_is_known_to_another_process_at_once(governance_url):
    """That nobody serves a customer is never remembered."""
    with a_store(governance_url) as here, a_store(governance_url) as there:
        assert there.served_by(101, NOW) == set()
        here.open_serving(a_person("teller", 7), 101, "card", now=NOW)
        assert there.served_by(101, NOW) == {"staff 7"}


def test_what_was_asked_and_approved_is_neither_changed_nor_deleted(governance_url):
    """The database itself refuses, whoever asks."""
    a_store(governance_url).close()
    engine = create_engine(governance_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO access_requests VALUES (1, 'staff 4', 'view', 'all', NULL, 'why', "
                "'2026-07-01T00:00:00+00:00', '2026-07-02T00:00:00+00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO access_words VALUES (1, 1, 'approved', 'staff 5', NULL, "
                "'2026-07-01T00:00:00+00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO policy_proposals VALUES (1, 'v', 't', 'b', '[]', 'staff 4', 'why', "
                "'2026-07-01T00:00:00+00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO policy_words VALUES (1, 1, 'approved', 'staff 5', NULL, "
                "'2026-07-01T00:00:00+00:00')"
            )
        )
    for table in ("access_requests", "access_words", "policy_proposals", "policy_words"):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET said_at = '1'"):  # noqa: S608 - our own names
            plain = change.replace("said_at", "by" if table.startswith("policy") else "word")
            named = plain.replace("word =", "who =") if table == "access_requests" else plain
            with (
                pytest.raises(DBAPIError, match=f"rows of {table} are neither changed nor deleted"),
                engine.begin() as connection,
            ):
                connection.execute(text(named))
    engine.dispose()


BAD_ADDRESSES = (
    ("sqlite://:nonsense:x", "does not"),
    ("mysql://root:hunter2@host/db", "does not run on mysql"),
    ("sqlite:////nowhere/at/all.db", "cannot be used"),
)


@pytest.mark.parametrize(("url", "message"), BAD_ADDRESSES)
def test_an_address_that_leads_nowhere_is_told_without_its_password(url, message):
    """What is wrong, and an address that would do."""
    with pytest.raises(StoreError, match=message) as refused:
        a_store(url)
    assert "hunter2" not in str(refused.value)


def test_a_stay_can_be_shorter(tmp_path):
    """A bank with shared counters lets sessions go after minutes."""
    with a_store(f"sqlite:///{tmp_path / 'g.db'}", stay=Stay(DAY, 2 * MINUTE)) as store:
        store.add_user(replace(a_user()), GOOD, now=NOW)
        token = store.sign_in("wei", GOOD, now=NOW)
        assert store.principal_of_session(token, NOW + 2 * MINUTE) is None
    assert Path(tmp_path / "g.db").exists()
