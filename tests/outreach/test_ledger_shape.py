"""The ledger's tables: rows are only added, earlier shapes are brought up to date."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from policed import customer, policy_of
from postgres import postgres_url
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError

import outreach
from goodcall.profile import Consent, Point
from outreach import Ledger, Request
from outreach.notes import read_lineage
from outreach.numbers import number_hash
from outreach.schema import METADATA, NEWEST

CALLED = "2026-06-01T02:00:00+00:00"
REFUSED = "2026-06-01T02:05:00+00:00"
NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
NUMBER = "19912345678"
CONTACT = 4_000_000_000_000_000_001
# One row of each table, as the first shape and the second had them.
FIRST = {
    "policies": {"version": "abc", "text": policy_of().text},
    "decisions": {"decision_id": 1, "request_id": "r1", "customer_id": 1, "request": "{}",
                  "decision": "{}", "policy_version": "abc", "decided_at": CALLED},
    "plans": {"plan_id": 1, "day": "2026-06-01", "digest": "d", "policy_version": "abc",
              "model_versions": "{}", "funnel": "{}", "prices": "{}", "supersedes": None,
              "recorded_at": CALLED},
    "planned_rows": {"plan_id": 1, "request_id": "r1", "list_id": 7, "rank": 1, "customer_id": 1,
                     "channel": "phone", "row": json.dumps({"request_id": "r1"})},
    "planned_events": {"event_id": 1, "plan_id": 1, "request_id": "r1", "state": "reserved",
                       "because": None, "happened_at": CALLED},
    "trails": {"plan_id": 1, "customer_id": 1, "trail": b"trail"},
    "contacts": {"contact_id": CONTACT, "decision_id": 1, "customer_id": 1, "household_id": 9,
                 "channel": "phone", "direction": "outbound", "category": "marketing",
                 "purpose": "marketing", "offer_code": None, "family": None, "point_id": 11,
                 "number_hash": number_hash(NUMBER), "happened_at": CALLED},
    "contact_events": {"event_id": 1, "contact_id": CONTACT, "state": "connected",
                       "outcome": "REFUSED_CHANNEL", "happened_at": REFUSED, "staff_id": 5,
                       "note": "no calls"},
}  # fmt: skip
SECOND = {
    **FIRST,
    "contacts": FIRST["contacts"] | {"request_id": "r1", "branch_id": 3, "tags": "|card|"},
    "contact_events": FIRST["contact_events"] | {"recorded_at": REFUSED},
    "notes": {"note_id": 1, "customer_id": 1, "kind": "consent", "happened_at": CALLED,
              "said": json.dumps({"happened_at": CALLED, "action": "dnc", "channel": "email"}),
              "recorded_at": CALLED, "staff_id": 5},
    "lineage": {"lineage_id": 1, "customer_id": 2, "source_id": 3, "kind": "merge",
                "happened_at": CALLED},
}  # fmt: skip
SHAPES = {"0001": FIRST, "0002": SECOND}
# One row of each table that came later.
LATER = {
    "publications": {"plan_id": 1, "day": "2026-06-01", "published_at": CALLED},
    "holdout_draws": {"draw_id": 1, "day": "2026-06-01", "share": 0.1, "key_print": "k",
                      "said": "{}", "recorded_at": CALLED},
    "holdout_members": {"draw_id": 1, "customer_id": 1, "stratum": 0},
    "ab_tests": {"test_id": 1, "name": "calls", "policy_a": "abc", "policy_b": "abc",
                 "share": 0.5, "key_print": "k", "started_at": CALLED},
    "ab_stops": {"test_id": 1, "stopped_at": CALLED},
    "ab_members": {"test_id": 1, "customer_id": 1, "arm": "A"},
    "look_plans": {"look_plan_id": 1, "draw_id": 1, "looks": 6, "days": 90,
                   "planned_at": CALLED},
    "lots": {"lot_id": 1, "plan_id": 1, "pair": 1, "customer_id": 1, "contacted": True,
             "request_id": "r1", "channel": "phone", "allowed_from": CALLED},
    "owners": {"workspace": "w", "place": "host:/srv"},
    "seals": {"seal_id": 1, "pseudonyms": "p1-00000000"},
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """The address of a database with nothing in it."""
    if request.param == "postgresql":
        return postgres_url(tmp_path)
    return f"sqlite:///{tmp_path / 'nothing.db'}"


def grown(url, shape):
    """A ledger of an earlier shape with a row in each of its tables, brought up to date."""
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        folder = Path(outreach.__file__).parent / "migrations"
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, shape)
        _put(connection, SHAPES[shape])
    engine.dispose()
    return Ledger.open(url)


def _put(connection, rows):
    for table, row in rows.items():
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608 - our own names


def rows_of(url, tables):
    """Every row of the tables, by plain SQL."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table: [*map(dict, connection.execute(_all(table)).mappings())] for table in tables
        }
    engine.dispose()
    return found


def _all(table):
    return text(f"SELECT * FROM {table}")  # noqa: S608 - our own names


