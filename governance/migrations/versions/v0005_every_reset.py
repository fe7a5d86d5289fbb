"""Every password that somebody gave to another, not the last alone."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OLD = (("reset_by", 80), ("reset_at", 32))


def upgrade() -> None:
    """Bring the store to this shape; the last one of each user is taken over."""
    op.create_table(
        "password_resets",
        sa.Column("reset_id", _ROW_ID, primary_key=True),
        sa.Column("name", sa.String(60), sa.ForeignKey("users.name"), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("reset_at", sa.String(32), nullable=False),
    )
    op.create_index("ix_password_resets_name", "password_resets", ["name"])
    op.execute(
        'INSERT INTO password_resets (name, "by", reset_at) '
        "SELECT name, reset_by, reset_at FROM users "
        "WHERE reset_by IS NOT NULL AND reset_at IS NOT NULL ORDER BY reset_at, name"
    )
    for name, _ in reversed(_OLD):
        op.drop_column("users", name)


def downgrade() -> None:
    """Keep the last one of each user alone."""
    for name, length in _OLD:
        op.add_column("users", sa.Column(name, sa.String(length)))
    op.execute(
        'UPDATE users SET reset_by = (SELECT "by" FROM password_resets '
        "WHERE name = users.name ORDER BY reset_id DESC LIMIT 1), "
        "reset_at = (SELECT reset_at FROM password_resets "
        "WHERE name = users.name ORDER BY reset_id DESC LIMIT 1)"
    )
    op.drop_table("password_resets")
