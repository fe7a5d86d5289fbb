"""Tests of two policies on live lists: what was begun and ended, and who was in which arm."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("ab_tests", "ab_stops", "ab_members")
_SAID = "the ledger only grows: rows of {table} are neither changed nor deleted"


def upgrade() -> None:
    """Bring the ledger to this shape; no test was ever begun."""
    op.create_table(
        "ab_tests",
        sa.Column("test_id", _ROW_ID, primary_key=True),
        sa.Column("name", sa.String(length=60), nullable=False, unique=True),
        sa.Column("policy_a", sa.String(12), sa.ForeignKey("policies.version"), nullable=False),
        sa.Column("policy_b", sa.String(12), sa.ForeignKey("policies.version"), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("key_print", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
    )
    op.create_table(
        "ab_stops",
        sa.Column("test_id", _ROW_ID, sa.ForeignKey("ab_tests.test_id"), primary_key=True),
        sa.Column("stopped_at", sa.String(length=32), nullable=False),
    )
    op.create_table(
        "ab_members",
        sa.Column("test_id", _ROW_ID, sa.ForeignKey("ab_tests.test_id"), primary_key=True),
        sa.Column("customer_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("household_id", sa.BigInteger()),
        sa.Column("arm", sa.String(length=1), nullable=False),
    )
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
    """Bring the ledger back to its fifth shape."""
    for table in reversed(_TABLES):
        op.drop_table(table)
