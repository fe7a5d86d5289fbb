"""Laws of importing a bank's own files by a mapping, against rows worked out by hand."""

import gzip
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banks import tables
from banks.errors import BankError, BrokenMapping, BrokenSource
from banks.tables import check_mapping, import_tables
from features.bank import Bank, open_bank
from features.errors import BrokenContract
from goodcall.calendar import local_date, start_of_day

EXAMPLE = Path(str(files("banks") / "settings" / "example-mapping.toml"))
SHANGHAI = ZoneInfo("Asia/Shanghai")
BANK = """\
[bank]
name = "{name}"
zone = "{zone}"
currency = "CNY"
first_day = 2025-01-01
last_day = 2025-06-30
"""
CUSTOMERS = """
[[customers]]
file = "customers.csv"
{layout}
[customers.columns]
customer_id = {id}
happened_at = {happened}
known_at = {{ from = "day" }}
kind = {{ constant = "retail" }}
status = {{ constant = "active" }}
{more}
"""


def a_mapping(folder: Path, text: str) -> Path:
    """A mapping of that text."""
    file = folder / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    return file


def customers(*, name: str = "x", zone: str = "Asia/Shanghai", **parts: str) -> str:
    """A mapping of customers.csv (id, day and what a test adds)."""
    said = {"layout": "", "id": '{ from = "id" }', "happened": '{ from = "day" }', "more": ""}
    return BANK.format(name=name, zone=zone) + CUSTOMERS.format(**(said | parts))


def imported(folder: Path, lines: str, mapping: str) -> Bank:
    """The bank that a customers.csv and a mapping give."""
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "customers.csv").write_text(lines, encoding="utf-8")
    import_tables(str(source), folder / "bank", a_mapping(folder, mapping))
    return open_bank(folder / "bank")


def example_files(folder: Path) -> Path:
    """The files that the example mapping speaks of."""
    folder.mkdir()
    head = "KHH|KHRQ|CSRQ|XM|XB|ZT\n"
    north = head + "B7 |20250102|19800229| 张三 |1|1\nX9|notaday|||9|9\n"
    south = head + "A1|20250101|00000000|NULL|2|2\n"
    (folder / "KH_1.csv").write_bytes(north.encode("gb18030"))
    (folder / "KH_2.csv").write_bytes(south.encode("gb18030"))
    accounts = "JG,ZH,KHH,KHRQ,XHRQ,LX\n01,0001,B7,2025-01-02,9999-12-31,HQ\n"
    accounts += "01,0002,A1,2025-01-01,2025-03-01,DQ\n"
    (folder / "ZH.csv").write_text(accounts)
    moves = 'JG,ZH,RQ,SJ,JE,JD,JYM\n01,0001,20250301,093000,"1,234.50",D,GZ\n'
    moves += "01,0002,20250228,235959,0.07,J,XF\n"
    with gzip.open(folder / "LS.csv.gz", "wt") as file:
        file.write(moves)
    return folder


def test_the_example_does_what_it_says(tmp_path: Path) -> None:
    """Files as the example describes them become exactly the rows worked out by hand."""
    import_tables(str(example_files(tmp_path / "src")), tmp_path / "bank", EXAMPLE)
    bank = open_bank(tmp_path / "bank")
    assert bank.tables == ("customers", "accounts", "transactions")
    day = timedelta(days=1)
    first, second = (datetime(2025, 1, n, tzinfo=SHANGHAI) for n in (1, 2))
    almost = timedelta(seconds=1)
    a1, b7 = bank.read("customers").to_pylist()
    assert said(a1) == {
        "customer_id": 1,
        "happened_at": first,
        "known_at": second - almost,
        "opened_on": date(2025, 1, 1),
        "sex": "F",
        "status": "closed",
        "kind": "retail",
    }
    assert said(b7) == {
        "customer_id": 2,
        "happened_at": second,
        "known_at": second + day - almost,
        "opened_on": date(2025, 1, 2),
        "birth_date": date(1980, 2, 29),
        "name": "张三",
        "sex": "M",
        "status": "active",
        "kind": "retail",
    }
    accounts = {row["account_id"]: row for row in bank.read("accounts").to_pylist()}
    assert said(accounts[1]) == {
        "account_id": 1,
        "customer_id": 2,
        "happened_at": second,
        "kind": "current",
        "known_at": second + 2 * day - almost,
        "opened_on": date(2025, 1, 2),
    }
    assert accounts[2]["closed_on"] == date(2025, 3, 1)
    moves = {row["transaction_id"]: row for row in bank.read("transactions").to_pylist()}
    assert said(moves[1]) == {
        "transaction_id": 1,
        "account_id": 1,
        "customer_id": 2,
        "amount_cents": 123_450,
        "happened_at": datetime(2025, 3, 1, 9, 30, tzinfo=SHANGHAI),
        "known_at": datetime(2025, 3, 1, 23, 59, 59, tzinfo=SHANGHAI),
        "kind": "salary",
        "initiated_by": "customer",
    }
    assert (moves[2]["amount_cents"], moves[2]["customer_id"]) == (-7, 1)
    ids = pq.read_table(bank.path / "ids.parquet").to_pylist()
    assert {(row["table"], row["code"]): row["id"] for row in ids} == {
        ("accounts", "01 0001"): 1,
        ("accounts", "01 0002"): 2,
        ("customers", "A1"): 1,
        ("customers", "B7"): 2,
    }
    assert (bank.path / "mapping.toml").read_text() == EXAMPLE.read_text()


