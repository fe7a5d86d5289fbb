"""Reservations that run out, numbers of planned rows, and rows that nobody can change or delete."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_APPEND_ONLY = (
    *("policies", "plans", "planned_rows", "planned_events", "trails"),
    *("decisions", "contacts", "contact_events", "notes", "lineage"),
)
_INDEXES = (
    ("ix_planned_rows_number_hash", "planned_rows", ["number_hash"]),
    ("ix_lineage_customer_id", "lineage", ["customer_id"]),
    ("ix_lineage_source_id", "lineage", ["source_id"]),
    ("contacts_by_branch", "contacts", ["branch_id", "happened_at"]),
    ("contacts_by_manager", "contacts", ["manager_id", "happened_at"]),
    ("contacts_that_expire", "contacts", ["expires_at"]),
)
_SAID = "the ledger only grows: rows of {table} are neither changed nor deleted"


def upgrade() -> None:
    """Bring the ledger to this shape; reservations that are there never run out."""
    op.add_column("contacts", sa.Column("expires_at", sa.String(length=32), nullable=True))
    op.add_column("planned_rows", sa.Column("number_hash", sa.String(length=64), nullable=True))
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    server = op.get_bind().dialect.name == "postgresql"
    if server:
        op.execute(
            "CREATE FUNCTION goodcall_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'the ledger only grows: rows of % are neither changed nor deleted', "
            "TG_TABLE_NAME; END $$"
        )
    for table in _APPEND_ONLY:
        if server:
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
    """Bring the ledger back to its second shape."""
    server = op.get_bind().dialect.name == "postgresql"
    for table in _APPEND_ONLY:
        if server:
            op.execute(f"DROP TRIGGER {table}_only_grow ON {table}")
            continue
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_refuse_{change}")
    if server:
        op.execute("DROP FUNCTION goodcall_refuse_change()")
    for name, table, _columns in _INDEXES:
        op.drop_index(name, table_name=table)
    op.drop_column("planned_rows", "number_hash")
    op.drop_column("contacts", "expires_at")
