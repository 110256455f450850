"""How much is known of each external index, and how old it is, without reading its pages."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        op.f("ix_snapshot_connector_id_is_missing_fetched_at"),
        "snapshot",
        ["connector_id", "is_missing", "fetched_at"],
        unique=False,
    )
