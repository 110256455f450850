"""Counts of use: files that were sent, answers of the index, and what was wanted in vain.

A process adds what it gathered, in one transaction; two that add at once come one after the
other. Days are texts such as `2026-11-21`, in UTC. The kind of an answer is one of
`core.usage.Kind`, or the name of the rule that refused it. A rule that must not be told to
whoever was refused is kept as `hidden:RULE`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, case, delete, distinct, func, select
from sqlalchemy.dialects import postgresql, sqlite

from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.usage import Count, Use, Wish
from affineur.store.schema import feed
from affineur.store.schema_access import token
from affineur.store.schema_usage import download, traffic, wanted, wanted_by

HIDDEN = "hidden:"
_LONGEST_FILENAME = 255
_BATCH = 500
_Row = dict[str, Any]  # Any: values of columns


# --- adding ------------------------------------------------------------------------------


def add_traffic(conn: Connection, counts: Mapping[tuple[str, FeedName, str], Count]) -> None:
    """Add to the answers of days, by feed and kind."""
    feeds = _feed_ids(conn)
    rows = [
        {
            "day": day,
            "feed_id": feeds[name],
            "kind": kind,
            "count": one.count,
            "bytes": one.size_bytes,
        }
        for (day, name, kind), one in counts.items()
        if name in feeds
    ]
    _add(conn, traffic, ("count", "bytes"), rows)


def add_downloads(conn: Connection, counts: Mapping[tuple[str, Use], Count]) -> None:
    """Add to the files that somebody took on a day."""
    feeds = _feed_ids(conn)
    rows = [
        {
            "day": day,
            "feed_id": feeds[use.feed],
            "sha256": use.sha256,
            "taker": use.taker,
            "token_id": use.token_id,
            "project": use.project,
            "filename": use.filename,
            "count": one.count,
            "last_at": one.last_at,
        }
        for (day, use), one in counts.items()
        if use.feed in feeds and use.project and len(use.filename) <= _LONGEST_FILENAME
    ]
    _add(conn, download, ("count",), rows)


def add_wishes(conn: Connection, counts: Mapping[Wish, Count]) -> None:
    """Add to what was wanted in vain, and by whom; a count below zero takes wishes back."""
    feeds = _feed_ids(conn)
    touched = [
        _add_wish(conn, feeds[wish.feed], wish, one)
        for wish, one in counts.items()
        if wish.feed in feeds
    ]
    for start in range(0, len(touched), _BATCH):
        ids = touched[start : start + _BATCH]
        conn.execute(
            delete(wanted_by).where(wanted_by.c.wanted_id.in_(ids), wanted_by.c.count <= 0)
        )
        gone = select(wanted.c.id).where(wanted.c.id.in_(ids), wanted.c.count <= 0)
        conn.execute(delete(wanted_by).where(wanted_by.c.wanted_id.in_(gone)))
        conn.execute(delete(wanted).where(wanted.c.id.in_(ids), wanted.c.count <= 0))


def _add_wish(conn: Connection, feed_id: int, wish: Wish, one: Count) -> int:
    lack = wish.lack
    row = {
        "feed_id": feed_id,
        "project": wish.project,
        "version": wish.version,
        "rule": f"{HIDDEN}{lack.rule}" if lack.is_hidden else lack.rule,
        "why": lack.why,
        "count": one.count,
        "first_at": one.first_at,
        "last_at": one.last_at,
    }
    new = _upsert(conn, wanted, ("feed_id", "project", "version", "rule"), ("count",))
    wanted_id = int(conn.execute(new.returning(wanted.c.id), row).scalar_one())
    by = {
        "wanted_id": wanted_id,
        "who": wish.who,
        "token_id": wish.token_id,
        "count": one.count,
        "last_at": one.last_at,
    }
    _add(conn, wanted_by, ("count",), [by])
    return wanted_id


def _add(conn: Connection, table: Table, counts: Sequence[str], rows: list[_Row]) -> None:
    if rows:
        keys = tuple(column.name for column in table.primary_key.columns)
        conn.execute(_upsert(conn, table, keys, counts), rows)


def _upsert(conn: Connection, table: Table, keys: Sequence[str], counts: Sequence[str]) -> Any:
    # Any: each database's own Insert
    """Insert a row, or add its counts to the one that is there; the later moment stays."""
    new = (sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert)(table)
    changed: dict[str, Any] = {one: table.c[one] + new.excluded[one] for one in counts}
    if "last_at" in table.c:
        is_later = new.excluded.last_at > table.c.last_at
        changed["last_at"] = case((is_later, new.excluded.last_at), else_=table.c.last_at)
    if "why" in table.c:
        changed["why"] = new.excluded.why
    return new.on_conflict_do_update(index_elements=list(keys), set_=changed)


def _feed_ids(conn: Connection) -> dict[FeedName, int]:
    return {FeedName(row.name): row.id for row in conn.execute(select(feed.c.id, feed.c.name))}


# --- who took what -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """Which downloads are meant: of a project, or only those files of it; in one feed, or all."""

    project: ProjectName
    sha256s: frozenset[Sha256] | None = None
    feed: FeedName | None = None
    since: datetime | None = None
    feeds: frozenset[FeedName] | None = None
    """Only in these; None: in all."""


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody who took files, by one token."""

    name: str
    token_id: int
    """0: no token."""
    token_name: str | None
    count: int
    files: int
    """How many different files."""
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Downloaded:
    """How often a file was taken, and by how many."""

    filename: str
    sha256: Sha256
    count: int
    takers: int
    last_at: datetime


