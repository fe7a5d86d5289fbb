"""The ledger's first shape: plans, decisions, contacts and what came of them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the ledger to this shape."""
    op.create_table(
        "policies",
        sa.Column("version", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "decisions",
        sa.Column("decision_id", _ROW_ID, nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.String(length=12), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["policy_version"], ["policies.version"]),
        sa.PrimaryKeyConstraint("decision_id"),
        sa.UniqueConstraint("request_id"),
    )
    op.create_index("ix_decisions_customer_id", "decisions", ["customer_id"])
    op.create_table(
        "plans",
        sa.Column("plan_id", _ROW_ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=12), nullable=False),
        sa.Column("model_versions", sa.Text(), nullable=False),
        sa.Column("funnel", sa.Text(), nullable=False),
        sa.Column("prices", sa.Text(), nullable=False),
        sa.Column("supersedes", _ROW_ID, nullable=True),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["policy_version"], ["policies.version"]),
        sa.ForeignKeyConstraint(["supersedes"], ["plans.plan_id"]),
        sa.PrimaryKeyConstraint("plan_id"),
    )
    op.create_index("ix_plans_day", "plans", ["day"])
    op.create_table(
        "contacts",
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("decision_id", _ROW_ID, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=100), nullable=True),
        sa.Column("offer_code", sa.String(length=100), nullable=True),
        sa.Column("family", sa.String(length=40), nullable=True),
        sa.Column("point_id", sa.BigInteger(), nullable=True),
        sa.Column("number_hash", sa.String(length=64), nullable=True),
        sa.Column("happened_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.decision_id"]),
        sa.PrimaryKeyConstraint("contact_id"),
        sa.UniqueConstraint("decision_id"),
    )
    op.create_index("ix_contacts_customer_id", "contacts", ["customer_id"])
    op.create_index("ix_contacts_number_hash", "contacts", ["number_hash"])
    op.create_table(
        "planned_events",
        sa.Column("event_id", _ROW_ID, nullable=False),
        sa.Column("plan_id", _ROW_ID, nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("because", sa.String(length=40), nullable=True),
        sa.Column("happened_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.plan_id"]),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("ix_planned_events_request_id", "planned_events", ["request_id"])
    op.create_table(
        "planned_rows",
        sa.Column("plan_id", _ROW_ID, nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.plan_id"]),
        sa.PrimaryKeyConstraint("plan_id", "request_id"),
    )
    op.create_index("ix_planned_rows_customer_id", "planned_rows", ["customer_id"])
    op.create_index("planned_rows_by_list", "planned_rows", ["plan_id", "list_id", "rank"])
    op.create_table(
        "trails",
        sa.Column("plan_id", _ROW_ID, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("trail", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.plan_id"]),
        sa.PrimaryKeyConstraint("plan_id", "customer_id"),
    )
    op.create_table(
        "contact_events",
        sa.Column("event_id", _ROW_ID, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("happened_at", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.contact_id"]),
        sa.PrimaryKeyConstraint("event_id"),
        sa.UniqueConstraint("contact_id", "outcome", "happened_at"),
    )
    op.create_index("ix_contact_events_contact_id", "contact_events", ["contact_id"])


def downgrade() -> None:
    """Bring the ledger back to nothing."""
    op.drop_index("ix_contact_events_contact_id", table_name="contact_events")
    op.drop_table("contact_events")
    op.drop_table("trails")
    op.drop_index("planned_rows_by_list", table_name="planned_rows")
    op.drop_index("ix_planned_rows_customer_id", table_name="planned_rows")
    op.drop_table("planned_rows")
    op.drop_index("ix_planned_events_request_id", table_name="planned_events")
    op.drop_table("planned_events")
    op.drop_index("ix_contacts_number_hash", table_name="contacts")
    op.drop_index("ix_contacts_customer_id", table_name="contacts")
    op.drop_table("contacts")
    op.drop_index("ix_plans_day", table_name="plans")
    op.drop_table("plans")
    op.drop_index("ix_decisions_customer_id", table_name="decisions")
    op.drop_table("decisions")
    op.drop_table("policies")
