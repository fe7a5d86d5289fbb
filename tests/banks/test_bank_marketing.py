"""Laws of the bank marketing import, held against the files themselves read with the csv module."""

import csv
import gzip
import json
import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest

from banks.bank_marketing import import_bank_marketing
from banks.errors import BrokenSource
from features.bank import Bank, open_bank
from features.quality.contracts import check_tables

_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
SOURCE = Path(os.environ.get("GOODCALL_PUBLIC_DATA", _DEFAULT)) / "bank_marketing"
FILES = {"2011": "bank-full.csv.gz", "2014": "bank-additional-full.csv.gz"}
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

public = pytest.mark.skipif(
    not SOURCE.is_dir(), reason="GOODCALL_PUBLIC_DATA has no bank_marketing"
)


@pytest.fixture(scope="module", params=list(FILES))
def version(request: pytest.FixtureRequest) -> str:
    """Each of the two public files."""
    said: str = request.param
    return said


@pytest.fixture(scope="module")
def bank(version: str, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A whole public file, imported once."""
    path = tmp_path_factory.mktemp(version) / "bank"
    import_bank_marketing(SOURCE / FILES[version], path)
    return open_bank(path)


def raw(version: str) -> list[dict[str, str]]:
    """The lines of a source file as the csv module reads them."""
    with gzip.open(SOURCE / FILES[version], "rt", encoding="ascii", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def months(lines: list[dict[str, str]]) -> list[date]:
    """The first of each line's month, the year counted up where the months go backwards."""
    year, before, found = 2008, 0, []
    for line in lines:
        month = MONTHS.index(line["month"]) + 1
        year += month < before
        before = month
        found.append(date(year, month, 1))
    return found


def said(line: dict[str, str]) -> dict[str, object]:
    """What a line says besides the tables' own columns."""
    elsewhere = {"age", "job", "marital", "education", "month", "day", "y"}
    words = {"default", "housing", "loan", "contact", "poutcome", "day_of_week"}
    never = "999" if "day_of_week" in line else "-1"
    return {
        name: value if name in words else float(value)
        for name, value in line.items()
        if name not in elsewhere and value != "unknown" and (name, value) != ("pdays", never)
    }


@public
def test_each_line_is_a_customer_and_a_call(bank: Bank, version: str) -> None:
    """Every line becomes a customer and a contact, every yes a term deposit, and nothing more."""
    lines = raw(version)
    counts = {name: bank.read(name).num_rows for name in bank.tables}
    bought = Counter(line["y"] for line in lines)["yes"]
    everyone = {"customers": len(lines), "contacts": len(lines)}
    assert counts == everyone | {"products": 1, "holdings": bought}
    assert (len(lines), bought) == {"2011": (45_211, 5289), "2014": (41_188, 4640)}[version]


@public
def test_contract_has_no_findings(bank: Bank) -> None:
    """No row breaks a contract or looks doubtful."""
    assert check_tables(bank).findings == ()


@public
def test_years_land_where_the_source_says(version: str) -> None:
    """Counting years up from May 2008 lands on November 2010, as the source says."""
    found = months(raw(version))
    assert (found[0], found[-1]) == (date(2008, 5, 1), date(2010, 11, 1))


@public
def test_inferred_years_fall_on_working_days() -> None:
    """With the inferred years 99.9 % of the calls of 2011's file fall on Monday to Friday.

    Chance, or a year off, would put two in seven on a weekend.
    """
    lines = raw("2011")
    days = [at.replace(day=int(x["day"])) for at, x in zip(months(lines), lines, strict=True)]
    assert sum(day.weekday() > 4 for day in days) == 50
    assert days == sorted(days)


@public
def test_calls_are_on_their_day_or_in_their_month(bank: Bank, version: str) -> None:
    """A call happens as its day begins, and is known when that day is over.

    Where the source says no day, its month stands for it, and the precision claims no more.
    """
    lines = raw(version)
    contacts = bank.read("contacts")
    first = contacts["happened_at"].to_pylist()
    known = contacts["known_at"].to_pylist()
    for line, month, happened, at in zip(lines, months(lines), first, known, strict=True):
        begin = month.replace(day=int(line.get("day", 1)))
        after = (month + timedelta(days=32)).replace(day=1)
        end = after if version == "2014" else begin + timedelta(days=1)
        assert happened == lisbon_midnight(begin)
        assert at == lisbon_midnight(end) - timedelta(seconds=1)
    precision = {"2011": "inferred_year", "2014": "inferred_year_and_day"}[version]
    assert set(contacts["time_precision"].to_pylist()) == {precision}


def lisbon_midnight(day: date) -> datetime:
    """Midnight in Lisbon: an hour before UTC's from the last Sunday of March to that of October."""
    begins, ends = last_sunday(day.year, 3), last_sunday(day.year, 10)
    summer = begins < day <= ends
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=summer)


def last_sunday(year: int, month: int) -> date:
    """The last Sunday of a month of 31 days."""
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


@public
def test_customers_are_known_before_the_call(bank: Bank, version: str) -> None:
    """As of the day or month of the call, the customer is known and the call is not."""
    customers, contacts = bank.read("customers"), bank.read("contacts")
    assert customers["customer_id"] == contacts["customer_id"]
    begins = contacts["happened_at"].to_pylist()
    known = customers["known_at"].to_pylist()
    assert all(a < b for a, b in zip(known, begins, strict=True))
    assert pc.sum(pc.less(contacts["known_at"], contacts["happened_at"])).as_py() == 0
    lines = raw(version)
    expected = [
        (
            int(x["age"]),
            *(None if x[n] == "unknown" else x[n] for n in ("job", "education", "marital")),
        )
        for x in lines
    ]
    names = ("stated_age", "occupation", "education", "marital_status")
    assert list(zip(*(customers[n].to_pylist() for n in names), strict=True)) == expected


