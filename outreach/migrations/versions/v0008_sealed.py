"""Since when, and under which key, the ledger's personal fields are encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SAID = "the ledger only grows: rows of seals are neither changed nor deleted"


def upgrade() -> None:
    """Bring the ledger to this shape; what is in it stays in clear until it is sealed."""
    op.create_table(
        "seals",
        sa.Column("seal_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("pseudonyms", sa.String(length=40), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER seals_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON seals "
            "FOR EACH STATEMENT EXECUTE FUNCTION goodcall_refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER seals_refuse_{change.lower()} BEFORE {change} ON seals "
            f"BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        )


def downgrade() -> None:
    """Bring the ledger back to its sixth shape; numbers and notes stay as they are."""
    op.drop_table("seals")
