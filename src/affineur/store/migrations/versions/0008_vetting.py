"""What vetting keeps: outcomes, reports, lists of names, versions of policies, waivers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the tables."""
    moment = sa.DateTime(timezone=True)
    op.add_column("assessment", sa.Column("against", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "outcome",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("check_name", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "check_name", name=op.f("pk_outcome")),
        comment="The last outcome of each check for each file, by what it depended on.",
    )
    op.create_table(
        "archive_report",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("reader", sa.String(32), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_archive_report")),
        comment="What was read in each file, compressed, by which version of the reader.",
    )
    op.create_table(
        "name_list",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_name_list")),
        comment="Lists of names from outside, one a line; their age stands in data_source.",
    )
    _policies_and_waivers(moment)


def _policies_and_waivers(moment: sa.DateTime) -> None:
    op.create_table(
        "policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(128), nullable=False),
        sa.Column("set_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_policy_version_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("feed_id", "number", name=op.f("uq_policy_version_feed_id_number")),
    )
    op.create_index(op.f("ix_policy_version_feed_id"), "policy_version", ["feed_id"])
    op.create_table(
        "waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(128), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("project", sa.String(128), nullable=False),
        sa.Column("version", sa.String(128), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("ended_by", sa.String(128), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_waiver_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiver")),
    )
    op.create_index(op.f("ix_waiver_feed_id"), "waiver", ["feed_id"])
    op.create_index(op.f("ix_waiver_project"), "waiver", ["project"])
