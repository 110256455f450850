"""Feeds, connectors, filters and reserved names as rows.

A feed is always read whole: how many connectors, filters and patterns there may be is
limited where they are made, never where they are read, since a filter that is left out
would let something through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from packaging.specifiers import SpecifierSet
from sqlalchemy import (
    Connection,
    Row,
    case,
    func,
    insert,
    select,
    update,
)

from affineur.config import Settings
from affineur.core.errors import NotFound
from affineur.core.feeds import Connector, Feed, Holding
from affineur.core.files import FileKind
from affineur.core.filters import Action, Filter
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.pages import Show
from affineur.core.ports import Site
from affineur.store import orders
from affineur.store.feed_questions import ALL_FEEDS, EVER, NOW, ONE_FEED, STOOD, THEN
from affineur.store.schema import connector, feed, filter_rule, reserved_name

# --- reading -----------------------------------------------------------------------------


def load(conn: Connection, name: FeedName) -> Feed | None:
    """One feed, with its current connectors, filters and reserved names; None if absent."""
    return next(iter(_feeds(conn, conn.execute(ONE_FEED, {"name": name}).all())), None)


def load_all(conn: Connection, at: datetime | None = None) -> tuple[Feed, ...]:
    """All feeds, by name; with `at`, those that there were then, with what stood then.

    Of a feed as it was, `source` and what is about requests and access are as they are now.
    """
    rows = conn.execute(ALL_FEEDS).all()
    if at is None:
        return _feeds(conn, rows)
    found = _feeds(conn, [row for row in rows if row.created_at <= at], at)
    return tuple(
        replace(one, merge=orders.merged(conn, one, at), connectors=orders.ordered(conn, one, at))
        for one in found
    )


def owners(
    conn: Connection, project: ProjectName, at: datetime | None = None
) -> tuple[FeedName, ...]:
    """Find the feeds that ever had an upload of this name, or reserve a pattern covering it.

    With `at`: up to that moment, and reserved at that moment.
    """
    ask = NOW if at is None else THEN
    then = {} if at is None else {"at": at}
    uploading = {row.name for row in conn.execute(ask.uploaders, {"project": project, **then})}
    reserving = {
        row.name
        for row in conn.execute(ask.patterns, then)
        if NamePattern(row.pattern).matches(project)
    }
    return tuple(FeedName(name) for name in sorted(uploading | reserving))


def holding(
    conn: Connection,
    feed: Feed,
    project: ProjectName,
    owning: tuple[FeedName, ...] | None = None,
    at: datetime | None = None,
) -> Holding:
    """Say what a feed knows of a name before anybody is asked; ended listings count too.

    `owning` are the owners of the name, when they were asked for before in this transaction.
    With `at`, `feed` is as it was then, and what it knows is what it knew then.
    """
    known = {"feed_id": feed.id, "project": project, "at": at or EVER}
    stood = conn.execute(STOOD, known)
    if owning is None:
        owning = owners(conn, project, at)
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


def _feeds(
    conn: Connection,
    rows: Sequence[Row[Any]],  # Any: the feeds
    at: datetime | None = None,
) -> tuple[Feed, ...]:
    """Add to the feeds what is theirs: it is read after the revision, so never older than it."""
    if not rows:
        return ()
    ids = [row.id for row in rows]
    connectors = _connectors(conn, ids, at)
    reserved = _reserved(conn, ids, at)
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


def _connectors(
    conn: Connection, feed_ids: Sequence[int], at: datetime | None
) -> dict[int, list[Connector]]:
    rows = _ask(conn, "connectors", at, feed_ids=feed_ids)
    filters = _filters(conn, [row.id for row in rows], at)
    by_feed = defaultdict[int, list[Connector]](list)
    for row in rows:
        by_feed[row.feed_id].append(
            Connector(
                id=row.id,
                name=row.name,
                target=row.target_name and FeedName(row.target_name),
                url=row.url,
                filters=tuple(one for _id, one in filters[row.id]),
                has_login=row.username is not None or row.password is not None,
            )
        )
    return by_feed


def _ask(
    conn: Connection, question: str, at: datetime | None, **values: Sequence[int]
) -> Sequence[Row[Any]]:  # Any: rows of the tables
    if at is None:
        return conn.execute(getattr(NOW, question), values).all()
    return conn.execute(getattr(THEN, question), {**values, "at": at}).all()


def _filters(
    conn: Connection, connector_ids: Sequence[int], at: datetime | None = None
) -> dict[int, list[tuple[int, Filter]]]:
    by_connector = defaultdict[int, list[tuple[int, Filter]]](list)
    if not connector_ids:
        return by_connector
    for row in _ask(conn, "filters", at, connector_ids=connector_ids):
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


def _reserved(
    conn: Connection, feed_ids: Sequence[int], at: datetime | None
) -> dict[int, list[NamePattern]]:
    by_feed = defaultdict[int, list[NamePattern]](list)
    for row in _ask(conn, "reserved", at, feed_ids=feed_ids):
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
    """End a connector, and forget its password, but not that it had one."""
    ended = update(connector).where(connector.c.id == connector_id)
    had_one = connector.c.password.is_not(None)
    conn.execute(ended.values(ended_at=now, password=case((had_one, ""))))


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
