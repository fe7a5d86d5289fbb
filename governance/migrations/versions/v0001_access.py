"""The first shape: people, keys, sessions, servings, and what was granted and approved."""

import sqlalchemy as sa
from alembic import op

from goodcall.database import only_grow

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    *("users", "api_keys", "sessions", "sign_ons", "servings"),
    *("access_requests", "access_words", "policy_proposals", "policy_words"),
)
_APPEND_ONLY = _TABLES[5:]
_SAID = "what was asked and approved only grows: rows of {table} are neither changed nor deleted"


def upgrade() -> None:
    """Bring the store of access to this shape."""
    op.create_table(
        "users",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), unique=True),
        sa.Column("branches", sa.Text(), nullable=False),
        sa.Column("password", sa.String(200)),
        sa.Column("subject", sa.String(300), unique=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(32)),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("disabled_at", sa.String(32)),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(16), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("branches", sa.Text(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("revoked_at", sa.String(32)),
        sa.Column("rotated_from", sa.String(16), sa.ForeignKey("api_keys.key_id")),
    )
    op.create_index("ix_api_keys_name", "api_keys", ["name"])
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(60), sa.ForeignKey("users.name"), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("ends_at", sa.String(32), nullable=False),
        sa.Column("revoked_at", sa.String(32)),
    )
    op.create_index("ix_sessions_name", "sessions", ["name"])
    op.create_table(
        "sign_ons",
        sa.Column("state", sa.String(64), primary_key=True),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "servings",
        sa.Column("serving_id", _ROW_ID, primary_key=True),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("ends_at", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.String(32)),
    )
    op.create_table(
        "access_requests",
        sa.Column("request_id", _ROW_ID, primary_key=True),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("reach", sa.String(20), nullable=False),
        sa.Column("of", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
    )
    op.create_index("ix_access_requests_who", "access_requests", ["who"])
    op.create_table(
        "access_words",
        sa.Column("word_id", _ROW_ID, primary_key=True),
        sa.Column(
            "request_id", _ROW_ID, sa.ForeignKey("access_requests.request_id"), nullable=False
        ),
        sa.Column("word", sa.String(20), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("said_at", sa.String(32), nullable=False),
        sa.UniqueConstraint("request_id", "word"),
    )
    op.create_table(
        "policy_proposals",
        sa.Column("proposal_id", _ROW_ID, primary_key=True),
        sa.Column("version", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("before_version", sa.String(12), nullable=False),
        sa.Column("loosens", sa.Text(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.String(32), nullable=False),
    )
    op.create_index("ix_policy_proposals_version", "policy_proposals", ["version"])
    op.create_table(
        "policy_words",
        sa.Column("word_id", _ROW_ID, primary_key=True),
        sa.Column(
            "proposal_id", _ROW_ID, sa.ForeignKey("policy_proposals.proposal_id"), nullable=False
        ),
        sa.Column("word", sa.String(20), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("said_at", sa.String(32), nullable=False),
        sa.UniqueConstraint("proposal_id", "word"),
    )
    op.create_index("servings_of_a_customer", "servings", ["customer_id", "ends_at"])
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        said = _SAID.format(table="%")
        op.execute(
            "CREATE FUNCTION goodcall_keep_approvals() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{said}', TG_TABLE_NAME; END $$"
        )
    only_grow(bind, _APPEND_ONLY, said=_SAID, refusing="goodcall_keep_approvals")


def downgrade() -> None:
    """Take the tables of access away."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION goodcall_keep_approvals")
