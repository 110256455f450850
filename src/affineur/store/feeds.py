"""Feeds, connectors, filters and reserved names as rows.

A feed is always read whole: how many connectors, filters and patterns there may be is
limited where they are made, never where they are read, since a filter that is left out
would let something through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from packaging.specifiers import SpecifierSet
from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select, update

from affineur.config import Settings
from affineur.core.errors import NotFound
from affineur.core.feeds import Connector, Feed, Holding
from affineur.core.files import FileKind
from affineur.core.filters import Action, Filter
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.pages import Show
from affineur.core.ports import Site
from affineur.store.schema import connector, feed, filter_rule, listing, reserved_name

# --- reading -----------------------------------------------------------------------------
# These questions are asked by every request: putting one together costs more than asking it.

_SOURCE = feed.alias("source")
_TARGET = feed.alias("target")
_ALL_FEEDS = (
    select(feed, _SOURCE.c.name.label("source_name"))
    .outerjoin(_SOURCE, _SOURCE.c.id == feed.c.source_id)
    .order_by(feed.c.name)
)
_ONE_FEED = _ALL_FEEDS.where(feed.c.name == bindparam("name"))
_CONNECTORS = (
    select(connector, _TARGET.c.name.label("target_name"))
    .outerjoin(_TARGET, _TARGET.c.id == connector.c.target_id)
    .where(
        connector.c.feed_id.in_(bindparam("feed_ids", expanding=True)),
        connector.c.ended_at.is_(None),
    )
    .order_by(connector.c.position, connector.c.id)
)
_FILTERS = (
    select(filter_rule)
    .where(
        filter_rule.c.connector_id.in_(bindparam("connector_ids", expanding=True)),
        filter_rule.c.ended_at.is_(None),
    )
    .order_by(filter_rule.c.id)
)
_RESERVED = (
    select(reserved_name.c.feed_id, reserved_name.c.pattern)
    .where(
        reserved_name.c.feed_id.in_(bindparam("feed_ids", expanding=True)),
        reserved_name.c.ended_at.is_(None),
    )
    .order_by(reserved_name.c.pattern)
)
_UPLOADERS = (
    select(feed.c.name)
    .join(listing, listing.c.feed_id == feed.c.id)
    .where(listing.c.project == bindparam("project"), listing.c.is_upload.is_(True))
    .distinct()
)
_PATTERNS = (
    select(feed.c.name, reserved_name.c.pattern)
    .join(reserved_name, reserved_name.c.feed_id == feed.c.id)
    .where(reserved_name.c.ended_at.is_(None))
)
_STOOD = select(
    exists().where(
        listing.c.feed_id == bindparam("feed_id"), listing.c.project == bindparam("project")
    )
)


def load(conn: Connection, name: FeedName) -> Feed | None:
    """One feed, with its current connectors, filters and reserved names; None if absent."""
    return next(iter(_feeds(conn, conn.execute(_ONE_FEED, {"name": name}).all())), None)


def load_all(conn: Connection) -> tuple[Feed, ...]:
    """All feeds, by name."""
    return _feeds(conn, conn.execute(_ALL_FEEDS).all())


def owners(conn: Connection, project: ProjectName) -> tuple[FeedName, ...]:
    """Find the feeds that ever had an upload of this name, or reserve a pattern covering it."""
    uploading = {row.name for row in conn.execute(_UPLOADERS, {"project": project})}
    reserving = {
        row.name for row in conn.execute(_PATTERNS) if NamePattern(row.pattern).matches(project)
    }
    return tuple(FeedName(name) for name in sorted(uploading | reserving))


def holding(
    conn: Connection, feed: Feed, project: ProjectName, owning: tuple[FeedName, ...] | None = None
) -> Holding:
    """Say what a feed knows of a name before anybody is asked; ended listings count too.

    `owning` are the owners of the name, when they were asked for before in this transaction.
    """
    stood = conn.execute(_STOOD, {"feed_id": feed.id, "project": project})
    if owning is None:
        owning = owners(conn, project)
    return Holding(
        is_listed=bool(stood.scalar_one()),
        is_own=feed.name in owning or feed.reserves(project),
        owners=owning,
    )


def site(conn: Connection, connector_id: int, settings: Settings) -> Site:
    """How to reach a current connector's external index; raise `NotFound` if there is none."""
    wanted = select(connector).where(
        connector.c.id == connector_id,
        connector.c.ended_at.is_(None),
        connector.c.url.is_not(None),
    )
    row = conn.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(f"There is no connector {connector_id} to an external index any more.")
    return Site(
        url=row.url,
        origins=tuple(row.origins),
        username=row.username,
        password=row.password,
        timeout_s=settings.upstream_timeout_s,
        max_page_bytes=settings.max_page_bytes,
        max_file_bytes=settings.max_file_bytes,
    )


def _feeds(conn: Connection, rows: Sequence[Row[Any]]) -> tuple[Feed, ...]:  # Any: the feeds
    """Add to the feeds what is theirs: it is read after the revision, so never older than it."""
    if not rows:
        return ()
    ids = [row.id for row in rows]
    connectors = _connectors(conn, ids)
    reserved = _reserved(conn, ids)
    return tuple(
        Feed(
            id=row.id,
            name=FeedName(row.name),
            source=row.source_name and FeedName(row.source_name),
            connectors=tuple(connectors[row.id]),
            reserved=tuple(reserved[row.id]),
            merge=row.merge,
            reads_anonymous=row.reads_anonymous,
            requester_may_approve=row.requester_may_approve,
            policy_toml=row.policy_toml,
            revision=row.revision,
        )
        for row in rows
    )


