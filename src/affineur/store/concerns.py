"""Concerns as rows: kept for each project, found by level or by use, and marked as due."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from packaging.version import Version
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from affineur.core.concerns import Concern, Level, Source
from affineur.core.names import FeedName, ProjectName
from affineur.store import jobs
from affineur.store.schema import data_source, project_change
from affineur.store.schema_concerns import concern, due_concern
from affineur.store.schema_lists import feed_project

FOLLOW = "concerns"
"""The kind of job that looks again at what is due."""
_PROGRESS = "concerns"
_AT_ONCE = 500

Place = tuple[int, int, int]
"""Where a list goes on: level, uses and number of the last one shown."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A concern with where it stands and how much it is used."""

    id: int
    feed: FeedName
    project: ProjectName
    concern: Concern
    uses: int
    """How often its releases were taken in 30 days."""
    takers: int

    @property
    def place(self) -> Place:
        """Where a list goes on behind it."""
        return self.concern.level, self.uses, self.id


@dataclass(frozen=True, slots=True)
class Which:
    """Which concerns are wanted; None means any."""

    feeds: Mapping[int, FeedName]
    """Of these feeds, by their ids."""
    level: Level | None = None
    source: Source | None = None
    project: str = ""
    """A project, or how its name begins."""
    only_news: bool = False
    with_waived: bool = False
    by_use: bool = False
    after: Place | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Progress:
    """How far all of it was looked at."""

    seq: int
    """The changes of projects up to this one are in it, as far as `name` in the last."""
    name: str = ""
    cursor: str | None = None
    """Projects up to this name were looked at for the first time; None: all."""
    counted_at: datetime | None = None
    """When uses were counted last."""
    at: datetime | None = None


# --- finding them ------------------------------------------------------------------------


def page(conn: Connection, which: Which, now: datetime) -> tuple[Standing, ...]:
    """Give a page of concerns, the worst or the most used first."""
    columns = concern.c
    by = (columns.uses, columns.level) if which.by_use else (columns.level, columns.uses)
    order = (*by, columns.id)
    question = (
        select(concern)
        .where(*_wanted(which, now))
        .order_by(*(one.desc() for one in order))
        .limit(which.limit)
    )
    if which.after is not None:
        level, count, number = which.after
        last = (count, level, number) if which.by_use else (level, count, number)
        question = question.where(tuple_(*order) < tuple_(*last))
    return tuple(_standing(row, which.feeds) for row in conn.execute(question))


def counts(conn: Connection, which: Which, now: datetime) -> dict[tuple[Level, Source], int]:
    """Count the concerns of each level and source in these feeds."""
    of = (concern.c.level, concern.c.source)
    every = Which(which.feeds, only_news=which.only_news, with_waived=which.with_waived)
    question = select(*of, func.count()).where(*_wanted(every, now)).group_by(*of)
    return {
        (Level(level), Source(source)): count for level, source, count in conn.execute(question)
    }


# --- keeping them ------------------------------------------------------------------------


def mark(conn: Connection, now: datetime, projects: Iterable[ProjectName]) -> None:
    """Say that something became known of these projects, so that they are looked at soon."""
    wanted = sorted(set(projects))
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        there = set(
            conn.scalars(select(due_concern.c.project).where(due_concern.c.project.in_(some)))
        )
        rows = [{"project": one} for one in some if one not in there]
        if rows:
            conn.execute(insert(due_concern), rows)
    if wanted:
        jobs.hasten(conn, now, FOLLOW, now)


def due(conn: Connection, limit: int) -> tuple[ProjectName, ...]:
    """Give projects that are to be looked at again."""
    question = select(due_concern.c.project).order_by(due_concern.c.project).limit(limit)
    return tuple(map(ProjectName, conn.scalars(question)))


def settle(conn: Connection, projects: Collection[ProjectName]) -> None:
    """Say that they were looked at."""
    conn.execute(delete(due_concern).where(due_concern.c.project.in_(sorted(projects))))


def replace(
    conn: Connection,
    projects: Collection[ProjectName],
    found: Iterable[tuple[int, ProjectName, Concern, tuple[int, int]]],
) -> None:
    """Keep what speaks against these projects, by feed, with uses and takers."""
    wanted = sorted(projects)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        conn.execute(delete(concern).where(concern.c.project.in_(some)))
    rows = [_row(*one) for one in found]
    if rows:
        conn.execute(insert(concern), rows)


def listed_after(conn: Connection, name: str, limit: int) -> tuple[ProjectName, ...]:
    """Give the names behind one that stand in feeds, in the order of their bytes."""
    question = (
        select(feed_project.c.project)
        .where(feed_project.c.project > name, feed_project.c.files > 0)
        .distinct()
        .order_by(feed_project.c.project)
        .limit(limit)
    )
    return tuple(map(ProjectName, conn.scalars(question)))


