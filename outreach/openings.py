"""Where the ledger lies, and what changes when another lies there."""

from functools import partial

from sqlalchemy import text

from goodcall import database
from goodcall.database import House, address_of, database_name, file_of, reading
from outreach.errors import LedgerBusy, LedgerError

_HOUSE = House("ledger", "ledger.db", LedgerError, LedgerBusy)
_TABLE = text("SELECT CAST(to_regclass('contact_events') AS oid)")

# The engine of the ledger at an address.
engine_at = partial(database.engine_at, house=_HOUSE)
ledger_name = database_name


def ledger_mark(url: str) -> tuple[object, ...]:
    """What changes when a ledger appears at an address or is replaced, not when it is written to.

    Empty where there is none; asking makes none.
    """
    address = address_of(url, _HOUSE)
    if address.get_backend_name() == "sqlite":
        file = file_of(address)
        return (file.stat().st_ino,) if file and file.exists() else ()
    engine = engine_at(url)
    try:
        with reading(engine) as connection:
            found = connection.execute(_TABLE).scalar()
    finally:
        engine.dispose()
    return () if found is None else (found,)
