"""What speaks against something approved now."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the tables; they are filled behind, while the server runs."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "concern",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("project", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("fixed", sa.String(length=128), nullable=True),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("since", moment, nullable=True),
        sa.Column("is_news", sa.Boolean(), nullable=False),
        sa.Column("waived_until", moment, nullable=True),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("takers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_concern_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
    )
    op.create_index(op.f("ix_concern_project"), "concern", ["project"])
    op.create_index(op.f("ix_concern_level_uses_id"), "concern", ["level", "uses", "id"])
    op.create_index(op.f("ix_concern_uses_level_id"), "concern", ["uses", "level", "id"])
    counted = ["feed_id", "level", "source", "is_news", "waived_until"]
    op.create_index(op.f(f"ix_concern_{'_'.join(counted)}"), "concern", counted)
    op.create_table(
        "due_concern",
        sa.Column("project", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_due_concern")),
        comment="Projects of which something else became known than what their pages tell.",
    )
