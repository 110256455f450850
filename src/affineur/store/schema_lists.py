"""The tables behind lists of projects: one row for each name that a feed or a connector has.

They say nothing that listings, snapshots and downloads do not say; they say it fast (decision
0028). `store.project_lists` keeps the first two in the transactions that change what they are
made of; `feed_use` is counted now and then. Names compare by their bytes on every database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    text,
)

from affineur.store.moments import UtcDateTime
from affineur.store.schema_base import metadata

PLAIN_NAME = String(128).with_variant(String(128, collation="C"), "postgresql")
_ENDED = text("files = 0")
"""Few: so that what stands is counted by subtracting."""

feed_project = Table(
    "feed_project",
    metadata,
    Column("feed_id", ForeignKey("feed.id"), primary_key=True),
    Column("project", PLAIN_NAME, primary_key=True),
    Column("files", Integer, nullable=False),
    Column("versions", Integer, nullable=False),
    Column("yanked", Integer, nullable=False),
    Column("latest", String(128)),
    Column("latest_at", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("severity", SmallInteger),
    Column("is_own", Boolean, nullable=False),
    Index(None, "project"),
    Index(None, "feed_id", "changed_at", "project"),
    Index("ix_feed_project_ended", "feed_id", sqlite_where=_ENDED, postgresql_where=_ENDED),
    comment="Each project that stands, or stood (no files), in a feed's own listings.",
)

connector_project = Table(
    "connector_project",
    metadata,
    Column("connector_id", ForeignKey("connector.id"), primary_key=True),
    Column("project", PLAIN_NAME, primary_key=True),
    Column("files", Integer, nullable=False),
    Column("versions", Integer, nullable=False),
    Column("yanked", Integer, nullable=False),
    Column("latest", String(128)),
    Column("latest_at", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "connector_id", "changed_at", "project"),
    comment="Each project that an external index was asked for and has.",
)

feed_use = Table(
    "feed_use",
    metadata,
    Column("feed_id", ForeignKey("feed.id"), primary_key=True),
    Column("project", PLAIN_NAME, primary_key=True),
    Column("downloads", BigInteger, nullable=False),
    Index(None, "feed_id", "downloads", "project"),
    comment="How often files of a project were sent through a feed in 30 days.",
)
