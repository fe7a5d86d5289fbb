"""The online store's database: SQLite in the workspace, or PostgreSQL for many machines."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from features.errors import StaleSnapshot, StoreUnreachable
from features.online_tables import METADATA
from goodcall.database import breaks_a_law
from goodcall.errors import RowRefused

_LOCK_SECONDS = 30
_CONNECT_SECONDS = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATABASES = ("sqlite", "postgresql")


def reading_engine(url: str) -> Engine:
    """The database at an address, where an online store has been published."""
    if (file := _file(url)) is not None and not file.exists():
        raise StaleSnapshot(f"no online store at {file}; publish one with `goodcall outreach plan`")
    return _engine(url)


def writing_engine(url: str) -> Engine:
    """The database at an address, with the tables of an online store."""
    if (file := _file(url)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = _engine(url)
    with told(url), writing(engine) as connection:
        METADATA.create_all(connection)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; SQLite gives it the write lock before its first statement."""
    with engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        with connection.begin():
            yield connection


@contextmanager
def told(url: str) -> Iterator[None]:
    """Errors of the database become StoreUnreachable, which names it without its password.

    RowRefused where it is there, and a row breaks a law of its tables.
    """
    try:
        yield
    except DBAPIError as error:
        if breaks_a_law(error):
            said = str(error.orig).strip().partition("\n")[0]
            raise RowRefused(
                f"the online store {shown(url)} refused a row that breaks a law of its tables: "
                f"{said}; nothing of this write was kept"
            ) from error
        raise StoreUnreachable(
            f"the online store {shown(url)} does not answer: {error.orig}; check the address, "
            "that the database runs, and who may use it"
        ) from error


def shown(url: str) -> str:
    """An address as people may see it: a file's path, or the server's without its password."""
    file = _file(url)
    return str(file) if file else make_url(url).render_as_string(hide_password=True)


def micros(instant: datetime) -> int:
    """An instant in microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(microseconds: int) -> datetime:
    """The UTC instant so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _file(url: str) -> Path | None:
    """The file of a SQLite address."""
    address = _address(url)
    return Path(str(address.database)) if address.get_backend_name() == "sqlite" else None


def _address(url: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - SQLAlchemy's own address
    try:
        address = make_url(url)
        backend = address.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreUnreachable(_WRONG.format(url=url)) from error
    if backend not in _DATABASES or (backend == "sqlite" and not address.database):
        raise StoreUnreachable(_WRONG.format(url=address.render_as_string(hide_password=True)))
    return address


_WRONG = (
    "the online store cannot be kept at {url}; give an address such as "
    "sqlite:////srv/goodcall/online.db or postgresql+psycopg://user@host/database"
)


def _engine(url: str) -> Engine:
    if _address(url).get_backend_name() != "sqlite":
        waits = {"connect_timeout": _CONNECT_SECONDS}
        return create_engine(url, pool_pre_ping=True, connect_args=waits)
    engine = create_engine(url, connect_args={"timeout": _LOCK_SECONDS})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Let SQLAlchemy say BEGIN, wait for locks and keep a write-ahead log."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
