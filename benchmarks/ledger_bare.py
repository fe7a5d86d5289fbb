"""The yardstick of the ledger: a row inserted by the bare driver, in a transaction of its own."""

import sqlite3
from typing import Self

import psycopg
from sqlalchemy import make_url

_BUSY_SECONDS = 600
_SAID = "x" * 500


class Bare:
    """A connection of the driver that the ledger uses, with the ledger's durability."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self._sqlite = address.get_backend_name() == "sqlite"
        self._connection: sqlite3.Connection | psycopg.Connection
        if self._sqlite:
            self._connection = sqlite3.connect(
                str(address.database), timeout=_BUSY_SECONDS, isolation_level=None
            )
            for pragma in ("journal_mode = WAL", "synchronous = FULL"):
                self._connection.execute(f"PRAGMA {pragma}")
        else:
            plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(plain, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def create(self) -> None:
        """Make the table that is inserted into."""
        self._connection.execute("CREATE TABLE bare (id TEXT PRIMARY KEY, said TEXT NOT NULL)")

    def insert(self, name: str) -> None:
        """Insert a row of half a kilobyte and commit it."""
        mark = "?" if self._sqlite else "%s"
        self._connection.execute(
            f"INSERT INTO bare VALUES ({mark}, {mark})",  # noqa: S608 - a mark is no text of others
            (name, _SAID),
        )
