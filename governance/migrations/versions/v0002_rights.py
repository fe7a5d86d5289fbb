"""What customers ask for about their data."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the store to this shape; requests that came before it had a shape stay."""
    if sa.inspect(op.get_bind()).has_table("rights_requests"):
        return
    op.create_table(
        "rights_requests",
        sa.Column("request_id", _ROW_ID, primary_key=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("handled_by", sa.String(100)),
        sa.Column("handled_at", sa.String(32)),
        sa.Column("said", sa.Text()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rights_requests_customer_id", "rights_requests", ["customer_id"])
    op.create_index("ix_rights_requests_state", "rights_requests", ["state"])


def downgrade() -> None:
    """Take the requests away."""
    op.drop_table("rights_requests")
