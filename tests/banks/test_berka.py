"""Laws of the Berka import, held against the files themselves read with the csv module."""

import csv
import gzip
import os
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from banks.berka import import_berka
from features.bank import Bank, open_bank
from features.quality.contracts import check_tables

_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
SOURCE = Path(os.environ.get("GOODCALL_PUBLIC_DATA", _DEFAULT)) / "berka"
TRANS = "trans_head_1993-01-01_1994-03-31"
NEW_YEAR_1994 = datetime(1993, 12, 31, 23, tzinfo=UTC)  # midnight in Prague

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="GOODCALL_PUBLIC_DATA has no berka")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """The whole public data set, imported once."""
    path = tmp_path_factory.mktemp("berka") / "bank"
    import_berka(SOURCE, path)
    return open_bank(path)


def raw(name: str) -> list[dict[str, str]]:
    """The lines of a source file as the csv module reads them."""
    with gzip.open(SOURCE / f"{name}.asc.gz", "rt", encoding="ascii", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def day(text: str) -> date:
    """The day that the source writes as YYMMDD."""
    return date(1900 + int(text[:2]), int(text[2:4]), int(text[4:6]))


def moved(line: dict[str, str]) -> Decimal:
    """What a transaction adds to its account."""
    return Decimal(line["amount"]) * (1 if line["type"] == "PRIJEM" else -1)


def row(table: pa.Table, column: str, value: int) -> dict[str, object]:
    """The one row that has `value` in `column`, without its nulls."""
    (found,) = table.filter(pc.equal(table[column], value)).to_pylist()
    return {name: said for name, said in found.items() if said is not None}


def test_every_line_arrives(bank: Bank) -> None:
    """Each table has one row a line of its source, and tables without a source are absent."""
    counts = {name: bank.read(name).num_rows for name in bank.tables}
    assert counts.pop("balances") > 0
    assert counts == {
        "customers": 5369,
        "accounts": 4500,
        "products": 4,
        "holdings": 682 + 892,
        "loans": 682,
        "transactions": 49_102,
        "branches": 77,
    }


def test_contract_has_no_findings(bank: Bank) -> None:
    """No row breaks a contract or looks doubtful."""
    assert check_tables(bank).findings == ()


def test_manifest_covers_the_dated_facts(bank: Bank) -> None:
    """The bank covers the first account to the last card, and says where transactions end."""
    said = bank.manifest
    assert (said.zone, said.currency) == ("Europe/Prague", "CZK")
    assert said.first_day == min(day(line["date"]) for line in raw("account"))
    assert said.last_day == max(day(line["issued"]) for line in raw("card"))
    assert said.source.endswith("transactions complete through 1994-03-30")


def test_totals_agree_with_the_files(bank: Bank) -> None:
    """Sums of money are those of the files, to the cent."""
    loans, lines = bank.read("loans"), raw("loan")
    moves = pc.sum(bank.read("transactions")["amount_cents"]).as_py()
    assert moves == 100 * sum(map(moved, raw(TRANS)))
    assert pc.sum(loans["principal_cents"]).as_py() == sum(100 * int(x["amount"]) for x in lines)
    assert pc.sum(loans["payment_cents"]).as_py() == 100 * sum(
        Decimal(x["payments"]) for x in lines
    )
    assert pc.sum(loans["term_months"]).as_py() == sum(int(x["duration"]) for x in lines)


def test_kinds_follow_purpose_then_operation(bank: Bank) -> None:
    """Each purpose, and each operation where no purpose is given, has its kind and its actor."""
    table = bank.read("transactions")
    kinds = Counter(zip(*(table[c].to_pylist() for c in ("kind", "initiated_by")), strict=True))
    lines = raw(TRANS)
    purposes = Counter(x["k_symbol"].strip() for x in lines)
    ways = Counter(x["operation"] for x in lines if not x["k_symbol"].strip())
    assert kinds == {
        ("pension", "third_party"): purposes["DUCHOD"],
        ("interest", "bank"): purposes["UROK"] + purposes["SANKC. UROK"],
        ("fee", "bank"): purposes["SLUZBY"],
        ("bill", "customer"): purposes["SIPO"] + purposes["POJISTNE"],
        ("loan_payment", "customer"): purposes["UVER"],
        ("cash", "customer"): ways["VKLAD"] + ways["VYBER"],
        ("card", "customer"): ways["VYBER KARTOU"],
        ("transfer", "third_party"): ways["PREVOD Z UCTU"],
        ("transfer", "customer"): ways["PREVOD NA UCET"],
    }
    elsewhere = pc.sum(pc.equal(table["counterparty"], "other")).as_py()
    assert elsewhere == sum(bool(x["bank"]) for x in lines)
    assert table["channel"].null_count == table.num_rows


def test_lines_read_as_they_stand(bank: Bank) -> None:
    """Chosen lines of the files say in the tables what they say in the files."""
    # 695247;2378;930101;"PRIJEM";"VKLAD";700.00;700.00;"";;
    transaction = row(bank.read("transactions"), "transaction_id", 695_247)
    assert transaction["amount_cents"] == 70_000
    assert (transaction["kind"], transaction["account_id"]) == ("cash", 2378)
    assert transaction["happened_at"] == datetime(1992, 12, 31, 23, tzinfo=UTC)
    assert transaction["known_at"] == datetime(1993, 1, 1, 22, 59, 59, tzinfo=UTC)
    # 5314;1787;930705;96396;12;8033.00;"B", in summer time
    loan = row(bank.read("loans"), "loan_id", 5314)
    assert (loan["principal_cents"], loan["payment_cents"]) == (9_639_600, 803_300)
    assert (loan["term_months"], loan["opened_on"]) == (12, date(1993, 7, 5))
    assert loan["known_at"] == datetime(1993, 7, 5, 21, 59, 59, tzinfo=UTC)
    held = row(bank.read("holdings"), "holding_id", 2 * 5314)
    assert (held["family"], held["matures_on"]) == ("consumer_loan", date(1994, 7, 5))
    # 1;"706213";18: a woman, for 50 stands on her month
    woman = row(bank.read("customers"), "customer_id", 1)
    assert (woman["sex"], woman["birth_date"]) == ("F", date(1970, 12, 13))
    # 2;"450204";1
    man = row(bank.read("customers"), "customer_id", 2)
    assert (man["sex"], man["birth_date"], man["city"]) == ("M", date(1945, 2, 4), "Hl.m. Praha")
    # 1005;9285;"classic";931107 00:00:00 and 9285;9593;7753;"OWNER"
    card = row(bank.read("holdings"), "holding_id", 2 * 1005 + 1)
    (disp,) = (x for x in raw("disp") if x["disp_id"] == "9285")
    assert card["customer_id"] == int(disp["client_id"])
    assert card["account_id"] == int(disp["account_id"])
    assert (card["opened_on"], card["family"]) == (date(1993, 11, 7), "credit_card")
    assert row(bank.read("products"), "product_id", 3)["code"] == "CARD_CLASSIC"
    assert card["product_id"] == 3


def test_branch_is_the_accounts_and_city_the_clients(bank: Bank) -> None:
    """A customer's branch is their account's district and their city is their own district."""
    accounts = {x["account_id"]: x["district_id"] for x in raw("account")}
    names = {x["A1"]: x["A2"] for x in raw("district")}
    homes = {x["client_id"]: names[x["district_id"]] for x in raw("client")}
    expected = {
        int(x["client_id"]): (int(accounts[x["account_id"]]), homes[x["client_id"]])
        for x in raw("disp")
    }
    rows = bank.read("customers").to_pylist()
    assert {x["customer_id"]: (x["branch_id"], x["city"]) for x in rows} == expected


def test_only_owners_have_an_account(bank: Bank) -> None:
    """An account belongs to its owner; a disponent is a customer with no account and no opening."""
    owners = {int(x["client_id"]) for x in raw("disp") if x["type"] == "OWNER"}
    customers = bank.read("customers")
    opened = customers.filter(customers["opened_on"].is_valid())
    assert set(bank.read("accounts")["customer_id"].to_pylist()) == owners
    assert set(opened["customer_id"].to_pylist()) == owners


def test_closing_balances_follow_the_flows(bank: Bank) -> None:
    """Every account has a balance for every day from its opening through 1994-03-30.

    On a day with bookings it is a running balance of the file, at most .20 CZK from the day before
    plus what moved, and 1 CZK from all that moved until then; on other days it stays.
    """
    flows: dict[tuple[int, date], list[dict[str, str]]] = defaultdict(list)
    for line in raw(TRANS):
        flows[int(line["account_id"]), day(line["date"])].append(line)
    balances = {
        (x["account_id"], (x["happened_at"] + timedelta(hours=3)).date()): x["balance_cents"]
        for x in bank.read("balances")
        .select(["account_id", "happened_at", "balance_cents"])
        .to_pylist()
    }
    ending = date(1994, 3, 30)
    opened = {int(x["account_id"]): day(x["date"]) for x in raw("account")}
    rounding: Counter[Decimal] = Counter()
    checked = 0
    for account, first in opened.items():
        total, standing = Decimal(0), 0
        for offset in range((ending - first).days + 1):
            at = account, first + timedelta(days=offset)
            if lines := flows.get(at):
                today = 100 * sum(map(moved, lines))
                rounding[abs(standing + today - balances[at])] += 1
                total, standing = total + today, balances[at]
                assert standing in {100 * Decimal(x["balance"]) for x in lines}
                assert abs(standing - total) <= 100
            assert balances[at] == standing
            checked += 1
    assert checked == len(balances)
    assert rounding == {0: 36_880, 10: 1939, 20: 2}


def test_nothing_is_known_before_its_day_ends(bank: Bank) -> None:
    """A dated fact is unknown at midnight of its day and known at the next midnight."""
    for name in ("customers", "accounts", "loans", "holdings", "transactions", "balances"):
        table = bank.read(name)
        waits = pc.subtract(table["known_at"], table["happened_at"]).unique().to_pylist()
        # A day of 24 hours, of 23 or of 25 where summer time begins or ends, less its last second.
        assert set(waits) <= {timedelta(hours=hours, seconds=-1) for hours in (23, 24, 25)}


@pytest.mark.parametrize(
    ("table", "file", "column"),
    [
        ("transactions", TRANS, "date"),
        ("loans", "loan", "date"),
        ("accounts", "account", "date"),
    ],
)
def test_1993_is_all_that_new_year_knows(bank: Bank, table: str, file: str, column: str) -> None:
    """As of 1994-01-01 exactly the lines dated in 1993 are known."""
    known = pc.less(bank.read(table)["known_at"], NEW_YEAR_1994)
    assert pc.sum(known).as_py() == sum(line[column] < "94" for line in raw(file))


def test_customers_are_known_before_their_facts(bank: Bank) -> None:
    """No account, holding or transaction is known before its customer is."""
    customers = bank.read("customers")
    known = dict(
        zip(customers["customer_id"].to_pylist(), customers["known_at"].to_pylist(), strict=True)
    )
    for name in ("accounts", "holdings", "transactions"):
        pairs = set(
            zip(*(bank.read(name)[c].to_pylist() for c in ("customer_id", "known_at")), strict=True)
        )
        assert all(known[customer] <= at for customer, at in pairs)


def test_loan_status_leaves_no_trace(bank: Bank, tmp_path: Path) -> None:
    """A loan's status of 1998 has no date, so tables come out the same without that column."""
    for file in SOURCE.glob("*.asc.gz"):
        if file.name != "loan.asc.gz":
            (tmp_path / file.name).symlink_to(file)
    lines = raw("loan")
    columns = [name for name in lines[0] if name != "status"]
    with (tmp_path / "loan.csv").open("w", encoding="ascii", newline="") as target:
        writer = csv.DictWriter(target, columns, delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)
    import_berka(tmp_path, tmp_path / "bank")
    again = open_bank(tmp_path / "bank")
    assert again.tables == bank.tables
    assert all(
        again.file(name).read_bytes() == bank.file(name).read_bytes() for name in bank.tables
    )


def test_two_imports_give_equal_bytes(bank: Bank, tmp_path: Path) -> None:
    """Importing again changes no byte."""
    import_berka(SOURCE, tmp_path / "bank")
    files = sorted(file.name for file in bank.path.iterdir())
    assert files == sorted(file.name for file in (tmp_path / "bank").iterdir())
    assert all((tmp_path / "bank" / f).read_bytes() == (bank.path / f).read_bytes() for f in files)


def test_cohort_of_1994(bank: Bank) -> None:
    """Of 1,139 accounts opened by 1994, 1,119 had no loan yet and 96 of those got one in 1994.

    The owners of all 1,139 were issued 61 cards in 1994 and 1995; the 1,119 were issued 60.
    """
    start, year, two_years = date(1994, 1, 1), date(1995, 1, 1), date(1996, 1, 1)
    opened = {x["account_id"] for x in bank.read("accounts").to_pylist() if x["opened_on"] < start}
    granted = {x["account_id"]: x["opened_on"] for x in bank.read("loans").to_pylist()}
    without = {account for account in opened if granted.get(account, start) >= start}
    assert (len(opened), len(without)) == (1139, 1119)
    assert sum(start <= granted.get(account, year) < year for account in without) == 96
    cards = [
        x["account_id"]
        for x in bank.read("holdings").to_pylist()
        if x["family"] == "credit_card" and start <= x["opened_on"] < two_years
    ]
    assert sum(account in opened for account in cards) == 61
    assert sum(account in without for account in cards) == 60
