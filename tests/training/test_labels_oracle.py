"""Labels by rule on random banks, against a slow reading of their definitions."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from builders import a_bank, a_customer
from labelled import a_cohort, a_holding
from outcome_oracle import RULES, Tale
from random_bank import CUSTOMERS, random_bank

from goodcall.calendar import local_date, start_of_day
from training.definitions.definition import (
    ClosureLabel,
    DeclineLabel,
    DigitalChurnLabel,
    InactivityLabel,
    LostLabel,
    RunOffLabel,
    SalaryStopLabel,
)
from training.labels import label

# The days of both clock changes and the days after them, and others at random.
DATES = [
    *(date(2025, 10, 26), date(2025, 10, 27), date(2025, 11, 2), date(2025, 11, 3)),
    *(date(2026, 3, 8), date(2026, 3, 9), date(2026, 3, 29), date(2026, 3, 30)),
    *(date(2025, 7, 1) + timedelta(days=30 * number) for number in range(11)),
]
PAIRS = [(customer, day) for day in DATES for customer in CUSTOMERS]
# Short spans, so that both outcomes and every reason come up among a few lively customers.
DEFINITIONS = (
    InactivityLabel(4),
    InactivityLabel(3, gap_days=2, kinds=("private", "corporate")),
    LostLabel(6),
    DeclineLabel(20, 15, 3, gap_days=1),
    DigitalChurnLabel(4),
    SalaryStopLabel(2, 14, 2, 5),
    ClosureLabel(60),
    ClosureLabel(80, gap_days=30),
    RunOffLabel(120, 20, 3),
    RunOffLabel(100, 40, 0, gap_days=10, kinds=("retail", "small_business", "corporate")),
)


def term_products(rng, zone):
    """Deposits and wealth products that fall due; some are closed early, some put off."""
    found = []
    for number in range(10_000, 10_060):
        opened = date(2025, 5, 1) + timedelta(days=int(rng.integers(0, 330)))
        matures = opened + timedelta(days=int(rng.integers(40, 160)))
        held = a_holding(start_of_day(opened, zone), number=number, matures_on=matures)
        held |= {"customer_id": 1 + number % 7, "family": ["deposit", "wealth"][number % 2]}
        found.append(held)
        later = held["known_at"] + timedelta(days=int(rng.integers(1, 120)))
        if number % 4 == 0:
            early = local_date(later, zone) + timedelta(days=int(rng.integers(-9, 30)))
            found.append(held | {"known_at": later, "closed_on": early})
        elif number % 5 == 0:
            put_off = matures + timedelta(days=int(rng.integers(-9, 90)))
            found.append(held | {"known_at": later, "matures_on": put_off})
    return found


@pytest.fixture(scope="module", params=["Europe/Prague", "America/New_York"])
def told(request, tmp_path_factory):
    """A random bank with corrections that come late, and its rows."""
    zone = request.param
    path = tmp_path_factory.mktemp("bank")
    _, rows = random_bank(path / "drawn", len(zone), zone=zone)
    corrected = []
    for number, row in enumerate(rows["transactions"]):
        if number % 6 == 0:
            known = row["known_at"] + timedelta(days=5, seconds=number)
            by = "bank" if row["initiated_by"] == "customer" else "customer"
            corrected.append(row | {"known_at": known, "initiated_by": by})
    rows["transactions"] += corrected
    rows["accounts"] = [row for row in rows["accounts"] if row["kind"] != "current"]
    rows["holdings"] += term_products(np.random.default_rng(1), zone)
    died = start_of_day(date(2025, 12, 5), zone)
    dead = a_customer(2, status="deceased", happened_at=died, known_at=died + timedelta(days=300))
    rows["customers"].append(dead)
    return a_bank(path / "bank", zone=zone, **rows), rows


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: f"{d.name}-{d.gap_days}")
def test_a_rule_equals_a_slow_reading_of_its_definition(told, definition):
    """Late, corrected and boundary facts across clock changes, customer by customer."""
    bank, rows = told
    found = label(bank, a_cohort(*PAIRS), definition)
    tales = {pair: Tale(rows, bank.manifest.zone, *pair) for pair in PAIRS}
    slow = {pair: RULES[definition.name](definition, tale) for pair, tale in tales.items()}
    kept = {(row["customer_id"], row["as_of"]): row["y"] for row in found.rows.to_pylist()}
    assert kept == {pair: y for pair, y in slow.items() if isinstance(y, int)}
    assert found.excluded == Counter(y for y in slow.values() if isinstance(y, str))
    assert set(kept.values()) == {0, 1}
    assert "dies" in found.excluded or definition.kinds
    assert len(found.excluded) > 1
