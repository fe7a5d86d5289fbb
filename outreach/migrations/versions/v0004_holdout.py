"""Hold-outs that were drawn, with the household and stratum of each customer on that day."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("holdout_draws", "holdout_members")
_SAID = "the ledger only grows: rows of {table} are neither changed nor deleted"


def upgrade() -> None:
    """Bring the ledger to this shape; no hold-out is drawn yet."""
    op.create_table(
        "holdout_draws",
        sa.Column("draw_id", _ROW_ID, primary_key=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("key_print", sa.String(length=16), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("supersedes", _ROW_ID, sa.ForeignKey("holdout_draws.draw_id")),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
    )
    op.create_table(
        "holdout_members",
        sa.Column("draw_id", _ROW_ID, sa.ForeignKey("holdout_draws.draw_id"), primary_key=True),
        sa.Column("customer_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("household_id", sa.BigInteger()),
        sa.Column("stratum", sa.Integer(), nullable=False),
    )
    op.create_index("holdout_members_by_household", "holdout_members", ["draw_id", "household_id"])
    for table in _TABLES:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION goodcall_refuse_change()"
            )
            continue
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_SAID.format(table=table)}'); END"
            )


def downgrade() -> None:
    """Bring the ledger back to its third shape."""
    for table in reversed(_TABLES):
        op.drop_table(table)
