"""A store of an earlier release is sealed where it stands: no number is left in clear in it."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, insert, inspect, select, text
from streamed import DAY, NOON, SMALL, a_stream_bank, put_online

from features import reseal_online
from features.online import OnlineStore
from features.online_facts import row_to_json
from features.online_publish import publish
from features.online_tables import FACTS, METADATA, PHONES, PROFILES
from features.profiles import profiles
from goodcall.profile import Point
from governance import open_vault

MASTER = hashlib.sha256(b"a master key of these tests").digest()
NUMBER, NAME = "13577799913", "Canarissima Feathersby"
FORMS = (NAME, NUMBER, hashlib.sha256(NUMBER.encode()).hexdigest(),
         hashlib.sha256(f"+86{NUMBER}".encode()).hexdigest())  # fmt: skip


@pytest.fixture
def vault(tmp_path):
    return open_vault(tmp_path / "vault.json", MASTER, datetime(2026, 6, 1, tzinfo=UTC))


@pytest.fixture
def in_clear(online_url, tmp_path):
    """A store that knows no vault and has no index of numbers, with a fact that tells one."""
    bank = a_stream_bank(tmp_path / "bank")
    computed = put_online(online_url, bank)
    point = Point(11, "phone", NUMBER, valid=True)
    people = [replace(one, name=NAME, points=(point,)) for one in profiles(bank, DAY)]
    publish(online_url, computed, people, bank=bank, as_of=DAY, catalog=SMALL, now=NOON)
    said = {"contact_id": 5, "customer_id": 1, "attributes": json.dumps({"from": NUMBER})}
    fact = {"raw_table": "contacts", "customer_id": 1, "key": "[5]", "corrects": 0, "known_at": 1}
    fact |= {"happened_at": 1, "row": row_to_json(said)}
    engine = create_engine(online_url)
    with engine.begin() as connection:
        PHONES.drop(connection)
        connection.execute(insert(FACTS), fact)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    engine.dispose()
    return online_url, people


def cells(url):
    """Every value of every table, and of a server's statistics of their columns."""
    engine = create_engine(url)
    there = inspect(engine).get_table_names()
    asked = [select(table) for table in METADATA.sorted_tables if table.name in there]
    if engine.dialect.name == "postgresql":
        asked.append(text("SELECT * FROM pg_stats WHERE schemaname = 'public'"))
    with engine.connect() as connection:
        found = [str(cell) for each in asked for row in connection.execute(each) for cell in row]
    engine.dispose()
    return found


def test_a_store_in_clear_is_sealed_on_every_database(in_clear, vault):
    """Profiles and facts read as before, numbers are found, and no column tells one."""
    url, people = in_clear
    assert {form for form in FORMS[:2] if any(form in cell for cell in cells(url))} == {
        NAME,
        NUMBER,
    }
    assert reseal_online(url, vault) == len(people) + 1
    assert [cell for cell in cells(url) if any(form in cell for form in FORMS)] == []
    with OnlineStore(url, SMALL, cipher=vault) as store:
        assert [store.profile(one.customer_id) for one in people] == people
        assert store.holders(f"+86 {NUMBER}") == tuple(one.customer_id for one in people)
    assert reseal_online(url, vault) == 0


def test_only_what_an_older_key_sealed_is_sealed_again(in_clear, vault):
    """After a rotation that was stopped, the rest is done, and no current row is written."""
    url, people = in_clear
    reseal_online(url, vault)
    vault.renew_data_key(datetime(2026, 6, 2, tzinfo=UTC))
    assert reseal_online(url, vault) == len(people) + 1
    engine = create_engine(url)
    asked = select(PROFILES.c.json).order_by(PROFILES.c.customer_id)
    with engine.connect() as connection:
        before = connection.scalars(asked).all()
    assert reseal_online(url, vault) == 0
    with engine.connect() as connection:
        assert connection.scalars(asked).all() == before
    engine.dispose()
