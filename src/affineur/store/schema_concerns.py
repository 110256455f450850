"""The tables of concerns: what speaks against something approved now, see `core.concerns`.

They say nothing that listings, advisories, assessments and downloads do not say; they say it
fast (decision 0032). A project that is due is looked at again.
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
    SmallInteger,
    String,
    Table,
    Text,
)

from affineur.store.moments import UtcDateTime
from affineur.store.schema_base import id_column, metadata

concern = Table(
    "concern",
    metadata,
    id_column(),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    Column("project", String(128), nullable=False, index=True),
    Column("source", String(16), nullable=False),
    Column("key", String(128), nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("fixed", String(128)),
    Column("versions", JSON, nullable=False),
    Column("files", Integer, nullable=False),
    Column("since", UtcDateTime),
    Column("is_news", Boolean, nullable=False),
    Column("waived_until", UtcDateTime),
    Column("uses", BigInteger, nullable=False, default=0),
    Column("takers", Integer, nullable=False, default=0),
    Index(None, "level", "uses", "id"),
    Index(None, "uses", "level", "id"),
    Index(None, "feed_id", "level", "source", "is_news", "waived_until"),
)

due_concern = Table(
    "due_concern",
    metadata,
    Column("project", String(128), primary_key=True),
    comment="Projects of which something else became known than what their pages tell.",
)