def said(row: dict[str, Any]) -> dict[str, Any]:
    """What a row says; what is absent is left out."""
    return {name: value for name, value in row.items() if value is not None}


UNREADABLE = [
    ("id,day\n1,2025-02-30\n", {}, r"customers.csv, line 2: day is '2025-02-30', which is refused"),
    ("id,day\n1,2025-02-01\n2,\n", {}, "line 3: day is None, .*the column is required"),
    ("id,day\n1,2025-02-01\n007,2025-02-01\n", {}, "line 3: id is '007'.* without leading zeros"),
    ("id,day\n1,2025-02-01\n\n2,2025-02-01\n", {}, "line 3: id is None|line 3: ''"),
    ("id,day\n1,2025-02-01,7\n", {}, "line 2: '1,2025-02-01,7' has 3 values; allowed are 2"),
    ("id,day\n1,1025-02-01\n", {}, "line 2: day is .*a day from 1900-01-01 to 2199-12-31"),
    ("id,id\n1,2\n", {}, "line 1: id stands twice in the header"),
    (
        "id,day,sex\n1,2025-02-01,w\n2,2025-02-01,M\n3,2025-02-01,w\n",
        {"more": 'sex = { from = "sex" }'},
        r"line 2: sex is 'w', which is refused; so are lines 4; allowed is one of F, M; ",
    ),
    (
        "id,day,sex\n1,2025-02-01,w\n",
        {"more": 'sex = { from = "sex", codes = { m = "M", f = "F" } }'},
        r"line 2: sex is 'w'.*allowed is one of 'm', 'f'; add it to codes",
    ),
    (
        "id,day,out\n1,2025-02-01,ja\n",
        {"more": 'profiling_opt_out = { from = "out" }'},
        r"line 2: out is 'ja'.*allowed is one of 'true', 'false'",
    ),
    (
        "id,day\n1,20250201\n2,2025111\n",
        {"happened": '{ from = "day", format = "%Y%m%d" }'},
        r"line 3: day is '2025111'.*written %Y%m%d",
    ),
    (
        "id,day\n1,2025-02-01\n",
        {"more": 'city = { from = "town" }'},
        r"mapping.toml, line 17 .*'customers.csv' has no column 'town'; known: id, day",
    ),
]


@pytest.mark.parametrize(("lines", "parts", "words"), UNREADABLE)
def test_what_does_not_read_is_named(
    tmp_path: Path, lines: str, parts: dict[str, str], words: str
) -> None:
    """The message has file, line, column, value and what is allowed, and nothing is written."""
    with pytest.raises(BankError, match=words):
        imported(tmp_path, lines, customers(**parts))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mapping.toml", "source"]


def test_an_error_leaves_the_old_bank(tmp_path: Path) -> None:
    """A later import that fails, in a value or in a contract, changes nothing."""
    bank = imported(tmp_path, "id,day\n1,2025-02-01\n", customers())
    before = {file.name: file.read_bytes() for file in bank.path.iterdir()}
    with pytest.raises(BrokenSource):
        imported(tmp_path, "id,day\nx,2025-02-01\n", customers())
    with pytest.raises(BrokenContract, match="after the bank's last day"):
        imported(tmp_path, "id,day\n1,2025-09-01\n", customers())
    assert {file.name: file.read_bytes() for file in bank.path.iterdir()} == before