@public
def test_attributes_keep_the_sources_words(bank: Bank, version: str) -> None:
    """What has no column stands in the attributes under its own name; the unknown is left out."""
    attributes = [json.loads(text) for text in bank.read("contacts")["attributes"].to_pylist()]
    assert attributes == [said(line) for line in raw(version)]


@public
def test_only_a_yes_has_an_outcome(bank: Bank, version: str) -> None:
    """A yes is a purchase and a deposit opened then; a no claims no refusal."""
    lines = raw(version)
    contacts, holdings = bank.read("contacts"), bank.read("holdings")
    outcomes = ["PURCHASED" if line["y"] == "yes" else None for line in lines]
    states = ["attempted" if line["duration"] == "0" else "connected" for line in lines]
    assert contacts["outcome"].to_pylist() == outcomes
    assert contacts["state"].to_pylist() == states
    bought = contacts.filter(contacts["outcome"].is_valid())
    for name in ("customer_id", "happened_at", "known_at"):
        assert holdings[name] == bought[name]


@public
def test_a_folder_of_both_versions_is_refused(tmp_path: Path) -> None:
    """Both files tell of the same calls, so one must be named."""
    with pytest.raises(BrokenSource, match=r"of which one is wanted; name or keep one"):
        import_bank_marketing(SOURCE, tmp_path / "bank")


HEADER_2011 = (
    "age;job;marital;education;default;balance;housing;loan;contact;day;month;duration;campaign;"
    "pdays;previous;poutcome;y\n"
)
SMALL = (
    HEADER_2011 + "58;retired;married;tertiary;no;-5;yes;no;unknown;5;may;261;1;-1;0;unknown;no\n"
    "30;admin.;single;unknown;no;9;no;no;cellular;2;feb;1;1;-1;0;unknown;no\n"
    "31;student;single;unknown;no;9;no;no;cellular;1;jan;0;1;-1;0;unknown;no\n"
    "32;student;single;unknown;no;9;no;no;cellular;17;nov;90;1;7;1;success;yes\n"
)
EARLIER = "33;student;single;unknown;no;9;no;no;cellular;1;feb;1;1;-1;0;unknown;no\n"
BROKEN = [
    (";day;", ";tag;", r"line 1: the header lacks day_of_week, emp.var.rate"),
    ("duration;", "length;", r"line 1: the header lacks duration;"),
    ("58;retired", "old;retired", r"line 2: age is 'old'.*a whole number from 0"),
    ("58;retired", "-8;retired", r"line 2: age is '-8'.*a whole number from 0"),
    (";-5;yes", ";5.5;yes", r"line 2: balance is '5.5'.*a whole number"),
    ("no;-5;yes", "no;-5;ja", r"line 2: housing is 'ja'.*'yes', 'no', 'unknown'"),
    ("unknown;5;may", "fax;5;may", r"line 2: contact is 'fax'.*'cellular', 'telephone'"),
    (";2;feb", ";29;feb", r"line 3: day is '29'.*a day that the month has"),
    (";2;feb", ";0;feb", r"line 3: day is '0'.*a whole number from 1"),
    (";2;feb", ";2;febr", r"line 3: month is 'febr'.*'jan', 'feb', 'mar'"),
    ("5;may", "5;apr", r"line 2: month is 'apr'.*may \(of 2008\) on the first line"),
    ("17;nov", "17;dec", r"line 5: month is 'dec'.*nov of the third year on the last line"),
    ("1;jan", "1;mar", r"line 5: month is 'nov'.*must be whole and in its order"),
    ("31;student", f"{EARLIER}31;student", r"line 4: day is '1'.*no earlier than that of the line"),
    ("success;yes", "success;maybe", r"line 5: y is 'maybe'.*'yes', 'no'"),
    ("success;yes", "won;yes", r"line 5: poutcome is 'won'"),
    (";success;yes", "", r"line 5: '32;student.*' has 15 values; allowed are 17"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_broken_line_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    """A file that does not read names its line, its value and what is allowed; nothing is made."""
    source = tmp_path / "bank-full.csv"
    source.write_text(SMALL.replace(old, new), encoding="ascii")
    with pytest.raises(BrokenSource, match=message):
        import_bank_marketing(source, tmp_path / "bank")
    assert [path.name for path in tmp_path.iterdir()] == ["bank-full.csv"]


def test_a_folder_of_one_version_reads(tmp_path: Path) -> None:
    """A folder stands for the one file in it; the years go up where the months go back."""
    (tmp_path / "bank-full.csv").write_text(SMALL, encoding="ascii")
    import_bank_marketing(tmp_path, tmp_path / "bank")
    bank = open_bank(tmp_path / "bank")
    days = [x["happened_at"].date() for x in bank.read("contacts").to_pylist()]
    # Midnight of 5 May in Lisbon is 11 in the evening of 4 May in UTC.
    expected = [date(2008, 5, 4), date(2009, 2, 2), date(2010, 1, 1), date(2010, 11, 17)]
    assert days == expected
    assert (bank.manifest.first_day, bank.manifest.last_day) == (date(2008, 5, 5), expected[-1])


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """A folder without either file is told which names would do."""
    with pytest.raises(BrokenSource, match=r"has no file bank-full\{.*bank-additional-full\{"):
        import_bank_marketing(tmp_path, tmp_path / "bank")
