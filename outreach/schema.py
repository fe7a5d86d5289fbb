"""The tables of the ledger: what was planned, decided, done and heard; rows are only ever added."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

# SQLite numbers rows itself only where the key is its own INTEGER, which holds 64 bits there.
_ROW_ID = BigInteger().with_variant(Integer, "sqlite")

# SQLite heeds no length, and keeps the one that a column was made with.
_BECAUSE = String(100).with_variant(String(40), "sqlite")

# The newest of the migrations, which a database names once it has this shape.
NEWEST = "0009"

METADATA = MetaData()

POLICIES = Table(
    "policies",
    METADATA,
    Column("version", String(12), primary_key=True),
    Column("text", Text, nullable=False),
)
PLANS = Table(
    "plans",
    METADATA,
    Column("plan_id", _ROW_ID, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("digest", String(64), nullable=False),
    Column("policy_version", ForeignKey("policies.version"), nullable=False),
    Column("model_versions", Text, nullable=False),
    Column("funnel", Text, nullable=False),
    Column("prices", Text, nullable=False),
    Column("supersedes", ForeignKey("plans.plan_id")),
    Column("recorded_at", String(32), nullable=False),
)
# A day whose plan is here has its lists for good.
PUBLICATIONS = Table(
    "publications",
    METADATA,
    Column("plan_id", ForeignKey("plans.plan_id"), primary_key=True),
    Column("day", Date, nullable=False, unique=True),
    Column("published_at", String(32), nullable=False),
)
PLANNED = Table(
    "planned_rows",
    METADATA,
    Column("plan_id", ForeignKey("plans.plan_id"), primary_key=True),
    Column("request_id", String(200), primary_key=True),
    Column("list_id", BigInteger, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("customer_id", BigInteger, nullable=False, index=True),
    Column("channel", String(20), nullable=False),
    Column("row", Text, nullable=False),
    Column("number_hash", String(64), index=True),
)
PLANNED_EVENTS = Table(
    "planned_events",
    METADATA,
    Column("event_id", _ROW_ID, primary_key=True),
    Column("plan_id", ForeignKey("plans.plan_id"), nullable=False),
    Column("request_id", String(200), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("because", _BECAUSE),
    Column("happened_at", String(32), nullable=False),
    Column("staff_id", BigInteger),
    Column("note", Text),
    Column("until", String(32)),
)
TRAILS = Table(
    "trails",
    METADATA,
    Column("plan_id", ForeignKey("plans.plan_id"), primary_key=True),
    Column("customer_id", BigInteger, primary_key=True),
    Column("trail", LargeBinary, nullable=False),
)
DECISIONS = Table(
    "decisions",
    METADATA,
    Column("decision_id", _ROW_ID, primary_key=True),
    Column("request_id", String(200), nullable=False, unique=True),
    Column("customer_id", BigInteger, nullable=False, index=True),
    Column("request", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("policy_version", ForeignKey("policies.version"), nullable=False),
    Column("decided_at", String(32), nullable=False),
)
CONTACTS = Table(
    "contacts",
    METADATA,
    Column("contact_id", BigInteger, primary_key=True, autoincrement=False),
    Column("decision_id", ForeignKey("decisions.decision_id"), nullable=False, unique=True),
    Column("customer_id", BigInteger, nullable=False, index=True),
    Column("household_id", BigInteger, index=True),
    Column("channel", String(20), nullable=False),
    Column("direction", String(20), nullable=False),
    Column("category", String(20), nullable=False),
    Column("purpose", String(100)),
    Column("offer_code", String(100)),
    Column("family", String(40)),
    Column("point_id", BigInteger),
    Column("number_hash", String(64), index=True),
    Column("happened_at", String(32), nullable=False, index=True),
    Column("request_id", String(200), index=True),
    Column("branch_id", BigInteger),
    Column("manager_id", BigInteger),
    Column("account_id", BigInteger),
    Column("lead_id", String(100)),
    Column("run_id", String(100)),
    Column("at_local", String(16)),
    Column("tags", Text),
    Column("expires_at", String(32)),
    Column("answers", String(100), index=True),
)
CONTACT_EVENTS = Table(
    "contact_events",
    METADATA,
    Column("event_id", _ROW_ID, primary_key=True),
    Column("contact_id", ForeignKey("contacts.contact_id"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("outcome", String(40)),
    Column("happened_at", String(32), nullable=False),
    Column("staff_id", BigInteger),
    Column("note", Text),
    Column("recorded_at", String(32)),
    Column("due_at", String(32)),
    UniqueConstraint("contact_id", "outcome", "happened_at"),
)
NOTES = Table(
    "notes",
    METADATA,
    Column("note_id", _ROW_ID, primary_key=True),
    Column("customer_id", BigInteger, nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("said", Text, nullable=False),
    Column("happened_at", String(32), nullable=False),
    Column("recorded_at", String(32), nullable=False),
    Column("staff_id", BigInteger),
)
LINEAGE = Table(
    "lineage",
    METADATA,
    Column("lineage_id", _ROW_ID, primary_key=True),
    Column("customer_id", BigInteger, nullable=False, index=True),
    Column("source_id", BigInteger, nullable=False, index=True),
    Column("kind", String(10), nullable=False),
    Column("happened_at", String(32), nullable=False),
)
HOLDOUT_DRAWS = Table(
    "holdout_draws",
    METADATA,
    Column("draw_id", _ROW_ID, primary_key=True),
    Column("day", Date, nullable=False),
    Column("share", Float, nullable=False),
    Column("key_print", String(16), nullable=False),
    Column("said", Text, nullable=False),
    Column("supersedes", ForeignKey("holdout_draws.draw_id")),
    Column("recorded_at", String(32), nullable=False),
)
HOLDOUT_MEMBERS = Table(
    "holdout_members",
    METADATA,
    Column("draw_id", ForeignKey("holdout_draws.draw_id"), primary_key=True),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("household_id", BigInteger),
    Column("stratum", Integer, nullable=False),
)
AB_TESTS = Table(
    "ab_tests",
    METADATA,
    Column("test_id", _ROW_ID, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("policy_a", ForeignKey("policies.version"), nullable=False),
    Column("policy_b", ForeignKey("policies.version"), nullable=False),
    Column("share", Float, nullable=False),
    Column("key_print", String(16), nullable=False),
    Column("started_at", String(32), nullable=False),
)
AB_STOPS = Table(
    "ab_stops",
    METADATA,
    Column("test_id", ForeignKey("ab_tests.test_id"), primary_key=True),
    Column("stopped_at", String(32), nullable=False),
)
AB_MEMBERS = Table(
    "ab_members",
    METADATA,
    Column("test_id", ForeignKey("ab_tests.test_id"), primary_key=True),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("household_id", BigInteger),
    Column("arm", String(1), nullable=False),
)
# Each is of a draw of the hold-out or of a test of policies.
LOOK_PLANS = Table(
    "look_plans",
    METADATA,
    Column("look_plan_id", _ROW_ID, primary_key=True),
    Column("draw_id", ForeignKey("holdout_draws.draw_id"), unique=True),
    Column("test_id", ForeignKey("ab_tests.test_id"), unique=True),
    Column("looks", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    Column("planned_at", String(32), nullable=False),
)
# Who was drawn to be contacted, and who to be left alone beside him.
LOTS = Table(
    "lots",
    METADATA,
    Column("lot_id", _ROW_ID, primary_key=True),
    Column("plan_id", ForeignKey("plans.plan_id"), nullable=False, index=True),
    Column("pair", BigInteger, nullable=False),
    Column("customer_id", BigInteger, nullable=False),
    Column("contacted", Boolean, nullable=False),
    Column("request_id", String(200), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("purpose", String(100)),
    Column("offer_code", String(100)),
    Column("point_id", BigInteger),
    Column("allowed_from", String(32), nullable=False),
)
# The one workspace that a ledger belongs to, and where it lay when it first came.
OWNERS = Table(
    "owners",
    METADATA,
    Column("workspace", String(32), primary_key=True),
    Column("place", Text, nullable=False),
)
Index("planned_events_until", PLANNED_EVENTS.c.until)
# One row once the ledger is sealed: the key of its pseudonyms.
SEALS = Table(
    "seals",
    METADATA,
    Column("seal_id", Integer, primary_key=True, autoincrement=False),
    Column("pseudonyms", String(40), nullable=False),
)
Index("holdout_members_by_household", HOLDOUT_MEMBERS.c.draw_id, HOLDOUT_MEMBERS.c.household_id)
Index("planned_rows_by_list", PLANNED.c.plan_id, PLANNED.c.list_id, PLANNED.c.rank)
Index("contacts_by_branch", CONTACTS.c.branch_id, CONTACTS.c.happened_at)
Index("contacts_by_manager", CONTACTS.c.manager_id, CONTACTS.c.happened_at)
Index("contacts_that_expire", CONTACTS.c.expires_at)
Index("contact_events_due", CONTACT_EVENTS.c.due_at)
