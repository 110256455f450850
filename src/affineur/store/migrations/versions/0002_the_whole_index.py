"""What the whole index needs: changes by project, lives of rules, provenance, use, root lists.

A moment that was not written down before stays unknown: what has no `made_at` counts as
having been there from the beginning.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LIVES = ("connector", "filter", "reserved_name")


def upgrade() -> None:
    """Add them."""
    moment = sa.DateTime(timezone=True)
    for table in _LIVES:
        op.add_column(table, sa.Column("made_at", moment, nullable=True))
    op.create_table(
        "project_change",
        sa.Column("project", sa.String(length=128), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_project_change")),
        comment="When pages of a project last changed, by anything but its feed's own rules.",
    )
    op.create_index(op.f("ix_project_change_seq"), "project_change", ["seq"], unique=False)
    op.add_column("file", sa.Column("provenance_sha256", sa.String(length=64), nullable=True))
    op.add_column("file", sa.Column("used_at", moment, nullable=True))
    op.create_index(op.f("ix_file_used_at"), "file", ["used_at"], unique=False)
    op.add_column("listing", sa.Column("yanked_at", moment, nullable=True))
    op.add_column(
        "snapshot", sa.Column("facts", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.create_table(
        "root_list",
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("names_sha256", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("fetched_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connector.id"], name=op.f("fk_root_list_connector_id")
        ),
        sa.PrimaryKeyConstraint("connector_id", name=op.f("pk_root_list")),
        comment="The names that an external index lists: "
        "a blob of one normalised name a line, sorted.",
    )
