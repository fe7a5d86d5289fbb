"""A sealed ledger keeps no number and no free word that anybody reads, and counts as before."""

import hashlib
import json
import zlib
from datetime import UTC, date, datetime

import pytest
from policed import Desk, customer, moment
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError

from goodcall.profile import Point
from governance import BrokenSeal, open_vault
from outreach import Ledger, resealing
from outreach.erasing import LedgerErasable
from outreach.errors import LedgerSealed
from outreach.schema import METADATA, PLANNED, PLANS, POLICIES

MASTER = hashlib.sha256(b"a master key of these tests").digest()
NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
NUMBER = "13577799913"
PLAIN = hashlib.sha256(NUMBER.encode()).hexdigest()
SHARED = Point(11, "phone", NUMBER, valid=True), Point(21, "phone", NUMBER, valid=True)
CAP = 'id = "number"\nkind = "frequency_cap"\nper = "contact_point"\nat_most = 1\ndays = 30'
HOME = 'id = "home"\nkind = "frequency_cap"\nper = "household"\nat_most = 1\ndays = 30'


@pytest.fixture
def vault(tmp_path):
    return open_vault(tmp_path / "vault.json", MASTER, NOW)


def people():
    """Two of one household, on one number."""
    return [
        customer(who, household_id=9, points=(point,))
        for who, point in zip((1, 2), SHARED, strict=True)
    ]


@pytest.fixture
def worked():
    """Ledgers with a contact and words about it, closed when the test ends."""
    desks = []
    yield lambda url, cipher: desks.append(_worked(url, cipher)) or desks[-1]
    for desk in desks:
        desk.ledger.close()


def _worked(url, cipher):
    desk = Desk(url, cipher)
    desk.knows(*people())
    sent = desk.sent("2026-06-01 10:00", "sms", who=1)
    desk.ledger.record_outcome(
        sent, "COMPLAINT", now=moment("2026-06-02 10:00"), agent=5, note=f"call {NUMBER} no more"
    )
    return desk


def cells(url):
    """Every value of every table, as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [
            str(value)
            for table in METADATA.tables
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own names
            for value in row
        ]
    engine.dispose()
    return found


def tells(url):
    """Whether a reader of the database learns the number, also by trying hashes of numbers."""
    forms = {NUMBER, hashlib.sha256(NUMBER.encode()).hexdigest()}
    return any(form in cell for cell in cells(url) for form in forms)


def test_a_new_ledger_is_sealed_and_judges_as_one_in_clear(ledger_url, tmp_path, vault, worked):
    """Caps by number and household count the same contacts; only the bytes differ."""
    sealed = worked(ledger_url, vault)
    clear = worked(f"sqlite:///{tmp_path / 'clear.db'}", None)
    assert (tells(ledger_url), tells(f"sqlite:///{tmp_path / 'clear.db'}")) == (False, True)
    assert asked_of(sealed) == asked_of(clear) == [("number",), ("home",)]
    histories = [desk.ledger.history(people()) for desk in (sealed, clear)]
    assert histories[0] == histories[1]


def test_a_sealed_ledger_needs_its_key(ledger_url, tmp_path, vault, worked):
    """Without a cipher, or with another vault's, counts would be wrong: it does not open."""
    worked(ledger_url, vault)
    with pytest.raises(LedgerSealed, match="no key was given"):
        Ledger.open(ledger_url)
    other = open_vault(tmp_path / "other.json", MASTER, NOW)
    with pytest.raises(LedgerSealed, match="restore the keyring"):
        Ledger.open(ledger_url, other)


def test_an_earlier_ledger_is_sealed_once_and_reads_the_same(ledger_url, vault, worked):
    """Numbers and words in clear are under keys afterwards, and the history is what it was."""
    before = worked(ledger_url, None)
    history = before.ledger.history(people())
    before.ledger.close()
    assert tells(ledger_url)
    with Ledger.open(ledger_url, vault) as ledger:
        assert ledger.history(people()) == history
        assert ledger.reseal() > 0
        assert ledger.history(people()) == history
        assert ledger.reseal() == 0
    assert not tells(ledger_url)


def everywhere(url):
    """Every value of every table of the ledger, unpacked.

    On PostgreSQL its statistics too, which keep values of columns after they changed there.
    """
    engine = create_engine(url)
    asked = [select(table) for table in METADATA.sorted_tables]
    if engine.dialect.name == "postgresql":
        asked.append(text("SELECT * FROM pg_stats WHERE schemaname = 'public'"))
    with engine.connect() as connection:
        found = [
            zlib.decompress(value).decode() if isinstance(value, bytes) else str(value)
            for each in asked
            for row in connection.execute(each)
            for value in row
        ]
    engine.dispose()
    return found


