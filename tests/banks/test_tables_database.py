"""Laws of importing a bank's own database, on a real SQLite and a real PostgreSQL."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from postgres import postgres_url

from banks.errors import BankError, BrokenMapping, BrokenSource
from banks.tables import check_mapping, import_tables
from features.bank import open_bank

MAPPING = """\
[bank]
name = "core"
zone = "Asia/Shanghai"
currency = "CNY"
first_day = 2025-01-01
last_day = 2025-06-30

[[customers]]
table = "clients"
[customers.columns]
customer_id = { from = "code", ids = "customers" }
happened_at = { from = "since" }
known_at = { from = "since" }
kind = { constant = "retail" }
status = { constant = "active" }

[[transactions]]
query = "SELECT t.*, '10:30' AS at FROM moves t WHERE note LIKE '%pay%' ORDER BY moved, code"
[transactions.columns]
transaction_id = { row = true }
account_id = { from = "account" }
customer_id = { from = "code", ids = "customers" }
happened_at = { from = "moved", zone = "UTC" }
known_at = { from = "moved", zone = "UTC", at = "end" }
amount_cents = { from = "amount", unit = "major" }
kind = { constant = "transfer" }
initiated_by = { constant = "customer" }
"""
FIRST = datetime(2025, 3, 1, 16)  # noqa: DTZ001 - a database's column has no zone


def filled(address: str) -> str:
    """The same two tables in any database: three clients, and two moves that are payments."""
    engine = sa.create_engine(address)
    data = sa.MetaData()
    clients = sa.Table("clients", data, sa.Column("code", sa.Text), sa.Column("since", sa.Date))
    moves = sa.Table(
        "moves",
        data,
        sa.Column("code", sa.Text),
        sa.Column("account", sa.BigInteger),
        sa.Column("moved", sa.DateTime),
        sa.Column("amount", sa.Text if engine.dialect.name == "sqlite" else sa.Numeric(20, 10)),
        sa.Column("note", sa.Text),
    )
    data.create_all(engine)
    since = date(2025, 1, 2)
    told = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        connection.execute(
            clients.insert(), [{"code": code, "since": since} for code in ("z", "a", "m")]
        )
        rows = [("m", FIRST, "12.3400000000", "pays"), ("a", FIRST, "-0.01", "payment")]
        rows.append(("zz", FIRST, "1", "other"))
        connection.execute(
            moves.insert(),
            [
                {
                    "code": code,
                    "account": 2**53 + 1,
                    "moved": moved,
                    "note": note,
                    "amount": amount if told else Decimal(amount),
                }
                for code, moved, amount, note in rows
            ],
        )
    engine.dispose()
    return address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of each sort, filled."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        return filled(f"sqlite:///{folder / 'core.db'}")
    return filled(postgres_url(folder))


def mapping_file(folder: Path, text: str = MAPPING) -> Path:
    """A mapping of that text."""
    file = folder / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_tables_and_queries_become_raw_tables(address: str, tmp_path: Path) -> None:
    """Both databases give the same bank: exact cents, whole ids, days and instants of a zone."""
    mapping = mapping_file(tmp_path)
    if address.startswith("sqlite"):
        # SQLite keeps days and instants as texts, so the mapping says how they are written.
        text = MAPPING.replace('from = "moved"', 'from = "moved", format = "%Y-%m-%d %H:%M:%S.%f"')
        mapping = mapping_file(tmp_path, text)
    import_tables(address, tmp_path / "bank", mapping)
    bank = open_bank(tmp_path / "bank")
    rows = bank.read("customers").to_pylist()
    assert [row["customer_id"] for row in rows] == [1, 2, 3]
    assert {row["happened_at"] for row in rows} == {datetime(2025, 1, 1, 16, tzinfo=UTC)}
    first, second = bank.read("transactions").to_pylist()
    assert (first["transaction_id"], first["customer_id"], first["amount_cents"]) == (1, 1, -1)
    assert (second["transaction_id"], second["customer_id"], second["amount_cents"]) == (2, 2, 1234)
    assert first["account_id"] == 2**53 + 1
    assert first["happened_at"] == FIRST.replace(tzinfo=UTC)
    assert first["known_at"] == datetime(2025, 3, 1, 23, 59, 59, tzinfo=UTC)


WRONG = [
    ('table = "clients"', 'table = "client"', r"line 9 .*no table 'client'; known: clients, moves"),
    ('table = "clients"', 'file = "clients"', "line 9 .*file 'clients' needs a folder"),
    ("t.*,", "t.lost,", "line 18 .* is refused by .*it says: .*t.lost"),
    (" ORDER BY moved, code", "", "have no order to number them by; write a query that ends in"),
    ('from = "amount"', 'from = "betrag"', "has no column 'betrag'; known: code, account, moved"),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG)
def test_a_mapping_that_does_not_fit_is_refused(
    address: str, tmp_path: Path, old: str, new: str, words: str
) -> None:
    """The message has the mapping's line, and lists the tables or columns that are there."""
    with pytest.raises(BrokenMapping, match=words):
        check_mapping(address, mapping_file(tmp_path, MAPPING.replace(old, new)))


def test_a_value_that_does_not_cast_names_its_row(address: str, tmp_path: Path) -> None:
    """The message has the query, the row's number in it, and the value."""
    text = MAPPING.replace('from = "amount"', 'from = "note"').replace("zone =", "zone=")
    text = text.replace('from = "moved"', 'from = "code", absent = ["a", "m"], format = "%Y%m%d"')
    with pytest.raises(BrokenSource, match=r"row 1: code is None, .* so are rows 2; allowed is a"):
        import_tables(address, tmp_path / "bank", mapping_file(tmp_path, text))
    assert not (tmp_path / "bank").exists()


def test_a_query_cannot_write(address: str, tmp_path: Path) -> None:
    """A bank's own database is read only: a query that deletes is refused and deletes nothing."""
    old = MAPPING[MAPPING.index("SELECT t.*") : MAPPING.index('"\n[transactions.columns]')]
    text = MAPPING.replace(old, "DELETE FROM moves RETURNING * -- ORDER BY")
    with pytest.raises(BrokenMapping, match="is refused by"):
        check_mapping(address, mapping_file(tmp_path, text))
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM moves").scalar_one() == 3
    engine.dispose()


ADDRESSES = [
    ("mysql://me:secret@host/core", "a database by 'mysql' is not read; allowed begin with sqlite"),
    ("sqlite:///nowhere.db", "'nowhere.db' is no SQLite file"),
    ("://", "the database's address does not read"),
    ("postgresql+psycopg://me:secret@127.0.0.1:1/core", r"me:\*\*\*@.* does not open"),
]


@pytest.mark.parametrize(("address", "words"), ADDRESSES)
def test_an_address_that_does_not_open_is_refused(tmp_path: Path, address: str, words: str) -> None:
    """The message says what is allowed and never holds the password."""
    with pytest.raises(BankError, match=words) as refused:
        check_mapping(address, mapping_file(tmp_path))
    assert "secret" not in str(refused.value)
