"""Opens a database, SQLite or PostgreSQL, to read one state of it or to write.

A write that others stood in the way of is tried again, a few times, and then given up with an
error that says so: it is done wholly, or not at all.
"""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import (
    ARRAY,
    URL,
    BigInteger,
    Connection,
    Engine,
    bindparam,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy import exc as sa_errors
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from goodcall.errors import GoodcallError, RowRefused
from goodcall.turns import NoTurns, in_turn

LOCK_SECONDS = 30
_CONNECT_SECONDS = 10
# A worker that hangs inside a transaction holds up others no longer than this.
_IDLE_SECONDS = 120
_PAUSES = (0.05, 0.2, 0.8, 3.2)
_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
# SQLite: busy, locked. PostgreSQL: no serial order, deadlock, lock not granted in time, server
# going down or coming up; 08 is the class of broken connections.
_BUSY_FILE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_BUSY_SERVER = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "25P03"})

_HOLD = text(
    "SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class House:
    """What a database holds, as errors name it; `file` is its place in a workspace.

    `error` is the class of what goes wrong, `busy` of a write that others stood in the way of.
    """

    name: str
    file: str
    error: type[GoodcallError]
    busy: type[GoodcallError]

    @property
    def examples(self) -> str:
        """Addresses to give, for an error's remedy."""
        return f"sqlite:///var/{self.file} or postgresql+psycopg://user@host/database"


def engine_at(url: str, house: House) -> Engine:
    """The engine of a SQLite or PostgreSQL address."""
    address = address_of(url, house)
    options = {"house": house}
    if address.get_backend_name() == "sqlite":
        engine = create_engine(
            address, connect_args={"timeout": LOCK_SECONDS}, execution_options=options
        )
        event.listen(engine, "connect", _on_file)
        event.listen(engine, "begin", _on_begin)
        return engine
    engine = create_engine(
        address,
        connect_args=_timeout_of(address),
        execution_options=options,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
    )
    event.listen(engine, "connect", _on_server)
    return engine


def database_name(url: str | URL) -> str:
    """An address as people may see it: a file's path, or the server's without its password."""
    try:
        address = make_url(url)
    except (sa_errors.ArgumentError, ValueError):
        return "that was given"
    file = file_of(address)
    return str(file) if file else address.render_as_string(hide_password=True)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state and writes nothing."""
    with _told(engine), engine.connect() as plain:
        connection = plain
        if engine.dialect.name != "sqlite":
            connection = plain.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; on SQLite it holds the write lock from its beginning."""
    with in_turn(file_of(engine.url), LOCK_SECONDS), engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        with connection.begin():
            yield connection


def written(engine: Engine, work: Callable[[Connection], T]) -> T:
    """What `work` returns from a transaction of its own, begun anew where others were in its way.

    After a connection that broke, the server may or may not have kept what was sent: `work` must
    find what it wrote before, and write it once.
    """
    with _told(engine):
        for pause in _PAUSES:
            try:
                with writing(engine) as connection:
                    return work(connection)
            except sa_errors.DBAPIError as error:
                if not _passes(error):
                    raise
            time.sleep(pause)
        with writing(engine) as connection:
            return work(connection)


def hold(connection: Connection, names: Iterable[str]) -> None:
    """Wait until nobody else writes what bears these names, and hold it to the transaction's end.

    Who only reads holds nothing. On PostgreSQL a lock is a number that a transaction holds; all are
    taken in one order, so that no two writers wait for each other in a ring. SQLite has one writer
    at a time anyway.
    """
    writes = connection.get_execution_options().get("writes", False)
    if connection.dialect.name == "sqlite" or not writes:
        return
    keys = sorted({_key(name) for name in names})
    if keys:
        connection.execute(_HOLD, {"keys": keys})


def wipe_freed(engine: Engine) -> None:
    """Write the database anew, so that its files keep no bytes of what was changed or deleted.

    PostgreSQL frees the bytes, and gathers the statistics anew that hold values of its columns.
    """
    held = engine.raw_connection()
    try:
        if engine.dialect.name == "postgresql":
            held.driver_connection.autocommit = True  # type: ignore[union-attr]
            held.cursor().execute("VACUUM (ANALYZE)")
            held.driver_connection.autocommit = False  # type: ignore[union-attr]
            return
        for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            held.cursor().execute(statement)
    finally:
        held.close()


def only_grow(connection: Connection, tables: Iterable[str], *, said: str, refusing: str) -> None:
    """Let rows of tables only be added: a change or a deletion is refused by the database itself.

    `said` is SQLite's error, with {table} for the table; `refusing` the function that PostgreSQL's
    triggers call, which is there already.
    """
    for table in tables:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {refusing}()"
            )
            continue
        for change in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{said.format(table=table)}'); END"
            )


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """Errors of the database become those of its house, which name it without its password."""
    house: House = engine.get_execution_options()["house"]
    where = f"the {house.name} {database_name(engine.url)}"
    try:
        yield
    except sa_errors.TimeoutError as error:
        raise house.busy(
            f"{where} has no connection free after {LOCK_SECONDS} seconds; nothing was "
            f"written, try again, or let fewer threads share one {house.name}"
        ) from error
    except NoTurns as error:
        raise house.error(f"{where} cannot be written: {error}") from error
    except sa_errors.DBAPIError as error:
        if breaks_a_law(error):
            raise RowRefused(
                f"{where} refused a row that breaks a law of its tables: {_first_line(error)}; "
                "nothing of this write was kept; look for what was to be written twice, or for "
                "what it points to"
            ) from error
        if _passes(error) and not error.connection_invalidated and _code(error) is not None:
            raise house.busy(
                f"{where} was busy at every of {len(_PAUSES) + 1} tries "
                f"({_first_line(error)}); nothing was written, try again"
            ) from error
        what = "its folder exists" if engine.dialect.name == "sqlite" else "the database runs"
        raise house.error(
            f"{where} cannot be used: {_first_line(error)}; check that {what}, and who "
            "may read and write there"
        ) from error


