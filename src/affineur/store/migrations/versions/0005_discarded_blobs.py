"""What eviction needs: bytes on their way out, and ways to find who names a digest."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NAMING = (
    ("file", "metadata_sha256"),
    ("file", "provenance_sha256"),
    ("first_sight", "sha256"),
)


def upgrade() -> None:
    """Add them; what was held before counts as used when it came."""
    op.create_table(
        "discarded_blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_discarded_blob")),
        comment="Bytes that nothing names any more, deleted when nobody is on the way to them.",
    )
    op.create_index(
        op.f("ix_discarded_blob_discarded_at"), "discarded_blob", ["discarded_at"], unique=False
    )
    for table, column in _NAMING:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    op.execute("UPDATE file SET used_at = held_at WHERE used_at IS NULL")
