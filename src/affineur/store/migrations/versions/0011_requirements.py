"""What files require, by name: who needs a project is asked of a table, not of every file."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table; what files that are held already require is read by a job."""
    op.create_table(
        "requirement",
        sa.Column("project", sa.String(128), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("is_optional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project", "sha256", name=op.f("pk_requirement")),
        comment="Which projects a held file requires, by its core metadata.",
    )
    op.create_index(op.f("ix_requirement_sha256"), "requirement", ["sha256"])
