"""Rows that come back at a moment, lots with their controls, and whose a ledger is."""

import sqlalchemy as sa
from alembic import op

from goodcall.database import only_grow

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("owners", "lots")
_SAID = "the ledger only grows: rows of {table} are neither changed nor deleted"


def upgrade() -> None:
    """Bring the ledger to this shape; no row was snoozed, no control kept, and nobody owns it."""
    op.add_column("planned_events", sa.Column("until", sa.String(length=32), nullable=True))
    op.create_index("planned_events_until", "planned_events", ["until"])
    op.create_table(
        "owners",
        sa.Column("workspace", sa.String(length=32), primary_key=True),
        sa.Column("place", sa.Text(), nullable=False),
    )
    op.create_table(
        "lots",
        sa.Column("lot_id", _ROW_ID, primary_key=True),
        sa.Column("plan_id", _ROW_ID, sa.ForeignKey("plans.plan_id"), nullable=False),
        sa.Column("pair", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("contacted", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=100)),
        sa.Column("offer_code", sa.String(length=100)),
        sa.Column("point_id", sa.BigInteger()),
        sa.Column("allowed_from", sa.String(length=32), nullable=False),
    )
    op.create_index("ix_lots_plan_id", "lots", ["plan_id"])
    only_grow(op.get_bind(), _TABLES, said=_SAID, refusing="goodcall_refuse_change")


def downgrade() -> None:
    """Bring the ledger back to its sixth shape."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_index("planned_events_until", table_name="planned_events")
    op.drop_column("planned_events", "until")