@pytest.mark.parametrize("shape", SHAPES)
def test_a_ledger_of_an_earlier_shape_keeps_every_row(empty_url, shape):
    """Nothing is lost or changed; what is new is empty, or was known by other columns."""
    grown(empty_url, shape).close()
    for table, rows in rows_of(empty_url, SHAPES[shape]).items():
        (row,) = rows
        before = SHAPES[shape][table]
        assert {name: str(row[name]) for name in before} == {
            name: str(value) for name, value in before.items()
        }
        known = {"request_id": "r1", "recorded_at": REFUSED}
        new = {name: value for name, value in row.items() if name not in before}
        assert new == {name: known.get(name) for name in new}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_an_earlier_shape_knew_still_counts(empty_url, shape):
    """The call of then is history, its refusal stops the next call, and its request is spent."""
    person = customer(points=(Point(11, "phone", NUMBER, valid=True),))
    with grown(empty_url, shape) as ledger:
        history = ledger.history([person])[1]
        (call,) = history.contacts
        assert (call.state, call.channel, call.happened_at) == (
            *("connected", "phone"),
            datetime.fromisoformat(CALLED),
        )
        assert Consent(datetime.fromisoformat(REFUSED), "dnc", "phone") in history.consents
        decision = ledger.reserve(
            *(Request("r2", 1, "phone", point_id=11), person),
            offers=(),
            policy=policy_of(),
            now=NOW,
            holdout=False,
        )
    assert (decision.verdict, decision.failing) == ("block", ("dnc",))


def test_the_tables_are_those_that_the_code_speaks_of(ledger_url):
    """Alembic finds no difference between a migrated database and the schema, types included."""
    Ledger.open(ledger_url).close()
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        # Only a ledger of another shape is brought up to date when it is opened.
        assert context.get_current_revision() == NEWEST
    engine.dispose()


def test_no_row_is_changed_or_deleted(empty_url):
    """The database itself refuses, table by table, whoever asks; an insert goes on."""
    grown(empty_url, "0002").close()
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        _put(connection, LATER)
    before = rows_of(empty_url, METADATA.tables)
    assert all(len(rows) == 1 for rows in before.values())
    for name, table in METADATA.tables.items():
        column = next(iter(table.columns)).name
        changes = [f"UPDATE {name} SET {column} = {column}", f"DELETE FROM {name}"]  # noqa: S608 - our own names
        if engine.dialect.name == "postgresql":
            changes.append(f"TRUNCATE {name} CASCADE")
        for change in changes:
            said = f"the ledger only grows: rows of {name} are neither changed nor deleted"
            cascade = "the ledger only grows: rows of"
            with (
                pytest.raises(DBAPIError, match=cascade if "TRUNCATE" in change else said),
                engine.begin() as connection,
            ):
                connection.execute(text(change))
    engine.dispose()
    assert rows_of(empty_url, METADATA.tables) == before


def test_a_reservation_reads_by_indexes_alone(ledger_url):
    """No statement of it walks through a table that grows with contacts, decisions or customers."""
    person = customer(points=(Point(11, "phone", NUMBER, valid=True),), household_id=9)
    seen = []
    with Ledger.open(ledger_url) as ledger:
        engine = ledger._engine  # noqa: SLF001 - no other way to see the statements

        def note(_connection, _cursor, statement, parameters, *_):
            if statement.startswith("SELECT") and "unnest" not in statement:
                seen.append((statement, parameters))

        event.listen(engine, "before_cursor_execute", note)
        ledger.reserve(
            *(Request("r1", 1, "phone", point_id=11), person),
            offers=(),
            policy=policy_of(),
            now=NOW,
            holdout=False,
        )
        event.remove(engine, "before_cursor_execute", note)
        assert len(seen) > 8
        with engine.connect() as connection:
            walked = {table for asked in seen for table in _walked(connection, *asked)}
    assert walked <= {"plans", "later", "plans later", "planned_events"}


def _walked(connection, statement, parameters):
    """The tables that a statement reads from one end to the other, indexes or not."""
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        details = [row[3] for row in plan]
        return [found[1] for one in details if (found := re.match(r"SCAN (\w+)", one))]
    # So small a table is read whole unless that is forbidden.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = "\n".join(
        row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    )
    return [found.strip() for found in re.findall(r"Seq Scan on (\w+(?: \w+)?)  \(", plan)]


def test_of_many_merges_only_those_of_the_customer_are_read(ledger_url):
    """The chain 4 -> 3 -> 2 -> 1 and a split of 2 come whole from either end; no strangers."""
    with Ledger.open(ledger_url) as ledger:
        for source, into in ((4, 3), (3, 2), (2, 1), (50, 51), (52, 51)):
            ledger.merge(source, into=into, now=NOW)
        ledger.split(2, into=[6, 7], now=NOW)
        with ledger._engine.connect() as connection:  # noqa: SLF001 - what is read is not seen otherwise
            for who in (1, 4, 7):
                lineage = read_lineage(connection, {who})
                assert {source.source_id for source in lineage.of(1)} == {2, 3, 4}
                assert {source.source_id for source in lineage.of(7)} == {2, 3, 4}
                assert set(lineage.heirs(4)) == {3, 2}
                assert lineage.sources.keys() == {1, 2, 3, 6, 7}
            assert read_lineage(connection, {99}).sources == {}
            assert read_lineage(connection, {1}, before=NOW).sources == {}