def _passes(error: sa_errors.DBAPIError) -> bool:
    """Whether the same write may go well when it is tried again."""
    if isinstance(error.orig, sqlite3.Error):
        # The low byte is the error; what stands above it says which sort of it.
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        return code in _BUSY_FILE or _code(error) in _TAKEN
    code = _code(error)
    if code is None:
        return error.connection_invalidated or isinstance(error, sa_errors.OperationalError)
    return code in _BUSY_SERVER or code.startswith("08") or code in _TAKEN


# Another wrote the same key first: whoever looks again finds it.
_TAKEN = frozenset(
    ("23505", str(sqlite3.SQLITE_CONSTRAINT_UNIQUE), str(sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY))
)
# What PostgreSQL's own functions raise, such as those by which rows only grow.
_RAISED = "P0001"


def breaks_a_law(error: sa_errors.DBAPIError) -> bool:
    """Whether a database refused a row by a constraint or a trigger; it is there and answers."""
    return isinstance(error, sa_errors.IntegrityError) or _code(error) == _RAISED


def _code(error: sa_errors.DBAPIError) -> str | None:
    """The code of a database's error: five characters of PostgreSQL, SQLite's number."""
    if isinstance(error.orig, sqlite3.Error):
        return str(getattr(error.orig, "sqlite_errorcode", ""))
    return getattr(error.orig, "sqlstate", None)


def _first_line(error: sa_errors.DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]


def address_of(url: str, house: House) -> URL:
    """An address that reads, on a database that is known, whose driver is there."""
    try:
        address = make_url(url)
    except (sa_errors.ArgumentError, ValueError) as error:
        # What does not read as an address may still hold a password: it is not repeated.
        raise house.error(
            f"the {house.name}'s address does not read; give one such as {house.examples}"
        ) from error
    if address.drivername not in _DRIVERS:
        raise house.error(
            f"the {house.name} does not run on {address.drivername}; give an address such as "
            f"{house.examples}"
        )
    try:
        address.get_dialect().import_dbapi()
    except ImportError as error:
        raise house.error(
            f"the {house.name} {database_name(url)} needs the driver psycopg, which cannot be "
            f'loaded ({error}); install it with `pip install "psycopg[binary]"`'
        ) from error
    return address


def file_of(address: URL) -> Path | None:
    """The file of a SQLite address; None of a server, or of a database in memory."""
    if address.get_backend_name() != "sqlite" or address.database in {None, "", ":memory:"}:
        return None
    return Path(str(address.database))


def _timeout_of(address: URL) -> dict[str, int]:
    """How long to wait for a server, where the address does not say."""
    return {} if "connect_timeout" in address.query else {"connect_timeout": _CONNECT_SECONDS}


def _on_file(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Let SQLAlchemy say BEGIN, keep a write-ahead log that survives a power cut, hold keys."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL"):
        connection.cursor().execute(f"PRAGMA {pragma}").close()


def _on_server(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Wait for locks as long as on SQLite, and let a hanging worker go."""
    for setting, seconds in (
        ("lock_timeout", LOCK_SECONDS),
        ("idle_in_transaction_session_timeout", _IDLE_SECONDS),
    ):
        connection.cursor().execute(f"SET {setting} = '{seconds}s'")
    connection.commit()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _key(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