def changed_after(
    conn: Connection, place: tuple[int, str], limit: int
) -> tuple[tuple[int, ProjectName], ...]:
    """Give the projects whose pages changed behind a place, by number and name."""
    order = (project_change.c.seq, project_change.c.project)
    question = select(*order).where(tuple_(*order) > tuple_(*place)).order_by(*order).limit(limit)
    return tuple((row.seq, ProjectName(row.project)) for row in conn.execute(question))


def concerned_after(conn: Connection, name: str, limit: int) -> tuple[ProjectName, ...]:
    """Give the names behind one that something speaks against."""
    question = select(concern.c.project).where(concern.c.project > name).distinct()
    question = question.order_by(concern.c.project).limit(limit)
    return tuple(map(ProjectName, conn.scalars(question)))


def versions_of(
    conn: Connection, projects: Collection[ProjectName]
) -> tuple[tuple[int, ProjectName, tuple[Version, ...], int, int], ...]:
    """Give the number, project, versions, uses and takers of their concerns."""
    columns = (
        concern.c.id,
        concern.c.project,
        concern.c.versions,
        concern.c.uses,
        concern.c.takers,
    )
    question = select(*columns).where(concern.c.project.in_(sorted(projects)))
    return tuple(
        (number, ProjectName(name), tuple(map(Version, versions)), uses, takers)
        for number, name, versions, uses, takers in conn.execute(question)
    )


def recount(conn: Connection, number: int, uses: int, takers: int) -> None:
    """Keep how much the releases of a concern are used."""
    which = concern.c.id == number
    conn.execute(update(concern).where(which).values(uses=uses, takers=takers))


def progress(conn: Connection) -> Progress | None:
    """Say how far all of it was looked at; None before the first time."""
    question = select(data_source.c.fetched_at, data_source.c.detail)
    row = conn.execute(question.where(data_source.c.name == _PROGRESS)).one_or_none()
    if row is None:
        return None
    told = orjson.loads(row.detail)
    counted = told["counted_at"]
    moment = datetime.fromisoformat(counted) if counted else None
    return Progress(told["seq"], told["name"], told["cursor"], moment, row.fetched_at)


def note(conn: Connection, now: datetime, new: Progress) -> None:
    """Note how far it is."""
    counted = new.counted_at.isoformat() if new.counted_at else None
    told = {"seq": new.seq, "name": new.name, "cursor": new.cursor, "counted_at": counted}
    values = {"fetched_at": now, "detail": orjson.dumps(told).decode()}
    which = data_source.c.name == _PROGRESS
    if conn.execute(update(data_source).where(which).values(values)).rowcount == 0:
        conn.execute(insert(data_source).values(name=_PROGRESS, **values))


def _wanted(which: Which, now: datetime) -> list[ColumnElement[bool]]:
    columns = concern.c
    # A sum, so that no index on the feed is taken instead of the one that gives the order.
    found: list[ColumnElement[bool]] = [(columns.feed_id + 0).in_(list(which.feeds))]
    if which.level is not None:
        found.append(columns.level == int(which.level))
    if which.source is not None:
        found.append(columns.source == str(which.source))
    if which.project:
        found.append(columns.project.startswith(which.project, autoescape=True))
    if which.only_news:
        found.append(columns.is_news.is_(True))
    if not which.with_waived:
        found.append(or_(columns.waived_until.is_(None), columns.waived_until <= now))
    return found


def _row(
    feed_id: int, project: ProjectName, one: Concern, used: tuple[int, int]
) -> dict[str, Any]:  # Any: column values
    return {
        "feed_id": feed_id,
        "project": project,
        "source": str(one.source),
        "key": one.key[:128],
        "level": int(one.level),
        "what": one.what,
        "fixed": one.fixed,
        "versions": [str(version) for version in one.versions],
        "files": one.files,
        "since": one.since,
        "is_news": one.is_news,
        "waived_until": one.waived_until,
        "uses": used[0],
        "takers": used[1],
    }


def _standing(row: Row[Any], feeds: Mapping[int, FeedName]) -> Standing:  # Any: the columns
    told = Concern(
        Source(row.source),
        row.key,
        Level(row.level),
        row.what,
        tuple(map(Version, row.versions)),
        row.files,
        row.since,
        row.is_news,
        row.fixed,
        row.waived_until,
    )
    project = ProjectName(row.project)
    return Standing(row.id, feeds[row.feed_id], project, told, row.uses, row.takers)
