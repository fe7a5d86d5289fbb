"""A day's lists published once, promises with their moment, and words about rows not worked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SAID = "the ledger only grows: rows of publications are neither changed nor deleted"


def upgrade() -> None:
    """Bring the ledger to this shape; what was planned before was never published."""
    op.create_table(
        "publications",
        sa.Column("plan_id", _ROW_ID, sa.ForeignKey("plans.plan_id"), primary_key=True),
        sa.Column("day", sa.Date(), nullable=False, unique=True),
        sa.Column("published_at", sa.String(length=32), nullable=False),
    )
    op.add_column("contact_events", sa.Column("due_at", sa.String(length=32), nullable=True))
    op.create_index("contact_events_due", "contact_events", ["due_at"])
    op.add_column("contacts", sa.Column("answers", sa.String(length=100), nullable=True))
    op.create_index("ix_contacts_answers", "contacts", ["answers"])
    op.add_column("planned_events", sa.Column("staff_id", sa.BigInteger(), nullable=True))
    op.add_column("planned_events", sa.Column("note", sa.Text(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # SQLite keeps a longer text in the same column as it is.
        op.alter_column("planned_events", "because", type_=sa.String(length=100))
        op.execute(
            "CREATE TRIGGER publications_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON "
            "publications FOR EACH STATEMENT EXECUTE FUNCTION goodcall_refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER publications_refuse_{change.lower()} BEFORE {change} ON publications "
            f"BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        )


def downgrade() -> None:
    """Bring the ledger back to its fourth shape."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER publications_only_grow ON publications")
        op.alter_column("planned_events", "because", type_=sa.String(length=40))
    op.drop_column("planned_events", "note")
    op.drop_column("planned_events", "staff_id")
    op.drop_index("ix_contacts_answers", table_name="contacts")
    op.drop_column("contacts", "answers")
    op.drop_index("contact_events_due", table_name="contact_events")
    op.drop_column("contact_events", "due_at")
    op.drop_table("publications")
