"""How often a hold-out or a test of policies is looked at, and over how many days."""

import sqlalchemy as sa
from alembic import op

from goodcall.database import only_grow

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SAID = "the ledger only grows: rows of {table} are neither changed nor deleted"


def upgrade() -> None:
    """Bring the ledger to this shape; no looks were ever planned."""
    op.create_table(
        "look_plans",
        sa.Column("look_plan_id", _ROW_ID, primary_key=True),
        sa.Column("draw_id", _ROW_ID, sa.ForeignKey("holdout_draws.draw_id"), unique=True),
        sa.Column("test_id", _ROW_ID, sa.ForeignKey("ab_tests.test_id"), unique=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.String(length=32), nullable=False),
    )
    only_grow(op.get_bind(), ["look_plans"], said=_SAID, refusing="goodcall_refuse_change")


def downgrade() -> None:
    """Bring the ledger back to its eighth shape."""
    op.drop_table("look_plans")
