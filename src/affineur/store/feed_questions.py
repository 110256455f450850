"""The questions about feeds, put together once: they are asked by every request.

Putting a question together costs more than asking it. `NOW` asks for what stands, `THEN` for
what stood at the moment `at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, exists, select

from affineur.store.moments import UtcDateTime
from affineur.store.schema import connector, feed, filter_rule, listing, reserved_name

_SOURCE = feed.alias("source")
_TARGET = feed.alias("target")
ALL_FEEDS = (
    select(feed, _SOURCE.c.name.label("source_name"))
    .outerjoin(_SOURCE, _SOURCE.c.id == feed.c.source_id)
    .order_by(feed.c.name)
)
ONE_FEED = ALL_FEEDS.where(feed.c.name == bindparam("name"))
_CONNECTORS = (
    select(connector, _TARGET.c.name.label("target_name"))
    .outerjoin(_TARGET, _TARGET.c.id == connector.c.target_id)
    .where(connector.c.feed_id.in_(bindparam("feed_ids", expanding=True)))
    .order_by(connector.c.position, connector.c.id)
)
_FILTERS = (
    select(filter_rule)
    .where(filter_rule.c.connector_id.in_(bindparam("connector_ids", expanding=True)))
    .order_by(filter_rule.c.id)
)
_RESERVED = (
    select(reserved_name.c.feed_id, reserved_name.c.pattern)
    .where(reserved_name.c.feed_id.in_(bindparam("feed_ids", expanding=True)))
    .order_by(reserved_name.c.pattern)
)
_UPLOADERS = (
    select(feed.c.name)
    .join(listing, listing.c.feed_id == feed.c.id)
    .where(listing.c.project == bindparam("project"), listing.c.is_upload.is_(True))
    .distinct()
)
_PATTERNS = select(feed.c.name, reserved_name.c.pattern).join(
    reserved_name, reserved_name.c.feed_id == feed.c.id
)
STOOD = select(
    exists().where(
        listing.c.feed_id == bindparam("feed_id"),
        listing.c.project == bindparam("project"),
        listing.c.listed_at <= bindparam("at"),
    )
)
EVER = datetime.max.replace(tzinfo=UTC)
"""A moment that everything is before."""


def _standing(table: Table) -> ColumnElement[bool]:
    """Whether something stood at the moment `at`; what has no `made_at` was always there."""
    at = bindparam("at", type_=UtcDateTime)
    made, ended = table.c.made_at, table.c.ended_at
    return (made.is_(None) | (made <= at)) & (ended.is_(None) | (ended > at))


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions about what stands, at this moment or at one in the past."""

    connectors: Select[Any]  # Any: rows of the tables
    filters: Select[Any]
    reserved: Select[Any]
    patterns: Select[Any]
    uploaders: Select[Any]


NOW = Questions(
    _CONNECTORS.where(connector.c.ended_at.is_(None)),
    _FILTERS.where(filter_rule.c.ended_at.is_(None)),
    _RESERVED.where(reserved_name.c.ended_at.is_(None)),
    _PATTERNS.where(reserved_name.c.ended_at.is_(None)),
    _UPLOADERS,
)
THEN = Questions(
    _CONNECTORS.where(_standing(connector)),
    _FILTERS.where(_standing(filter_rule)),
    _RESERVED.where(_standing(reserved_name)),
    _PATTERNS.where(_standing(reserved_name)),
    _UPLOADERS.where(listing.c.listed_at <= bindparam("at", type_=UtcDateTime)),
)
