"""What customers say outside contacts, who was merged into whom, and contacts as they were made."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ADDED: dict[str, sa.types.TypeEngine[Any]] = {
    "request_id": sa.String(length=200),
    "branch_id": sa.BigInteger(),
    "manager_id": sa.BigInteger(),
    "account_id": sa.BigInteger(),
    "lead_id": sa.String(length=100),
    "run_id": sa.String(length=100),
    "at_local": sa.String(length=16),
    "tags": sa.Text(),
}
_INDEXED = ("request_id", "household_id", "happened_at")


def upgrade() -> None:
    """Bring the ledger to this shape; contacts and events that are there keep their moments."""
    for name, kind in _ADDED.items():
        op.add_column("contacts", sa.Column(name, kind, nullable=True))
    for name in _INDEXED:
        op.create_index(f"ix_contacts_{name}", "contacts", [name])
    op.execute(
        "UPDATE contacts SET request_id = (SELECT decisions.request_id FROM decisions "
        "WHERE decisions.decision_id = contacts.decision_id)"
    )
    op.add_column("contact_events", sa.Column("recorded_at", sa.String(length=32), nullable=True))
    op.execute("UPDATE contact_events SET recorded_at = happened_at")
    op.create_table(
        "notes",
        sa.Column("note_id", _ROW_ID, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("note_id"),
    )
    op.create_index("ix_notes_customer_id", "notes", ["customer_id"])
    op.create_table(
        "lineage",
        sa.Column("lineage_id", _ROW_ID, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("happened_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("lineage_id"),
    )


def downgrade() -> None:
    """Bring the ledger back to its first shape."""
    op.drop_table("lineage")
    op.drop_index("ix_notes_customer_id", table_name="notes")
    op.drop_table("notes")
    op.drop_column("contact_events", "recorded_at")
    for name in _INDEXED:
        op.drop_index(f"ix_contacts_{name}", table_name="contacts")
    for name in _ADDED:
        op.drop_column("contacts", name)
