"""One door to the future: nothing but labels looks after as_of, and what was is not moved by it."""

import ast
from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import a_bank
from labelled import a_cohort
from random_bank import CUSTOMERS, random_bank

from goodcall.calendar import start_of_day
from training.definitions.definition import (
    AssetsDropLabel,
    ChurnLabel,
    ClosureLabel,
    DeclineLabel,
    DigitalChurnLabel,
    InactivityLabel,
    LeavingEvents,
    LostLabel,
    NeedEvents,
    NextProduct,
    PurchaseLabel,
    RunOffLabel,
    SalaryStopLabel,
)
from training.labels import events, label, next_products

ROOT = Path(__file__).parents[2]
ROOMS = ("banks", "cli", "features", "models", "outreach", "reports", "serving", "training")
ZONE = "Europe/Prague"
DAY, EARLIER = date(2025, 12, 1), date(2025, 11, 27)
CUT = start_of_day(DAY, ZONE)
# What an outcome itself rules out, not what a customer already was.
OF_THE_FUTURE = {"planned move", "dies", "closed before the window"}
DEFINITIONS = (
    ChurnLabel(20, 6, 3, 12, 0.9, 50_000),
    AssetsDropLabel(fall_percent=5, min_fall_cents=50_000),
    InactivityLabel(5),
    LostLabel(7),
    DeclineLabel(14, 20, 2),
    DigitalChurnLabel(5),
    SalaryStopLabel(1, 20, 2, 5),
    ClosureLabel(60),
    RunOffLabel(150),
    PurchaseLabel("fund"),
    LeavingEvents(5, 4, 20, 6, 0.9, 50_000, (5,)),
    NeedEvents("wealth"),
    NextProduct(("fund", "wealth")),
)


def corrupted(rows):
    """Every fact that was not known before the date, a thousandfold and by others."""
    found = {}
    for table, facts in rows.items():
        found[table] = [
            row | _corruption(row) if row["known_at"] >= CUT or row["happened_at"] >= CUT else row
            for row in facts
        ]
    return found


def _corruption(row):
    """Amounts times a thousand, the other initiator, another family; times and keys stay."""
    changed = {
        name: row[name] * 1_000 + 1 for name in ("amount_cents", "balance_cents") if row.get(name)
    }
    if "initiated_by" in row:
        changed["initiated_by"] = "bank" if row["initiated_by"] == "customer" else "customer"
    if row.get("closed_on"):
        changed["closed_on"] = row["closed_on"] + timedelta(days=1)
    return changed


@pytest.fixture(scope="module")
def banks(tmp_path_factory):
    """A random bank, and the same with everything corrupted that was not known before the date."""
    path = tmp_path_factory.mktemp("banks")
    _, rows = random_bank(path / "drawn", 11, zone=ZONE)
    rows["accounts"] = [row for row in rows["accounts"] if row["kind"] != "current"]
    return a_bank(path / "bank", zone=ZONE, **rows), a_bank(
        path / "corrupted", zone=ZONE, **corrupted(rows)
    )


def standing(bank, definition):
    """Which customers are left out by what they were already, and for which reason."""
    cohort = a_cohort(*((customer, day) for day in (DAY, EARLIER) for customer in CUSTOMERS))
    if isinstance(definition, NextProduct):
        told = next_products(bank, cohort, definition)
        return told.held.tolist(), told.served.tolist(), dict(told.excluded)
    timed = isinstance(definition, LeavingEvents | NeedEvents)
    excluded = (events if timed else label)(bank, cohort, definition).excluded
    return {reason: n for reason, n in excluded.items() if reason not in OF_THE_FUTURE}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_what_a_customer_already_was_does_not_depend_on_the_future(banks, definition):
    """Guards are the same when every later fact is multiplied by a thousand."""
    before, after = (standing(bank, definition) for bank in banks)
    assert before == after
    assert before


def test_the_corruption_reaches_outcomes(banks):
    """The same corrupted future moves the labels themselves."""
    cohort = a_cohort(*((customer, DAY) for customer in CUSTOMERS))
    moved = [
        definition.name
        for definition in DEFINITIONS[:7]
        if label(banks[0], cohort, definition).rows != label(banks[1], cohort, definition).rows
    ]
    assert len(moved) > 3


def test_only_labels_open_the_door():
    """No module but training/labels.py imports what looks after as_of on its behalf."""
    behind = ("training.outcomes", "training.balances")
    asking = {"training/labels.py"}
    found = set()
    for room in (
        "banks",
        "cli",
        "features",
        "models",
        "outreach",
        "reports",
        "serving",
        "training",
    ):
        for file in (ROOT / room).rglob("*.py"):
            name = file.relative_to(ROOT).as_posix()
            if name.startswith(tuple(each.replace(".", "/") for each in behind)):
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if isinstance(node, ast.Import):
                    imported = [alias.name for alias in node.names]
                if any(each.startswith(behind) for each in imported):
                    found.add(name)
    assert found == asking
