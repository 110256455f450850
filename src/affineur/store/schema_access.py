"""The tables of who may do what; see `schema` for the others."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table, Text

from affineur.store.moments import UtcDateTime
from affineur.store.schema_base import id_column, metadata

user = Table(
    "user_account",
    metadata,
    id_column(),
    Column("name", String(128), nullable=False, unique=True),
    Column("password", Text),
    Column("password_set_at", UtcDateTime),
    Column("must_change_password", Boolean, nullable=False, default=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)

session = Table(
    "session",
    metadata,
    id_column(),
    Column("user_id", ForeignKey("user_account.id"), nullable=False, index=True),
    Column("token_id", ForeignKey("token.id"), index=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("browser", String(256), nullable=False, default=""),
    Column("made_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    comment="Who is signed in, by the cookie's digest; by a token, as that is limited.",
)

failed_login = Table(
    "failed_login",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    comment="How often signing in failed lately, by name, by address, and by both.",
)

grant = Table(
    "role_grant",
    metadata,
    id_column(),
    Column("user_id", ForeignKey("user_account.id"), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("feed_id", ForeignKey("feed.id")),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)

token = Table(
    "token",
    metadata,
    id_column(),
    Column("user_id", ForeignKey("user_account.id"), nullable=False, index=True),
    Column("name", String(128), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("feeds", JSON(none_as_null=True)),
    Column("permissions", JSON(none_as_null=True)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
)

secret = Table(
    "secret",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    comment="Keys that the server made for itself, such as the one that signs resolver tokens.",
)