def planned_in_clear(url):
    """Rows of a plan as an earlier release wrote them, and a server that knows its columns."""
    said = json.dumps({"number_hash": PLAIN, "customer_id": 1})
    engine = create_engine(url)
    with engine.begin() as connection:
        plan = {"plan_id": 1, "day": date(2026, 6, 1), "digest": "d", "model_versions": "{}"}
        plan |= {"funnel": "{}", "prices": "{}", "recorded_at": "2026-06-01T00:00:00+00:00"}
        policy = connection.scalars(select(POLICIES.c.version)).first()
        connection.execute(insert(PLANS), plan | {"policy_version": policy})
        row = {"plan_id": 1, "list_id": 7, "customer_id": 1, "channel": "sms", "row": said}
        row |= {"number_hash": PLAIN}
        connection.execute(
            insert(PLANNED), [row | {"request_id": f"r{n}", "rank": n} for n in range(50)]
        )
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    engine.dispose()


def test_sealing_leaves_no_number_in_any_column_of_the_database(ledger_url, vault, worked):
    """Not of rows that were called or planned, and not among a server's statistics of columns."""
    desk = worked(ledger_url, None)
    desk.sent("2026-06-03 10:00", "sms", who=2)
    desk.ledger.close()
    planned_in_clear(ledger_url)
    told = [cell for cell in everywhere(ledger_url) if PLAIN in cell]
    assert len(told) > 100
    with Ledger.open(ledger_url, vault) as ledger:
        ledger.reseal()
    assert [cell for cell in everywhere(ledger_url) if PLAIN in cell or NUMBER in cell] == []


def test_rotation_is_done_while_others_read_and_may_be_stopped(ledger_url, vault, worked):
    """A process under the old key reads every word at any moment; begun again, the rest is done."""
    desk = worked(ledger_url, vault)
    reader = Ledger.open(ledger_url, open_vault(vault.path, MASTER))
    before = reader.history(people())
    vault.renew_data_key(NOW)

    class Stopped(Exception):
        pass

    def stop(_rows):
        raise Stopped

    with pytest.raises(Stopped):
        desk.ledger.reseal(stop)
    assert reader.history(people()) == before
    desk.ledger.reseal()
    assert desk.ledger.reseal() == 0
    assert reader.history(people()) == before
    assert not any("gc1.d1." in cell for cell in cells(ledger_url))
    reader.close()


def test_sealing_leaves_rows_that_nobody_can_change(ledger_url, vault, worked):
    """The triggers that were lifted for it stand again."""
    worked(ledger_url, None).ledger.close()
    with Ledger.open(ledger_url, vault) as ledger:
        ledger.reseal()
    engine = create_engine(ledger_url)
    for table in ("contacts", "contact_events", "planned_rows", "decisions"):
        if table == "planned_rows":
            continue
        with pytest.raises(DBAPIError, match="only grows"), engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
    engine.dispose()


def test_a_note_that_is_moved_to_another_contact_does_not_open(tmp_path, vault, worked):
    """What was said of one contact cannot be shown as said of another."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    desk = worked(url, vault)
    desk.sent("2026-06-05 10:00", "sms", who=2)
    (first, note), *_ = noted(url)
    with pytest.raises(BrokenSeal):
        vault.open(note, "contact_events", "note", first + 1)
    assert vault.open(note, "contact_events", "note", first) == f"call {NUMBER} no more"


def asked_of(desk):
    """What stands against the other customer's message, by each of the two caps."""
    at = "2026-06-03 10:00"
    return [desk.under(rule).would(at, "sms", who=2).failing for rule in (CAP, HOME)]


def test_sealing_begun_again_wipes_what_it_was_stopped_before(
    ledger_url, vault, worked, monkeypatch
):
    """No row is left to seal, and the files may still hold what stood there."""
    worked(ledger_url, None)
    ledger = Ledger.open(ledger_url, vault)
    wiped = []
    monkeypatch.setattr(resealing, "wipe_freed", wiped.append)
    assert [ledger.reseal() > 0, ledger.reseal() > 0, len(wiped)] == [True, False, 2]
    ledger.close()


def noted(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        asked = text("SELECT contact_id, note FROM contact_events WHERE note IS NOT NULL")
        rows = [tuple(row) for row in connection.execute(asked)]
    engine.dispose()
    return rows


def test_an_erased_customer_still_counts_for_household_and_number(ledger_url, vault, worked):
    """Contacts stay as proof under a pseudonym: caps hold, and nobody is named."""
    desk = worked(ledger_url, vault)
    before = [
        desk.under(rule).would("2026-06-03 10:00", "sms", who=2).failing for rule in (CAP, HOME)
    ]
    erasable = LedgerErasable(ledger_url, vault, NOW)
    assert erasable.known(1)
    assert erasable.erase(1) > 0
    assert (erasable.known(1), erasable.erase(1)) == ([], 0)
    after = [
        desk.under(rule).would("2026-06-03 10:00", "sms", who=2).failing for rule in (CAP, HOME)
    ]
    assert after == before
    assert desk.ledger.contacts_table().num_rows == 0
    assert noted(ledger_url) == []
