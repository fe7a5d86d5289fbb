"""Since when, and under which key, the ledger's personal fields are encrypted."""

import sqlalchemy as sa
from alembic import op

from goodcall.database import only_grow

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SAID = "the ledger only grows: rows of {table} are neither changed nor deleted"


def upgrade() -> None:
    """Bring the ledger to this shape; what is in it stays in clear until it is sealed."""
    op.create_table(
        "seals",
        sa.Column("seal_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("pseudonyms", sa.String(length=40), nullable=False),
    )
    only_grow(op.get_bind(), ["seals"], said=_SAID, refusing="goodcall_refuse_change")


def downgrade() -> None:
    """Bring the ledger back to its seventh shape; numbers and notes stay as they are."""
    op.drop_table("seals")
