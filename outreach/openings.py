"""Opens the ledger's database, and the two ways of talking to it: to read, and to write alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from outreach.errors import LedgerError

_LOCK_SECONDS = 30


def engine_at(url: str) -> Engine:
    """The engine of a SQLite address."""
    if make_url(url).get_backend_name() != "sqlite":
        raise LedgerError(
            f"the ledger does not run on {make_url(url).get_backend_name()}; "
            "give an address such as sqlite:///var/ledger.db"
        )
    engine = create_engine(url, connect_args={"timeout": _LOCK_SECONDS})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the write lock from its beginning."""
    with engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state and writes nothing."""
    with engine.begin() as connection:
        yield connection


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Let SQLAlchemy say BEGIN, wait for locks, keep a write-ahead log and hold foreign keys."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = NORMAL"):
        connection.cursor().execute(f"PRAGMA {pragma}").close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
