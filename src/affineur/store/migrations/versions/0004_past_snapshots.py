"""What external indexes said before, for views of a feed at a date."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "past_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("project", sa.String(length=128), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connector.id"], name=op.f("fk_past_snapshot_connector_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_snapshot")),
        comment="What a snapshot said until a moment, where it said anything else than after it.",
    )
    op.create_index(
        op.f("ix_past_snapshot_connector_id_project"),
        "past_snapshot",
        ["connector_id", "project"],
        unique=False,
    )
