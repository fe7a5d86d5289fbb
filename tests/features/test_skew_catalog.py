"""The shipped catalogue on a simulated bank: hundreds of new facts, and no served value is off."""

from datetime import timedelta

import numpy as np
import pytest
from streamed import Clock

from banks.synthetic import simulate
from features.asof import with_states
from features.bank import open_bank
from features.catalog import CATALOG
from features.cohort import cohort_at
from features.online import OnlineStore
from features.online_absorb import Intake
from features.online_publish import publish
from features.skew import customers_of, skew_of
from features.tables import CONTACTS, EVENTS, TRANSACTIONS
from goodcall.calendar import start_of_day

DAY = 86_400


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "bank"
    simulate(path, customers=300, months=7, seed=5)
    return open_bank(path)


def a_fact(rng, table, customers, now, number):
    """A random fact of a table: what its contract allows, early or late, known or new by number."""
    ago = int(rng.choice([1, 4_000, 5 * DAY, 40 * DAY, 200 * DAY], p=[0.4, 0.2, 0.2, 0.1, 0.1]))
    who = int(rng.choice(customers))
    row = {"customer_id": who, "happened_at": now - timedelta(seconds=ago)}
    row[table.key[0]] = 10**12 + who * 1000 + number
    for column in table.columns:
        if column.allowed and (column.required or rng.random() < 0.7):
            row[column.name] = str(rng.choice(column.allowed))
    if table is TRANSACTIONS:
        row |= {"account_id": who, "amount_cents": int(rng.integers(-(10**7), 10**7))}
    if table is EVENTS:
        row["topic"] = str(rng.choice(["fund", "deposit", "mortgage"]))
    return row


@pytest.mark.slow
def test_no_value_of_the_catalogue_is_off(online_url, bank):
    """Late facts, second versions, three tables; at once, in the evening, and weeks later.

    Each store is told other facts.
    """
    day = bank.manifest.last_day + timedelta(days=1)
    clock = Clock(start_of_day(day, bank.manifest.zone) + timedelta(hours=9))
    computed = with_states(bank, cohort_at(bank, [day]), CATALOG)
    publish(online_url, computed, [], bank=bank, as_of=day, catalog=CATALOG, now=clock.now)
    door = Intake(online_url, CATALOG, clock)
    rng = np.random.default_rng(1 + str(online_url).startswith("postgresql"))
    customers = computed.features["customer_id"].to_pylist()[:80]
    for _ in range(40):
        for table in (TRANSACTIONS, EVENTS, CONTACTS):
            lot = [a_fact(rng, table, customers, clock.now, int(rng.integers(5))) for _ in range(5)]
            door.absorb(table.name, lot)
        clock.on(minutes=3)
    door.close()
    with OnlineStore(online_url, CATALOG) as store, store.engine.connect() as connection:
        for later in (timedelta(0), timedelta(hours=9), timedelta(days=30)):
            rows = [store.row_at(who, clock.now + later) for who in customers_of(connection)]
            found = skew_of(connection, rows, bank=bank, mark=store.mark, catalog=CATALOG)
            assert sum(row.facts for row in rows) > 300
            assert found.differences == ()
