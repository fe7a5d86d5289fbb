"""Which settings of the bank's own sign-on a service went by, and since when."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the store to this shape."""
    op.create_table(
        "sign_on_settings",
        sa.Column("number", _ROW_ID, primary_key=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.String(32), nullable=False),
    )


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("sign_on_settings")