def test_codes_keep_their_numbers(tmp_path: Path) -> None:
    """New codes follow the old ones, even where they sort before; another bank starts anew."""
    mapping = customers(id='{ from = "id", ids = "customers" }')
    lines = "id,day\nm,2025-02-01\nc,2025-02-01\n"
    assert codes(imported(tmp_path, lines, mapping)) == {"c": 1, "m": 2}
    assert codes(imported(tmp_path, "id,day\na,2025-02-01\nm,2025-02-01\n", mapping)) == {
        "c": 1,
        "m": 2,
        "a": 3,
    }
    assert open_bank(tmp_path / "bank").read("customers")["customer_id"].to_pylist() == [2, 3]
    other = customers(name="y", id='{ from = "id", ids = "customers" }')
    assert codes(imported(tmp_path, "id,day\nm,2025-02-01\n", other)) == {"m": 1}


def codes(bank: Bank) -> dict[str, int]:
    """The number of each code."""
    rows = pq.read_table(bank.path / "ids.parquet").to_pylist()
    return {row["code"]: row["id"] for row in rows}


def test_two_imports_give_the_same_bytes(tmp_path: Path) -> None:
    """An import of the same files by the same mapping changes no byte."""
    mapping = customers(id='{ from = "id", ids = "customers" }')
    lines = "id,day\n" + "".join(f"c{n},2025-02-01\n" for n in range(50, 0, -1))
    first = imported(tmp_path, lines, mapping)
    before = {file.name: file.read_bytes() for file in first.path.iterdir()}
    second = imported(tmp_path, lines, mapping)
    assert {file.name: file.read_bytes() for file in second.path.iterdir()} == before


def test_a_code_that_is_no_customers_is_named(tmp_path: Path) -> None:
    """While nothing is written the code itself is in the message, since ids could not be traced."""
    mapping = customers(id='{ from = "id", ids = "customers" }') + (
        '[[events]]\nfile = "events.csv"\n[events.columns]\nevent_id = { row = true }\n'
        'customer_id = { from = "id", ids = "customers" }\nhappened_at = { from = "day" }\n'
        'known_at = { from = "day" }\nkind = { constant = "login" }\n'
    )
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "events.csv").write_text("id,day\na,2025-02-01\nzz,2025-02-01\n")
    with pytest.raises(BrokenSource, match=r"events.csv: id has 1 codes that no row .*first 'zz'"):
        imported(tmp_path, "id,day\na,2025-02-01\n", mapping)


def test_once_keeps_the_earliest(tmp_path: Path) -> None:
    """Of several rows of a key only the earliest stays, the first of those on one day."""
    lines = "id,day,city\n1,2025-03-01,late\n1,2025-02-01,first\n1,2025-02-01,second\n"
    mapping = customers(layout="once = true", more='city = { from = "city" }')
    assert imported(tmp_path, lines, mapping).read("customers")["city"].to_pylist() == ["first"]


def test_a_constant_day_begins_and_ends(tmp_path: Path) -> None:
    """What a source does not date stands at the midnight of the day that the mapping says."""
    bank = imported(
        tmp_path, "id,day\n1,2025-02-01\n", customers(happened="{ constant = 2025-01-05 }")
    )
    (row,) = bank.read("customers").to_pylist()
    assert row["happened_at"] == datetime(2025, 1, 4, 16, tzinfo=UTC)


