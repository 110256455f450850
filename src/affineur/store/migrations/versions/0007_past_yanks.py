"""What listings said of yanks before, for views of a feed at a date."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "past_yank",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_past_yank_listing_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_yank")),
        comment="The reason of a listing's yank until a moment, or null when it was not yanked.",
    )
    op.create_index(op.f("ix_past_yank_listing_id"), "past_yank", ["listing_id"], unique=False)
