"""Passwords that somebody else gave: until when they are good, by whom and when."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEW = (("one_time_until", 32), ("reset_by", 80), ("reset_at", 32))


def upgrade() -> None:
    """Bring the store to this shape; the passwords that are there stay good."""
    for name, length in _NEW:
        op.add_column("users", sa.Column(name, sa.String(length)))


def downgrade() -> None:
    """Take the columns away."""
    for name, _ in reversed(_NEW):
        op.drop_column("users", name)