def takers(conn: Connection, which: Taken, limit: int = 200) -> tuple[Taker, ...]:
    """Give who took files, the last first."""
    question = (
        select(
            download.c.taker,
            download.c.token_id,
            token.c.name.label("token_name"),
            func.sum(download.c.count).label("times"),
            func.count(distinct(download.c.sha256)).label("files"),
            func.max(download.c.last_at).label("last_at"),
        )
        .outerjoin(token, token.c.id == download.c.token_id)
        .where(*_which(which))
        .group_by(download.c.taker, download.c.token_id, token.c.name)
        .order_by(func.max(download.c.last_at).desc(), download.c.taker)
        .limit(limit)
    )
    return tuple(
        Taker(row.taker, row.token_id, row.token_name, int(row.times), row.files, row.last_at)
        for row in conn.execute(question)
    )


def downloads_of(conn: Connection, which: Taken, limit: int = 1000) -> tuple[Downloaded, ...]:
    """Give how often each file was taken, the last taken first."""
    question = (
        select(
            download.c.filename,
            download.c.sha256,
            func.sum(download.c.count).label("times"),
            func.count(distinct(download.c.taker)).label("takers"),
            func.max(download.c.last_at).label("last_at"),
        )
        .where(*_which(which))
        .group_by(download.c.filename, download.c.sha256)
        .order_by(func.max(download.c.last_at).desc(), download.c.filename)
        .limit(limit)
    )
    return tuple(
        Downloaded(row.filename, Sha256(row.sha256), int(row.times), row.takers, row.last_at)
        for row in conn.execute(question)
    )


def _which(which: Taken) -> Iterable[Any]:  # Any: conditions
    yield download.c.project == which.project
    if which.sha256s is not None:
        yield download.c.sha256.in_(sorted(which.sha256s))
    if which.feed is not None:
        yield (
            download.c.feed_id
            == select(feed.c.id).where(feed.c.name == which.feed).scalar_subquery()
        )
    if which.feeds is not None:
        yield download.c.feed_id.in_(select(feed.c.id).where(feed.c.name.in_(which.feeds)))
    if which.since is not None:
        yield download.c.day >= which.since.date().isoformat()
        yield download.c.last_at >= which.since
