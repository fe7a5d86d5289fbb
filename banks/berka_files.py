"""Reads the files of the Berka data and checks that every line stands and refers to another."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from banks.errors import BrokenSource
from banks.source_file import SourceFile, find_file, parse_days, read_file, repeats

STATEMENTS = {
    "POPLATEK MESICNE": "monthly",
    "POPLATEK TYDNE": "weekly",
    "POPLATEK PO OBRATU": "after each transaction",
}
CARDS = {"junior": "CARD_JUNIOR", "classic": "CARD_CLASSIC", "gold": "CARD_GOLD"}
# (kind, initiated_by). The purpose says more than the way the money went, so it is asked first.
PURPOSES = {
    "DUCHOD": ("pension", "third_party"),
    "UROK": ("interest", "bank"),
    "SANKC. UROK": ("interest", "bank"),
    "SLUZBY": ("fee", "bank"),
    "SIPO": ("bill", "customer"),
    "POJISTNE": ("bill", "customer"),
    "UVER": ("loan_payment", "customer"),
}
OPERATIONS = {
    "VKLAD": ("cash", "customer"),
    "VYBER": ("cash", "customer"),
    "VYBER KARTOU": ("card", "customer"),
    "PREVOD Z UCTU": ("transfer", "third_party"),
    "PREVOD NA UCET": ("transfer", "customer"),
}
_SIGNS = {"PRIJEM": 1, "VYDAJ": -1, "VYBER": -1}
_WOMAN = 50
_UNSAID = {"": None, " ": None}


def read_berka(folder: Path) -> dict[str, pa.Table]:
    """The tables of the Berka data by name, typed and in English, in the order of their lines.

    Tables: district, account, client, disp, loan, card, trans. BrokenSource where a file is
    missing, a value does not read, or a line refers to one that is not there or comes later.
    """
    if not folder.is_dir():
        raise BrokenSource(f"{folder} is no folder; name the one that holds the Berka tables")
    district = _district(read_file(find_file(folder, "district"), ("A1", "A2", "A3")))
    places = district["district_id"]
    account = _account(folder, places)
    client = _client(folder, places)
    return {
        "district": district,
        "account": account,
        "client": client,
        "disp": (disp := _disp(folder, client, account)),
        "loan": _loan(folder, account),
        "card": _card(folder, disp, account),
        "trans": _trans(folder, account),
    }


def _district(file: SourceFile) -> pa.Table:
    names, regions = file.text("A2"), file.text("A3")
    return pa.table({"district_id": file.ids("A1"), "name": names, "region": regions})


def _account(folder: Path, districts: pa.Array) -> pa.Table:
    columns = ("account_id", "district_id", "frequency", "date")
    file = read_file(find_file(folder, "account"), columns)
    return pa.table(
        {
            "account_id": file.ids("account_id"),
            "district_id": file.references("district_id", districts, "the district file"),
            "statement": file.coded("frequency", STATEMENTS),
            "opened_on": file.days("date"),
        }
    )


def _client(folder: Path, districts: pa.Array) -> pa.Table:
    columns = ("client_id", "birth_number", "district_id")
    file = read_file(find_file(folder, "client"), columns)
    births, women = _births(file)
    return pa.table(
        {
            "client_id": file.ids("client_id"),
            "birth_date": births,
            "sex": pc.if_else(women, "F", "M"),
            "district_id": file.references("district_id", districts, "the district file"),
        }
    )


def _births(file: SourceFile) -> tuple[pa.Array, pa.Array]:
    """Birth dates, and who is a woman: a birth number adds `_WOMAN` to the month of one."""
    number = file.integers("birth_number", least=0).to_numpy()
    women = number // 100 % 100 > _WOMAN
    plain = pa.array(number - 100 * _WOMAN * women).cast(pa.string())
    births = parse_days(pc.utf8_lpad(plain, 6, "0"))
    allowed = f"a day of birth as YYMMDD, with {_WOMAN} added to the month of a woman"
    file.refuse("birth_number", births.is_null(), allowed)
    return births, pa.array(women)


def _disp(folder: Path, client: pa.Table, account: pa.Table) -> pa.Table:
    columns = ("disp_id", "client_id", "account_id", "type")
    file = read_file(find_file(folder, "disp"), columns)
    accounts = file.references("account_id", account["account_id"], "the account file")
    owns = pa.array(file.coded("type", {"OWNER": True, "DISPONENT": False}))
    _refuse_unowned(file, accounts, owns, account)
    file.references("client_id", client["client_id"], "the client file")
    return pa.table(
        {
            "disp_id": file.ids("disp_id"),
            "client_id": file.ids("client_id"),
            "account_id": accounts,
            "owns": owns,
        }
    )


def _refuse_unowned(
    file: SourceFile, accounts: pa.Array, owns: pa.Array, account: pa.Table
) -> None:
    owned = pc.if_else(owns, accounts, None)
    file.refuse("account_id", repeats(owned), "an account that no earlier line of an OWNER has")
    lone = account["account_id"].filter(pc.invert(pc.is_in(account["account_id"], owned)))
    if len(lone):
        raise BrokenSource(
            f"{file.path} has no line of an OWNER for account {lone[0]} ({len(lone)} accounts "
            "have none); every account needs one"
        )


def _loan(folder: Path, account: pa.Table) -> pa.Table:
    columns = ("loan_id", "account_id", "date", "amount", "duration", "payments")
    file = read_file(find_file(folder, "loan"), columns)
    days = file.days("date")
    return pa.table(
        {
            "loan_id": file.ids("loan_id"),
            "account_id": _open_accounts(file, days, account),
            "day": days,
            "principal_cents": file.cents("amount"),
            "payment_cents": file.cents("payments"),
            "term_months": file.integers("duration", least=1),
        }
    )


def _card(folder: Path, disp: pa.Table, account: pa.Table) -> pa.Table:
    file = read_file(find_file(folder, "card"), ("card_id", "disp_id", "type", "issued"))
    disps = file.references("disp_id", disp["disp_id"], "the disp file")
    days = file.days("issued")
    accounts = disp["account_id"].take(pc.index_in(disps, disp["disp_id"])).combine_chunks()
    _refuse_early(file, "disp_id", accounts, days, account)
    return pa.table(
        {
            "card_id": file.ids("card_id"),
            "disp_id": disps,
            "code": file.coded("type", CARDS),
            "day": days,
        }
    )


def _trans(folder: Path, account: pa.Table) -> pa.Table:
    columns = (
        *("trans_id", "account_id", "date", "type", "operation"),
        *("amount", "balance", "k_symbol", "bank"),
    )
    file = read_file(find_file(folder, "trans", "trans_head_*"), columns)
    days = file.days("date")
    signs = pa.array(file.coded("type", _SIGNS))
    kinds, actors = _kinds(file)
    return pa.table(
        {
            "transaction_id": file.ids("trans_id"),
            "account_id": _open_accounts(file, days, account),
            "day": days,
            "amount_cents": pc.multiply(signs, file.cents("amount")),
            "balance_cents": file.cents("balance"),
            "kind": kinds,
            "initiated_by": actors,
            "counterparty": pc.if_else(pc.equal(file.text("bank"), ""), None, "other"),
        }
    )


def _kinds(file: SourceFile) -> tuple[pa.Array, pa.Array]:
    """What each transaction is and who caused it."""
    purposes = file.coded("k_symbol", {**_UNSAID, **PURPOSES})
    operations = file.coded("operation", {**_UNSAID, **OPERATIONS})
    said = [purpose or way for purpose, way in zip(purposes, operations, strict=True)]
    allowed = "one of " + ", ".join(OPERATIONS) + " where k_symbol is empty"
    file.refuse("operation", pa.array([pair is None for pair in said]), allowed)
    return pa.array([kind for kind, _ in said]), pa.array([actor for _, actor in said])


def _open_accounts(file: SourceFile, days: pa.Array, account: pa.Table) -> pa.Array:
    accounts = file.references("account_id", account["account_id"], "the account file")
    _refuse_early(file, "account_id", accounts, days, account)
    return accounts


def _refuse_early(
    file: SourceFile, column: str, accounts: pa.Array, days: pa.Array, account: pa.Table
) -> None:
    opened = account["opened_on"].take(pc.index_in(accounts, account["account_id"]))
    allowed = "an account that was opened by the day of the line"
    file.refuse(column, pc.less(days, opened), allowed)
