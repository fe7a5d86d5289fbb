"""The one way in which rows that only grow change: the law and the vault ask for it, nobody else.

The triggers that refuse every change are lifted inside the transaction that makes it; whoever is
killed in it leaves them, and the rows, as they were.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Table, text

_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")


@contextmanager
def amending(connection: Connection, *tables: Table) -> Iterator[None]:
    """Rows of these tables may be changed and deleted in the block, within its transaction."""
    names = [table.name for table in tables]
    if connection.dialect.name == "postgresql":
        for name in names:
            connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        yield
        for name in names:
            connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
        return
    lifted = [row for name in names for row in connection.execute(_TRIGGERS, {"name": name})]
    for trigger in lifted:
        connection.execute(text(f"DROP TRIGGER {trigger.name}"))
    yield
    for trigger in lifted:
        connection.exec_driver_sql(trigger.sql)
