"""The tables of use: who took which file, who wanted what in vain, how much was served.

They are counts, kept per day, that a process gathers in memory and adds now and then. They are
no state that anything is decided on, and no events of the log tell of them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from affineur.store.moments import UtcDateTime
from affineur.store.schema_base import id_column, metadata

download = Table(
    "download",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("feed_id", ForeignKey("feed.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True, index=True),
    Column("taker", String(128), primary_key=True),
    Column("token_id", Integer, primary_key=True, default=0),
    Column("project", String(128), nullable=False),
    Column("filename", String(255), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Index(None, "project", "day"),
    comment="Files that were sent: to whom, by which token (0: none), how often on which day.",
)

traffic = Table(
    "traffic",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("feed_id", ForeignKey("feed.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False, default=0),
    comment="Answers of the index by kind: page, unchanged, file, metadata, refused, unknown.",
)

wanted = Table(
    "wanted",
    metadata,
    id_column(),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    Column("project", String(128), nullable=False),
    Column("version", String(128), nullable=False, default=""),
    Column("rule", String(32), nullable=False),
    Column("why", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("feed_id", "project", "version", "rule"),
    comment="What was tried and not given; an empty version is any.",
)

wanted_by = Table(
    "wanted_by",
    metadata,
    Column("wanted_id", ForeignKey("wanted.id"), primary_key=True),
    Column("who", String(128), primary_key=True),
    Column("token_id", Integer, primary_key=True, default=0),
    Column("count", BigInteger, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)

storage_day = Table(
    "storage_day",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("files", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("cached_bytes", BigInteger, nullable=False),
    comment="How much was held at the end of each day, as far as it was looked at.",
)
