"""Which version of the online store readers see, and what it says of itself."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from features.errors import StaleSnapshot, StoreUnreachable
from features.online_database import instant, reading_engine, shown, told
from features.online_tables import CURRENT, VERSIONS


@dataclass(frozen=True, slots=True)
class OnlineMark:
    """What a published snapshot says of itself: whose catalogue, as of when, which bank's.

    `tables` are the raw tables that the bank has; `zone` is that of its midnights.
    """

    fingerprint: str
    as_of: date
    zone: str
    bank: str
    currency: str
    tables: tuple[str, ...]
    published_at: datetime


def published(url: str) -> tuple[object, ...]:
    """What changes whenever another snapshot is published at an address, or it goes away."""
    try:
        engine = reading_engine(url)
    except StaleSnapshot:
        return ()
    try:
        with told(url), engine.connect() as connection:
            version, mark = current(connection, url)
    except (StaleSnapshot, StoreUnreachable) as error:
        return (type(error).__name__,)
    finally:
        engine.dispose()
    return (version, mark.published_at)


def current_version(connection: Connection) -> tuple[int, OnlineMark] | None:
    """The version that readers see and what it says of itself; None before the first."""
    found = connection.execute(
        select(VERSIONS).join(CURRENT, CURRENT.c.version == VERSIONS.c.version)
    ).first()
    if found is None:
        return None
    said = dict(found._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row's columns
    version = int(said.pop("version"))
    said["tables"] = tuple(json.loads(said["tables"]))
    said["published_at"] = instant(said["published_at"])
    return version, OnlineMark(**said)


def current(connection: Connection, url: str) -> tuple[int, OnlineMark]:
    """The version that readers of an address see; StaleSnapshot before the first."""
    try:
        found = current_version(connection)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        raise StaleSnapshot(
            f"{shown(url)} is no online store ({error.orig}); publish one with "
            "`goodcall outreach plan`"
        ) from error
    if found is None:
        raise StaleSnapshot(
            f"nothing is published in {shown(url)}; publish with `goodcall outreach plan`"
        )
    return found