def test_a_lookup_has_one_value_for_each_key(tmp_path: Path) -> None:
    """A key with two values, or none, is refused by name."""
    (tmp_path / "source").mkdir()
    more = 'city = { from = "id", lookup = { file = "towns.csv", key = "id", value = "town" } }'
    towns = tmp_path / "source" / "towns.csv"
    towns.write_text("id,town\n1,Xi'an\n1,Wuhan\n")
    with pytest.raises(BrokenSource, match=r"towns.csv: id '1' has several values of town"):
        imported(tmp_path, "id,day\n1,2025-02-01\n", customers(more=more))
    towns.write_text("id,town\n2,Wuhan\n")
    with pytest.raises(BrokenSource, match=r"line 2: id is '1'.* a value of id in towns.csv"):
        imported(tmp_path, "id,day\n1,2025-02-01\n", customers(more=more))
    towns.write_text("id,town\n1,Wuhan\n1,Wuhan\n")
    bank = imported(tmp_path, "id,day\n1,2025-02-01\n", customers(more=more))
    assert bank.read("customers")["city"].to_pylist() == ["Wuhan"]


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    """Days, instants, wall-clock times, decimals and floats of a file become what they mean."""
    wall = datetime(2025, 2, 1, 9, 30)  # noqa: DTZ001 - a wall clock has no zone
    rows = {
        "id": pa.array([1.0, 2.0]),
        "day": pa.array([date(2025, 2, 1)] * 2),
        "wall": pa.array([wall] * 2),
        "at": pa.array([datetime(2025, 2, 3, 16, tzinfo=UTC)] * 2, pa.timestamp("ns", tz="UTC")),
        "age": pa.array([40.0, float("nan")]),
        "amount": pa.array([Decimal("0E-10"), Decimal("12.3400000000")], pa.decimal128(20, 10)),
    }
    (tmp_path / "source").mkdir()
    pq.write_table(pa.table(rows), tmp_path / "source" / "all.parquet")
    text = BANK.format(name="x", zone="Asia/Shanghai") + (
        '[[customers]]\nfile = "*.parquet"\n[customers.columns]\ncustomer_id = { from = "id" }\n'
        'happened_at = { from = "wall" }\nknown_at = { from = "at" }\n'
        'stated_age = { from = "age" }\n'
        'kind = { constant = "retail" }\nstatus = { constant = "active" }\n'
        'opened_on = { from = "at" }\n[[loans]]\nfile = "all.parquet"\n[loans.columns]\n'
        'loan_id = { from = "id" }\ncustomer_id = { from = "id" }\nhappened_at = { from = "day" }\n'
        'known_at = { from = "day" }\nopened_on = { from = "wall" }\n'
        'principal_cents = { from = "amount", unit = "major" }\n'
    )
    import_tables(str(tmp_path / "source"), tmp_path / "bank", a_mapping(tmp_path, text))
    bank = open_bank(tmp_path / "bank")
    one, two = bank.read("customers").to_pylist()
    assert one["happened_at"] == wall.replace(tzinfo=SHANGHAI)
    assert one["known_at"] == datetime(2025, 2, 3, 16, tzinfo=UTC)
    assert one["opened_on"] == date(2025, 2, 4)
    assert (one["stated_age"], two["stated_age"]) == (40, None)
    loans = bank.read("loans").to_pylist()
    assert [row["principal_cents"] for row in loans] == [0, 1234]
    assert loans[0]["known_at"] == datetime(2025, 2, 1, 23, 59, 59, tzinfo=SHANGHAI)
    assert loans[0]["opened_on"] == date(2025, 2, 1)


def test_a_customer_is_never_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows read back in small blocks still reach the bank whole and in order."""
    monkeypatch.setattr(tables, "_BLOCK_ROWS", 3)
    lines = "id,day\n" + "".join(f"{n},2025-0{d}-01\n" for d in (3, 2, 1) for n in (3, 1, 2, 4))
    rows = imported(tmp_path, lines, customers()).read("customers")
    assert rows["customer_id"].to_pylist() == [n for n in (1, 2, 3, 4) for _ in range(3)]
    known = rows["known_at"].to_pylist()
    assert known == sorted(known[:3]) * 4


WRITTEN = [
    (b"\xef\xbb\xbfid,day,city\r\n1,2025-02-01,Xi'an\r\n", "", ["Xi'an"]),
    (b'"id","day","city"\n"1","2025-02-01","a, ""b""\nc"\n', "", ['a, "b"\nc']),
    (
        "id;day;city\n1;2025-02-01;西安\n".encode("gbk"),
        'delimiter = ";"\nencoding = "gbk"',
        ["西安"],
    ),
    (
        b"1\t2025-02-01\t-\n",
        'delimiter = "\\t"\nnames = ["id", "day", "city"]\nabsent = ["-"]',
        [None],
    ),
    (b"id,day,city\n", "", []),
]


@pytest.mark.parametrize(("content", "layout", "cities"), WRITTEN)
def test_text_files_read_as_they_are_written(
    tmp_path: Path, content: bytes, layout: str, cities: list[str | None]
) -> None:
    """Byte-order marks, quotes, encodings, tabs, files without header or without rows all read."""
    (tmp_path / "customers.csv").write_bytes(content)
    mapping = a_mapping(tmp_path, customers(layout=layout, more='city = { from = "city" }'))
    import_tables(str(tmp_path), tmp_path / "bank", mapping)
    assert open_bank(tmp_path / "bank").read("customers")["city"].to_pylist() == cities


BINARY = [
    ("customers.csv", b"", "customers.csv does not read: Empty CSV file"),
    ("customers.csv", b"id,day,n\xe9\n1,2025-02-01,x\n", "does not read: .*can't decode byte 0xe9"),
    ("mapping.toml", b"\xff\xfe", "mapping.toml is no UTF-8 text"),
]


@pytest.mark.parametrize(("name", "content", "words"), BINARY)
def test_files_that_are_no_text_are_refused(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    """The message names the file and what its bytes fail at."""
    mapping = a_mapping(tmp_path, customers())
    (tmp_path / "customers.csv").write_text("id,day\n1,2025-02-01\n")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BankError, match=words):
        import_tables(str(tmp_path), tmp_path / "bank", mapping)


def test_other_files_are_listed(tmp_path: Path) -> None:
    """A file that is not there is answered with the files that are; so is a database's table."""
    (tmp_path / "people.csv").write_text("id,day\n1,2025-02-01\n")
    with pytest.raises(BrokenMapping, match=r"no file 'customers.csv'; known: people.csv"):
        check_mapping(str(tmp_path), a_mapping(tmp_path, customers()))
    absolute = customers().replace('"customers.csv"', '"/etc/*.csv"')
    with pytest.raises(BrokenMapping, match=r"no file '/etc/\*.csv'; known: people.csv"):
        check_mapping(str(tmp_path), a_mapping(tmp_path, absolute))
    wrong = customers().replace("file =", "table =")
    with pytest.raises(BrokenMapping, match=r"table 'customers.csv' needs a database"):
        check_mapping(str(tmp_path), a_mapping(tmp_path, wrong))