def _connectors(conn: Connection, feed_ids: Sequence[int]) -> dict[int, list[Connector]]:
    rows = conn.execute(_CONNECTORS, {"feed_ids": feed_ids}).all()
    filters = _filters(conn, [row.id for row in rows])
    by_feed = defaultdict[int, list[Connector]](list)
    for row in rows:
        by_feed[row.feed_id].append(
            Connector(
                id=row.id,
                name=row.name,
                target=row.target_name and FeedName(row.target_name),
                url=row.url,
                filters=tuple(one for _id, one in filters[row.id]),
            )
        )
    return by_feed


def _filters(conn: Connection, connector_ids: Sequence[int]) -> dict[int, list[tuple[int, Filter]]]:
    by_connector = defaultdict[int, list[tuple[int, Filter]]](list)
    if not connector_ids:
        return by_connector
    for row in conn.execute(_FILTERS, {"connector_ids": connector_ids}):
        by_connector[row.connector_id].append((row.id, _filter(row)))
    return by_connector


def _filter(row: Row[Any]) -> Filter:  # Any: columns of a table, typed by Filter
    return Filter(
        action=Action(row.action),
        reason=row.reason,
        names=tuple(NamePattern(text) for text in row.names),
        versions=None if row.versions is None else SpecifierSet(row.versions),
        min_age_days=row.min_age_days,
        kind=row.kind and FileKind(row.kind),
        show=Show(row.show),
    )


def _reserved(conn: Connection, feed_ids: Sequence[int]) -> dict[int, list[NamePattern]]:
    by_feed = defaultdict[int, list[NamePattern]](list)
    for row in conn.execute(_RESERVED, {"feed_ids": feed_ids}):
        by_feed[row.feed_id].append(NamePattern(row.pattern))
    return by_feed


# --- changing ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """A connector about to be made: to a feed (`target_id`) or an external index (`url`)."""

    name: str
    target_id: int | None = None
    url: str | None = None
    origins: tuple[str, ...] = ()
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StandingFilter:
    """A filter of a connector, with the number by which it can be ended."""

    id: int
    filter: Filter


def insert_feed(
    conn: Connection,
    now: datetime,
    name: FeedName,
    *,
    source_id: int | None = None,
    **flags: bool,
) -> int:
    """Make a feed and return its id; `flags` are merge, reads_anonymous, requester_may_approve."""
    made = insert(feed).values(name=name, source_id=source_id, created_at=now, **flags)
    return _id_of(conn.execute(made.returning(feed.c.id)).scalar_one())


def update_feed(
    conn: Connection,
    feed_id: int,
    **values: Any,  # Any: values of the feed's columns
) -> None:
    """Change columns of a feed."""
    conn.execute(update(feed).where(feed.c.id == feed_id).values(**values))


def insert_connector(conn: Connection, now: datetime, feed_id: int, link: Link) -> int:
    """Add a connector behind those that the feed has, and return its id."""
    last = select(func.coalesce(func.max(connector.c.position), 0)).where(
        connector.c.feed_id == feed_id
    )
    made = insert(connector).values(
        feed_id=feed_id,
        position=conn.execute(last).scalar_one() + 1,
        name=link.name,
        target_id=link.target_id,
        url=link.url,
        origins=list(link.origins),
        username=link.username,
        password=link.password,
        made_at=now,
    )
    return _id_of(conn.execute(made.returning(connector.c.id)).scalar_one())


def links(conn: Connection, feed_id: int) -> dict[int, Link]:
    """Read a feed's current connectors as they were made, by their ids."""
    current = (connector.c.feed_id == feed_id) & connector.c.ended_at.is_(None)
    return {
        row.id: Link(
            row.name, row.target_id, row.url, tuple(row.origins), row.username, row.password
        )
        for row in conn.execute(select(connector).where(current))
    }


def end_connector(conn: Connection, now: datetime, connector_id: int) -> None:
    """End a connector, and forget its password."""
    ended = update(connector).where(connector.c.id == connector_id)
    conn.execute(ended.values(ended_at=now, password=None))


def filters(conn: Connection, connector_id: int) -> tuple[StandingFilter, ...]:
    """List the current filters of a connector, oldest first."""
    standing = _filters(conn, [connector_id])[connector_id]
    return tuple(StandingFilter(number, one) for number, one in standing)


def insert_filter(conn: Connection, now: datetime, connector_id: int, one: Filter) -> int:
    """Add a filter to a connector and return its id."""
    made = insert(filter_rule).values(
        connector_id=connector_id,
        action=one.action,
        names=[pattern.text for pattern in one.names],
        versions=None if one.versions is None else str(one.versions),
        min_age_days=one.min_age_days,
        kind=one.kind,
        show=one.show,
        reason=one.reason,
        made_at=now,
    )
    return _id_of(conn.execute(made.returning(filter_rule.c.id)).scalar_one())


def end_filter(conn: Connection, now: datetime, filter_id: int) -> None:
    """End a filter."""
    conn.execute(update(filter_rule).where(filter_rule.c.id == filter_id).values(ended_at=now))


def insert_reserved(conn: Connection, now: datetime, feed_id: int, pattern: NamePattern) -> None:
    """Reserve the names that a pattern covers for a feed."""
    new = insert(reserved_name).values(feed_id=feed_id, pattern=pattern.text, made_at=now)
    conn.execute(new)


def end_reserved(conn: Connection, now: datetime, feed_id: int, pattern: NamePattern) -> None:
    """End the reservation of a pattern."""
    conn.execute(
        update(reserved_name)
        .where(
            reserved_name.c.feed_id == feed_id,
            reserved_name.c.pattern == pattern.text,
            reserved_name.c.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def _id_of(value: Any) -> int:  # Any: an integer, as the driver returned it
    return int(value)
