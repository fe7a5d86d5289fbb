"""The tables of the online store: published versions, their rows, and the facts that came since."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

# SQLite numbers rows itself only where the key is its own INTEGER, which holds 64 bits there.
_ROW_ID = BigInteger().with_variant(Integer, "sqlite")

METADATA = MetaData()

# Numbers are float64, lowest byte first; instants are microseconds since 1970; places are uint16.
VERSIONS = Table(
    "online_versions",
    METADATA,
    Column("version", _ROW_ID, primary_key=True),
    Column("fingerprint", String(12), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("bank", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("tables", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
# One row: the version that readers see, and until when the log of facts was emptied.
CURRENT = Table(
    "online_current",
    METADATA,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger),
    Column("emptied_until", BigInteger),
)
# `features` and `states` are the snapshot's; `live` and `live_states` hold what arrived since too
# and are null while nothing did. `facts` says how many facts they hold, `seq` the last one's
# number, `until` the instant just after it was known, `held` the features that did not merge.
ROWS = Table(
    "online_rows",
    METADATA,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("facts", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("held", LargeBinary),
    Column("features", LargeBinary, nullable=False),
    Column("live", LargeBinary),
    Column("states", LargeBinary, nullable=False),
    Column("live_states", LargeBinary),
)
PROFILES = Table(
    "online_profiles",
    METADATA,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("json", Text, nullable=False),
)
HOUSEHOLDS = Table(
    "online_households",
    METADATA,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("household_id", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
)
# The blind index of telephone numbers: `number` is a keyed hash, and nobody makes it without a key.
PHONES = Table(
    "online_phones",
    METADATA,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("number", String(64), primary_key=True),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
)
FACTS = Table(
    "online_facts",
    METADATA,
    Column("seq", _ROW_ID, primary_key=True),
    Column("raw_table", String(40), nullable=False),
    Column("customer_id", BigInteger, nullable=False, index=True),
    Column("key", String(200), nullable=False),
    Column("happened_at", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False, index=True),
    Column("corrects", Integer, nullable=False),
    Column("row", Text, nullable=False),
    sqlite_autoincrement=True,
)
SERVED = Table(
    "online_served",
    METADATA,
    Column("served_id", _ROW_ID, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("customer_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("held", LargeBinary),
    Column("features", LargeBinary, nullable=False),
)
