"""The tables of access: people, keys, sessions, who is served, what was granted and approved.

What was asked, granted, approved and reset is only ever added to; people, keys, sessions and
servings change, and the audit log tells by whom.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

# SQLite numbers rows itself only where the key is its own INTEGER, which holds 64 bits there.
_ROW_ID = BigInteger().with_variant(Integer, "sqlite")

# The newest of the migrations, which a database names once it has this shape; a server may hold the
# ledger in the same database, whose shape has a table of its own.
NEWEST = "0005"
VERSION_TABLE = "governance_version"

METADATA = MetaData()

# `branches` and `actions` are JSON lists; instants are UTC in ISO 8601.
USERS = Table(
    "users",
    METADATA,
    Column("name", String(60), primary_key=True),
    Column("role", String(60), nullable=False),
    Column("staff_id", BigInteger, unique=True),
    Column("branches", Text, nullable=False),
    Column("password", String(200)),
    Column("subject", String(300), unique=True),
    Column("failures", Integer, nullable=False),
    Column("locked_until", String(32)),
    Column("created_at", String(32), nullable=False),
    Column("disabled_at", String(32)),
    Column("one_time_until", String(32)),
)
# Passwords that one person gave to another; `by` is a person as the audit log names him.
PASSWORD_RESETS = Table(
    "password_resets",
    METADATA,
    Column("reset_id", _ROW_ID, primary_key=True),
    Column("name", ForeignKey("users.name"), nullable=False, index=True),
    Column("by", String(80), nullable=False),
    Column("reset_at", String(32), nullable=False),
)
API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("key_id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("name", String(60), nullable=False, index=True),
    Column("role", String(60), nullable=False),
    Column("actions", Text, nullable=False),
    Column("branches", Text, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("revoked_at", String(32)),
    Column("rotated_from", ForeignKey("api_keys.key_id")),
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("name", ForeignKey("users.name"), nullable=False, index=True),
    Column("opened_at", String(32), nullable=False),
    Column("seen_at", String(32), nullable=False),
    Column("ends_at", String(32), nullable=False),
    Column("revoked_at", String(32)),
)
# Sign-ins that are on their way through the bank's own sign-on; each counts once.
SIGN_ONS = Table(
    "sign_ons",
    METADATA,
    Column("state", String(64), primary_key=True),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(64), nullable=False),
    Column("begun_at", String(32), nullable=False),
)
# Which settings of the bank's own sign-on a service went by; the last row is of now.
SIGN_ON_SETTINGS = Table(
    "sign_on_settings",
    METADATA,
    Column("number", _ROW_ID, primary_key=True),
    Column("settings", Text, nullable=False),
    Column("noted_at", String(32), nullable=False),
)
SERVINGS = Table(
    "servings",
    METADATA,
    Column("serving_id", _ROW_ID, primary_key=True),
    Column("who", String(80), nullable=False),
    Column("customer_id", BigInteger, nullable=False),
    Column("evidence", String(40), nullable=False),
    Column("opened_at", String(32), nullable=False),
    Column("ends_at", String(32), nullable=False),
    Column("closed_at", String(32)),
)
ACCESS_REQUESTS = Table(
    "access_requests",
    METADATA,
    Column("request_id", _ROW_ID, primary_key=True),
    Column("who", String(80), nullable=False, index=True),
    Column("action", String(40), nullable=False),
    Column("reach", String(20), nullable=False),
    Column("of", BigInteger),
    Column("reason", Text, nullable=False),
    Column("asked_at", String(32), nullable=False),
    Column("until", String(32), nullable=False),
)
# The first word decides: approved, denied or withdrawn; one that was approved may be ended.
ACCESS_WORDS = Table(
    "access_words",
    METADATA,
    Column("word_id", _ROW_ID, primary_key=True),
    Column("request_id", ForeignKey("access_requests.request_id"), nullable=False),
    Column("word", String(20), nullable=False),
    Column("by", String(80), nullable=False),
    Column("note", Text),
    Column("said_at", String(32), nullable=False),
    UniqueConstraint("request_id", "word"),
)
POLICY_PROPOSALS = Table(
    "policy_proposals",
    METADATA,
    Column("proposal_id", _ROW_ID, primary_key=True),
    Column("version", String(12), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("before_version", String(12), nullable=False),
    Column("loosens", Text, nullable=False),
    Column("by", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_at", String(32), nullable=False),
)
# Refused, or approved by another; in force is what was written into the workspace.
POLICY_WORDS = Table(
    "policy_words",
    METADATA,
    Column("word_id", _ROW_ID, primary_key=True),
    Column("proposal_id", ForeignKey("policy_proposals.proposal_id"), nullable=False),
    Column("word", String(20), nullable=False),
    Column("by", String(80), nullable=False),
    Column("note", Text),
    Column("said_at", String(32), nullable=False),
    UniqueConstraint("proposal_id", "word"),
)
Index("servings_of_a_customer", SERVINGS.c.customer_id, SERVINGS.c.ends_at)
# What customers ask for about their data; once erased, a customer stands under a pseudonym.
RIGHTS_REQUESTS = Table(
    "rights_requests",
    METADATA,
    Column("request_id", _ROW_ID, primary_key=True),
    Column("customer_id", BigInteger, nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("asked_at", String(32), nullable=False),
    Column("due_at", String(32), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("handled_by", String(100)),
    Column("handled_at", String(32)),
    Column("said", Text),
    sqlite_autoincrement=True,
)
