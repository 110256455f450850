"""Which core metadata was told of a wheel before we held it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add it."""
    op.add_column("first_sight", sa.Column("told_metadata", sa.String(length=64), nullable=True))
