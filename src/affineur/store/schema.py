"""The tables, in the glossary's words. Migrations in `migrations/` make them.

Times are UTC. Listings, blocks, tokens and grants are never deleted: they end. Versions are
kept as they were written and compared by `packaging`, never by SQL. Users, grants, tokens and
secrets stand in `schema_access`, what vetting knows in `schema_vetting`, who used what in
`schema_usage`, whom to tell of events in `schema_webhooks`, lists of projects in `schema_lists`,
what speaks against something approved in `schema_concerns`.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from affineur.store import (
    schema_access,
    schema_concerns,
    schema_lists,
    schema_usage,
    schema_vetting,
    schema_webhooks,
)
from affineur.store.moments import UtcDateTime
from affineur.store.schema_base import id_column, metadata

__all__ = [
    "metadata",
    "schema_access",
    "schema_concerns",
    "schema_lists",
    "schema_usage",
    "schema_vetting",
    "schema_webhooks",
]


# --- feeds -------------------------------------------------------------------------------

feed = Table(
    "feed",
    metadata,
    id_column(),
    Column("name", String(64), nullable=False, unique=True),
    Column("source_id", ForeignKey("feed.id")),
    Column("merge", Boolean, nullable=False, default=False),
    Column("reads_anonymous", Boolean, nullable=False, default=False),
    Column("requester_may_approve", Boolean, nullable=False, default=True),
    Column("policy_toml", Text),
    Column("revision", BigInteger, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
)

connector = Table(
    "connector",
    metadata,
    id_column(),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", String(64), nullable=False),
    Column("target_id", ForeignKey("feed.id")),
    Column("url", Text),
    Column("origins", JSON, nullable=False, default=list),
    Column("username", Text),
    Column("password", Text),
    Column("made_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Index(None, "feed_id", "position"),
)

filter_rule = Table(
    "filter",
    metadata,
    id_column(),
    Column("connector_id", ForeignKey("connector.id"), nullable=False, index=True),
    Column("action", String(8), nullable=False),
    Column("names", JSON, nullable=False, default=list),
    Column("versions", Text),
    Column("min_age_days", Integer),
    Column("kind", String(8)),
    Column("show", String(8), nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
)

reserved_name = Table(
    "reserved_name",
    metadata,
    id_column(),
    Column("feed_id", ForeignKey("feed.id"), nullable=False, index=True),
    Column("pattern", String(128), nullable=False),
    Column("made_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
)

project_change = Table(
    "project_change",
    metadata,
    Column("project", String(128), primary_key=True),
    Column("seq", BigInteger, nullable=False, index=True),
    comment="When pages of a project last changed, by anything but its feed's own rules.",
)

# --- files -------------------------------------------------------------------------------

file = Table(
    "file",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("metadata_sha256", String(64), index=True),
    Column("requires_python", Text),
    Column("provenance_sha256", String(64), index=True),
    Column("held_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime, index=True),
    comment="Files whose bytes we hold, with what was read in them.",
)

discarded_blob = Table(
    "discarded_blob",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("discarded_at", UtcDateTime, nullable=False, index=True),
    comment="Bytes that nothing names any more, deleted when nobody is on the way to them.",
)

listing = Table(
    "listing",
    metadata,
    id_column(),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    Column("project", String(128), nullable=False),
    Column("version", String(128), nullable=False),
    Column("filename", String(255), nullable=False),
    Column("sha256", ForeignKey("file.sha256"), nullable=False, index=True),
    Column("uploaded_at", UtcDateTime),
    Column("is_upload", Boolean, nullable=False),
    Column("from_feed_id", ForeignKey("feed.id")),
    Column("decision_id", ForeignKey("decision.id"), index=True),
    Column("yanked", Text),
    Column("yanked_at", UtcDateTime),
    Column("listed_at", UtcDateTime, nullable=False),
    Column("listed_by", String(128), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", String(128)),
    Column("ended_why", Text),
    Index("ix_listing_page", "feed_id", "project"),
    Index("ix_listing_owner", "project", "is_upload"),
    Index(
        "uq_listing_current",
        "feed_id",
        "filename",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

past_yank = Table(
    "past_yank",
    metadata,
    id_column(),
    Column("listing_id", ForeignKey("listing.id"), nullable=False, index=True),
    Column("until_at", UtcDateTime, nullable=False),
    Column("was", Text),
    comment="The reason of a listing's yank until a moment, or null when it was not yanked.",
)

claim = Table(
    "claim",
    metadata,
    Column("feed_id", ForeignKey("feed.id"), primary_key=True),
    Column("filename", String(255), primary_key=True),
    Column("sha256", String(64), nullable=False),
    comment="One digest for each filename in a feed, for ever.",
)

block = Table(
    "block",
    metadata,
    id_column(),
    Column("project", String(128), nullable=False, index=True),
    Column("version", String(128)),
    Column("sha256", String(64)),
    Column("reason", Text, nullable=False),
    Column("is_malware", Boolean, nullable=False, default=False),
    Column("blocked_at", UtcDateTime, nullable=False),
    Column("blocked_by", String(128), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", String(128)),
    Column("ended_why", Text),
)

# --- upstream ----------------------------------------------------------------------------

snapshot = Table(
    "snapshot",
    metadata,
    Column("connector_id", ForeignKey("connector.id"), primary_key=True),
    Column("project", String(128), primary_key=True),
    Column("is_missing", Boolean, nullable=False, default=False),
    Column("etag", Text),
    Column("status", String(32)),
    Column("facts", JSON, nullable=False, default=dict),
    Column("files", JSON, nullable=False, default=list),
    Column("files_digest", String(64), nullable=False),
    Column("fetched_at", UtcDateTime, nullable=False),
    Index(None, "connector_id", "is_missing", "fetched_at"),
    comment="The last good page of a project at an external index.",
)

past_snapshot = Table(
    "past_snapshot",
    metadata,
    id_column(),
    Column("connector_id", ForeignKey("connector.id"), nullable=False),
    Column("project", String(128), nullable=False),
    Column("until_at", UtcDateTime, nullable=False),
    Column("was", JSON(none_as_null=True)),
    Index(None, "connector_id", "project"),
    comment="What a snapshot said until a moment, where it said anything else than after it.",
)

root_list = Table(
    "root_list",
    metadata,
    Column("connector_id", ForeignKey("connector.id"), primary_key=True),
    Column("names_sha256", String(64), nullable=False),
    Column("count", Integer, nullable=False),
    Column("etag", Text),
    Column("fetched_at", UtcDateTime, nullable=False),
    comment="The names that an external index lists: a blob of one normalised name a line, sorted.",
)

first_sight = Table(
    "first_sight",
    metadata,
    Column("connector_id", ForeignKey("connector.id"), primary_key=True),
    Column("filename", String(255), primary_key=True),
    Column("project", String(128), nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("changed_to", String(64)),
    Column("changed_at", UtcDateTime),
    Column("told_metadata", String(64)),
    Index(None, "connector_id", "project"),
    comment="The digest that an external index first gave for a filename.",
)

incident = Table(
    "incident",
    metadata,
    id_column(),
    Column("kind", String(32), nullable=False),
    Column("project", String(128), nullable=False, index=True),
    Column("what", Text, nullable=False),
    Column("happened_at", UtcDateTime, nullable=False),
)

# --- requests ----------------------------------------------------------------------------

request = Table(
    "request",
    metadata,
    id_column(),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("requirements", JSON, nullable=False),
    Column("document", Text),
    Column("document_name", String(255)),
    Column("reason", Text, nullable=False),
    Column("requester", String(128), nullable=False, index=True),
    Column("used_in", String(128)),
    Column("is_draft", Boolean, nullable=False, default=False),
    Column("awaits", String(16)),
    Column("notes", JSON, nullable=False, default=list),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

request_item = Table(
    "request_item",
    metadata,
    id_column(),
    Column("request_id", ForeignKey("request.id"), nullable=False, index=True),
    Column("project", String(128), nullable=False),
    Column("version", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("verdict", String(8)),
    Column("reasons", JSON, nullable=False, default=list),
    Column("note", Text, nullable=False, default=""),
    Column("risk", Integer, nullable=False, default=0),
    Column("answer", String(16)),
    Column("decision_id", Integer, index=True),
    Index(None, "project", "version"),
)

request_comment = Table(
    "request_comment",
    metadata,
    id_column(),
    Column("request_id", ForeignKey("request.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("author", String(128), nullable=False),
    Column("said", Text, nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
)

request_file = Table(
    "request_file",
    metadata,
    id_column(),
    Column("item_id", ForeignKey("request_item.id"), nullable=False, index=True),
    Column("filename", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", BigInteger),
    Column("uploaded_at", UtcDateTime),
    Column("assessment_id", ForeignKey("assessment.id")),
)

decision = Table(
    "decision",
    metadata,
    id_column(),
    Column("request_id", ForeignKey("request.id"), index=True),
    Column("verdict", String(16), nullable=False),
    Column("comment", Text, nullable=False),
    Column("decided_by", String(128), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("digests", JSON, nullable=False),
    Column("evidence", JSON, nullable=False, default=dict),
    Column("is_exact", Boolean, nullable=False, default=False),
)

# --- what happened, what is to be done ---------------------------------------------------

audit_event = Table(
    "audit_event",
    metadata,
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    ),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor", String(128), nullable=False, index=True),
    Column("token_id", Integer),
    Column("action", String(64), nullable=False, index=True),
    Column("subject", String(255), nullable=False, index=True),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Column("digests", JSON, nullable=False, default=list),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

job = Table(
    "job",
    metadata,
    id_column(),
    Column("kind", String(32), nullable=False),
    Column("key", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("worker", String(128)),
    Column("error", Text),
    Column("enqueued_at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "key"),
    Index(None, "state", "not_before"),
)

data_source = Table(
    "data_source",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False, default=""),
)
