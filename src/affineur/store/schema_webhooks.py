"""The tables of webhooks: whom to tell of which events, and what became of each telling."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, String, Table, Text

from affineur.store.moments import UtcDateTime
from affineur.store.schema_base import id_column, metadata

webhook = Table(
    "webhook",
    metadata,
    id_column(),
    Column("name", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("actions", JSON, nullable=False),
    Column("seen_seq", BigInteger, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    comment="Events whose action matches one of the patterns are told, from `seen_seq` on.",
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    id_column(),
    Column("webhook_id", ForeignKey("webhook.id"), nullable=False, index=True),
    Column("event_seq", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("status", Integer),
    Column("error", Text),
    Column("tried_at", UtcDateTime),
    Column("done_at", UtcDateTime),
)
