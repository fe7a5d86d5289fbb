"""A real PostgreSQL for tests: one server a process, and a database for each test's folder."""

import atexit
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from benchmarks.ledger_server import Server


@cache
def postgres_url(tmp: Path) -> str:
    """The address of the database that belongs to a test's folder, empty at the first call.

    The first call of all starts the server, which stops when the process ends. A module says:

        @pytest.fixture
        def database(tmp_path):
            return postgres_url(tmp_path)
    """
    server = _server().url
    name = f"test_{postgres_url.cache_info().currsize + 1}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} -- for {tmp.name}")
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


def postgres_tools() -> Path:
    """The folder with the programs of that server's own release, such as pg_dump."""
    return _server().tools


@cache
def _server() -> Server:
    server = Server(durable=False)
    atexit.register(server.close)
    return server
