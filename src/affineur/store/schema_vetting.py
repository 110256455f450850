"""The tables of vetting: what is known, what was seen, and what a feed makes of it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from affineur.store.moments import UtcDateTime
from affineur.store.schema_base import id_column, metadata

assessment = Table(
    "assessment",
    metadata,
    id_column(),
    Column("sha256", String(64), nullable=False, index=True),
    Column("assessed_at", UtcDateTime, nullable=False),
    Column("outcomes", JSON, nullable=False),
    Column("against", JSON(none_as_null=True)),
    Column("severity", SmallInteger),
)

outcome = Table(
    "outcome",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("check_name", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("outcome", JSON, nullable=False),
    comment="The last outcome of each check for each file, by what it depended on.",
)

archive_report = Table(
    "archive_report",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("reader", String(32), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("report", Text, nullable=False),
    comment="What was read in each file, compressed, by which version of the reader.",
)

requirement = Table(
    "requirement",
    metadata,
    Column("project", String(128), primary_key=True),
    Column("sha256", String(64), primary_key=True, index=True),
    Column("line", Text, nullable=False),
    Column("is_optional", Boolean, nullable=False),
    comment="Which projects a held file requires, by its core metadata.",
)

advisory = Table(
    "advisory",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("project", String(128), primary_key=True, index=True),
    Column("modified_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("record", JSON, nullable=False),
)

name_list = Table(
    "name_list",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("names", Text, nullable=False),
    comment="Lists of names from outside, one a line; their age stands in data_source.",
)

policy_version = Table(
    "policy_version",
    metadata,
    id_column(),
    Column("feed_id", ForeignKey("feed.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("toml", Text, nullable=False),
    Column("set_by", String(128), nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    UniqueConstraint("feed_id", "number"),
)

waiver = Table(
    "waiver",
    metadata,
    id_column(),
    Column("feed_id", ForeignKey("feed.id"), nullable=False, index=True),
    Column("finding", String(128), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("project", String(128), nullable=False, index=True),
    Column("version", String(128)),
    Column("sha256", String(64)),
    Column("reason", Text, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", String(128)),
)
