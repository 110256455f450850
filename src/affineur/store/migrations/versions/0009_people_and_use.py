"""Signing in, who used what, whom to tell; drafts of requests, comments, answers to items."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the tables and columns."""
    moment = sa.DateTime(timezone=True)
    _signing_in(moment)
    _downloads(moment)
    _wanted(moment)
    _webhooks(moment)
    _requests(moment)


def _signing_in(moment: sa.DateTime) -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=256), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["token_id"], ["token.id"], name=op.f("fk_session_token_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("hash", name=op.f("uq_session_hash")),
        comment="Who is signed in, by the cookie's digest; by a token, as that is limited.",
    )
    op.create_index(op.f("ix_session_token_id"), "session", ["token_id"])
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"])
    op.create_table(
        "failed_login",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", moment, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_failed_login")),
        comment="How often signing in failed lately, by name, by address, and by both.",
    )

    op.add_column("user_account", sa.Column("password", sa.Text(), nullable=True))
    op.add_column("user_account", sa.Column("password_set_at", moment, nullable=True))
    op.add_column("user_account", _no("must_change_password"))


def _downloads(moment: sa.DateTime) -> None:
    op.create_table(
        "download",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("taker", sa.String(length=128), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("project", sa.String(length=128), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_download_feed_id")),
        sa.PrimaryKeyConstraint(
            "day", "feed_id", "sha256", "taker", "token_id", name=op.f("pk_download")
        ),
        comment="Files that were sent: to whom, by which token (0: none), how often on which day.",
    )
    op.create_index(op.f("ix_download_project_day"), "download", ["project", "day"])
    op.create_index(op.f("ix_download_sha256"), "download", ["sha256"])
    op.create_table(
        "traffic",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_traffic_feed_id")),
        sa.PrimaryKeyConstraint("day", "feed_id", "kind", name=op.f("pk_traffic")),
        comment="Answers of the index by kind: page, unchanged, file, metadata, refused, unknown.",
    )

    op.create_table(
        "storage_day",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("cached_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_storage_day")),
        comment="How much was held at the end of each day, as far as it was looked at.",
    )


def _wanted(moment: sa.DateTime) -> None:
    op.create_table(
        "wanted",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("project", sa.String(length=128), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", moment, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_wanted_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wanted")),
        sa.UniqueConstraint(
            "feed_id",
            "project",
            "version",
            "rule",
            name=op.f("uq_wanted_feed_id_project_version_rule"),
        ),
        comment="What was tried and not given; an empty version is any.",
    )
    op.create_index(op.f("ix_wanted_last_at"), "wanted", ["last_at"])
    op.create_table(
        "wanted_by",
        sa.Column("wanted_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=128), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["wanted_id"], ["wanted.id"], name=op.f("fk_wanted_by_wanted_id")),
        sa.PrimaryKeyConstraint("wanted_id", "who", "token_id", name=op.f("pk_wanted_by")),
    )


def _webhooks(moment: sa.DateTime) -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("seen_seq", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        comment="Events whose action matches one of the patterns are told, from `seen_seq` on.",
    )

    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("tried_at", moment, nullable=True),
        sa.Column("done_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(op.f("ix_webhook_delivery_webhook_id"), "webhook_delivery", ["webhook_id"])


def _requests(moment: sa.DateTime) -> None:
    op.create_table(
        "request_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=128), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("said_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_comment_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_comment")),
    )
    op.create_index(op.f("ix_request_comment_request_id"), "request_comment", ["request_id"])
    op.add_column("decision", _no("is_exact"))
    op.add_column("request", sa.Column("used_in", sa.String(128), nullable=True))
    op.add_column("request", _no("is_draft"))
    op.add_column("request", sa.Column("awaits", sa.String(16), nullable=True))
    risk = sa.Column("risk", sa.Integer(), nullable=False, server_default="0")
    op.add_column("request_item", risk)
    op.add_column("request_item", sa.Column("answer", sa.String(16), nullable=True))
    op.add_column("request_item", sa.Column("decision_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_request_item_decision_id"), "request_item", ["decision_id"])
    found = op.f("ix_request_item_project_version")
    op.create_index(found, "request_item", ["project", "version"])
    op.create_index(op.f("ix_audit_event_actor"), "audit_event", ["actor"])
    op.create_index(op.f("ix_audit_event_at"), "audit_event", ["at"])


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