AMOUNTS = st.integers(-(10**14), 10**14)


@settings(max_examples=15)
@given(st.lists(AMOUNTS, min_size=1, max_size=20), st.sampled_from([(".", ""), (",", ".")]))
def test_money_is_exact(
    tmp_path_factory: pytest.TempPathFactory, cents: list[int], marks: tuple[str, str]
) -> None:
    """An amount of any size, with any marks, is that many cents, as decimal arithmetic has it."""
    folder = tmp_path_factory.mktemp("money")
    decimal, thousands = marks
    swap = str.maketrans({",": thousands or None, ".": decimal})
    amounts = [f"{Decimal(value) / 100:,.2f}".translate(swap) for value in cents]
    lines = "id;day;amount\n" + "".join(f"{n};2025-02-01;{a}\n" for n, a in enumerate(amounts))
    layout = f'delimiter = ";"\ndecimal = "{decimal}"\nthousands = "{thousands}"'
    loans = (
        f'[[loans]]\nfile = "customers.csv"\n{layout}\n[loans.columns]\n'
        'loan_id = { from = "id" }\ncustomer_id = { from = "id" }\n'
        'happened_at = { from = "day" }\nopened_on = { from = "day" }\n'
        'known_at = { from = "day" }\nprincipal_cents = { from = "amount", unit = "major" }\n'
    )
    bank = imported(folder, lines, customers(layout=layout) + loans)
    assert bank.read("loans")["principal_cents"].to_pylist() == cents


@settings(max_examples=15)
@given(
    st.sampled_from(["Asia/Shanghai", "America/Santiago", "Europe/Lisbon"]),
    st.lists(st.dates(date(2025, 1, 1), date(2025, 6, 29)), min_size=1, max_size=20, unique=True),
    st.integers(0, 3),
)
def test_a_day_happens_as_it_begins_and_is_known_as_it_ends(
    tmp_path_factory: pytest.TempPathFactory, zone: str, days: list[date], later: int
) -> None:
    """In every zone the day's first instant happened, and the next day is the first to see it."""
    folder = tmp_path_factory.mktemp("days")
    lines = "id,day\n" + "".join(f"{n},{day}\n" for n, day in enumerate(days))
    mapping = customers(zone=zone).replace(
        'known_at = { from = "day" }', f'known_at = {{ from = "day", days_later = {later} }}'
    )
    rows = imported(folder, lines, mapping).read("customers").to_pylist()
    for row in rows:
        day = days[row["customer_id"]]
        assert row["happened_at"] == start_of_day(day, zone)
        assert local_date(row["known_at"], zone) == day + timedelta(days=later)
        assert local_date(row["known_at"] + timedelta(seconds=1), zone) > day + timedelta(later)
