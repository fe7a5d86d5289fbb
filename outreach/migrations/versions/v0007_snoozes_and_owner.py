"""Rows that come back at a moment, and the workspace that a ledger belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SAID = "the ledger only grows: rows of owners are neither changed nor deleted"


def upgrade() -> None:
    """Bring the ledger to this shape; no row was snoozed before, and nobody owns it yet."""
    op.add_column("planned_events", sa.Column("until", sa.String(length=32), nullable=True))
    op.create_index("planned_events_until", "planned_events", ["until"])
    op.create_table(
        "owners",
        sa.Column("workspace", sa.String(length=32), primary_key=True),
        sa.Column("place", sa.Text(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER owners_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON owners "
            "FOR EACH STATEMENT EXECUTE FUNCTION goodcall_refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER owners_refuse_{change.lower()} BEFORE {change} ON owners "
            f"BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        )


def downgrade() -> None:
    """Bring the ledger back to its sixth shape."""
    op.drop_table("owners")
    op.drop_index("planned_events_until", table_name="planned_events")
    op.drop_column("planned_events", "until")
