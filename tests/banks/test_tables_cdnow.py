"""Laws of the CDNOW import, held against the log itself read with the csv module."""

import csv
import gzip
import os
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from banks.tables import import_tables
from features import CATALOG, as_of, check_tables, cohort_at
from features.bank import Bank, open_bank

_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
SOURCE = Path(os.environ.get("GOODCALL_PUBLIC_DATA", _DEFAULT)) / "cdnow"
MAPPING = Path(str(files("banks") / "settings" / "cdnow-mapping.toml"))
NEW_YORK = ZoneInfo("America/New_York")

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="GOODCALL_PUBLIC_DATA has no cdnow")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """The whole log, imported once."""
    path = tmp_path_factory.mktemp("cdnow") / "bank"
    import_tables(str(SOURCE), path, MAPPING)
    return open_bank(path)


@pytest.fixture(scope="module")
def log() -> list[dict[str, str]]:
    """The lines of the log as the csv module reads them."""
    with gzip.open(SOURCE / "purchases.csv.gz", "rt", encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def test_every_purchase_and_every_customer_is_there(bank: Bank) -> None:
    """The published counts of the data: 69,659 purchases by 23,570 customers; nothing breaks."""
    report = check_tables(bank)
    assert report.row_counts == {"customers": 23_570, "accounts": 23_570, "transactions": 69_659}
    assert report.findings == ()
    with gzip.open(SOURCE / "users.csv.gz", "rt", encoding="ascii", newline="") as file:
        users = {int(line["id"]) for line in csv.DictReader(file)}
    assert set(bank.read("customers")["customer_id"].to_pylist()) == users


def test_every_purchase_is_its_line(bank: Bank, log: list[dict[str, str]]) -> None:
    """Transaction n is line n below the header: its customer, its day, its cents, all negative."""
    rows = sorted(bank.read("transactions").to_pylist(), key=lambda row: row["transaction_id"])
    assert [row["transaction_id"] for row in rows] == list(range(1, len(log) + 1))
    for row, line in zip(rows, log, strict=True):
        assert row["amount_cents"] == -int(Decimal(line["amt"]) * 100)
        assert row["customer_id"] == row["account_id"] == int(line["users_id"])
        midnight = datetime.combine(date.fromisoformat(line["date"]), datetime.min.time(), NEW_YORK)
        assert row["happened_at"] == midnight
        assert row["known_at"] == midnight.replace(hour=23, minute=59, second=59)


def test_a_customer_is_known_from_the_first_purchase(bank: Bank, log: list[dict[str, str]]) -> None:
    """Nobody is a customer before the log says so."""
    first: dict[int, str] = {}
    for line in log:
        user = int(line["users_id"])
        first[user] = min(first.get(user, line["date"]), line["date"])
    opened = {row["customer_id"]: row["opened_on"] for row in bank.read("customers").to_pylist()}
    assert {user: str(day) for user, day in opened.items()} == first
    cohort = cohort_at(bank, (date(1997, 2, 1),))
    assert cohort.num_rows == sum(day < "1997-02-01" for day in first.values())


def test_features_stand_on_it(bank: Bank, log: list[dict[str, str]]) -> None:
    """What the catalogue says was spent in 90 days is what the log says."""
    day = date(1998, 1, 1)
    table = as_of(bank, cohort_at(bank, (day,)), CATALOG)
    window = [line for line in log if "1997-10-03" <= line["date"] < "1998-01-01"]
    spent: Counter[int] = Counter()
    for line in window:
        spent[int(line["users_id"])] += int(Decimal(line["amt"]) * 100)
    customers = table["customer_id"].to_pylist()
    found = dict(zip(customers, table["card_spending_90d"].to_pylist(), strict=True))
    assert found == {customer: float(spent[customer]) for customer in customers}
    assert sum(found.values()) == sum(spent.values()) > 0
