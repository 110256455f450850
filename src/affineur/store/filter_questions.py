"""What a filter is tried on: files that were taken lately, and files that stand in feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from affineur.core.names import NamePattern, ProjectName, Sha256
from affineur.store.schema import file, first_sight, listing
from affineur.store.schema_lists import feed_project, feed_use
from affineur.store.schema_usage import download

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken through feeds, and how often."""

    project: ProjectName
    filename: str
    sha256: Sha256
    downloads: int


@dataclass(frozen=True, slots=True)
class Stands:
    """A file that stands in a feed."""

    filename: str
    sha256: Sha256
    uploaded_at: datetime | None
    held_at: datetime


def used_projects(
    conn: Connection, feeds: Sequence[int], today: str, names: Sequence[NamePattern], limit: int
) -> tuple[ProjectName, ...]:
    """Give projects that were taken through feeds, most taken first, then those of today.

    The first are as they were counted last (`store.feed_use`), today's are not counted yet.
    """
    use, of = feed_use.c, download.c
    counted = (
        select(use.project, func.sum(use.downloads).label("downloads"))
        .where(use.feed_id.in_(feeds), _named(use.project, names))
        .group_by(use.project)
    )
    by_use = counted.order_by(func.sum(use.downloads).desc(), use.project).limit(limit)
    new = select(of.project).where(
        of.day >= today, of.feed_id.in_(feeds), _named(of.project, names)
    )
    found = [*conn.scalars(by_use), *conn.scalars(new.distinct().limit(limit))]
    return tuple(ProjectName(name) for name in dict.fromkeys(found))[:limit]


def taken(
    conn: Connection, feeds: Sequence[int], since: str, projects: Sequence[ProjectName]
) -> tuple[Taken, ...]:
    """Give the files of projects that were taken through feeds since a day."""
    of = download.c
    found: list[Taken] = []
    for start in range(0, len(projects), _BATCH):
        some = of.project.in_(projects[start : start + _BATCH])
        question = (
            select(of.project, of.filename, of.sha256, func.sum(of.count))
            .where(some, of.day >= since, of.feed_id.in_(feeds))
            .group_by(of.sha256, of.project, of.filename)
        )
        found += [
            Taken(ProjectName(row[0]), row[1], Sha256(row[2]), int(row[3]))
            for row in conn.execute(question)
        ]
    return tuple(found)


def standing_projects(
    conn: Connection, feeds: Sequence[int], names: Sequence[NamePattern], limit: int
) -> tuple[ProjectName, ...]:
    """Give the projects of feeds that some pattern covers."""
    own = feed_project.c
    stands = (own.feed_id.in_(feeds), own.files > 0, _named(own.project, names))
    question = select(own.project).where(*stands).order_by(own.project).limit(limit)
    return tuple(ProjectName(name) for name in conn.scalars(question))


def stands(
    conn: Connection, feeds: Sequence[int], projects: Sequence[ProjectName] | None, limit: int
) -> tuple[Stands, ...]:
    """Give files that stand in feeds, of these projects; with None the newest listings."""
    question = (
        select(listing.c.filename, listing.c.sha256, listing.c.uploaded_at, file.c.held_at)
        .join(file, file.c.sha256 == listing.c.sha256)
        .where(listing.c.feed_id.in_(feeds), listing.c.ended_at.is_(None))
        .limit(limit)
    )
    if projects is None:
        question = question.order_by(listing.c.id.desc())
    else:
        question = question.where(listing.c.project.in_(projects)).order_by(listing.c.project)
    return tuple(
        Stands(row.filename, Sha256(row.sha256), row.uploaded_at, row.held_at)
        for row in conn.execute(question)
    )


def known_since(conn: Connection, digests: Sequence[Sha256]) -> Mapping[Sha256, datetime]:
    """Say since when files are known: uploaded, as far as that was told, else first seen."""
    found: dict[Sha256, datetime] = {}
    for start in range(0, len(digests), _BATCH):
        some = digests[start : start + _BATCH]
        for table, moment in (
            (file, file.c.held_at),
            (first_sight, first_sight.c.seen_at),
            (listing, listing.c.uploaded_at),
        ):
            told = select(table.c.sha256, func.min(moment)).where(
                table.c.sha256.in_(some), moment.is_not(None)
            )
            for digest, at in conn.execute(told.group_by(table.c.sha256)):
                before = found.get(Sha256(digest))
                found[Sha256(digest)] = at if before is None else min(at, before)
    return found


def uses(conn: Connection, since: str, digests: Sequence[Sha256]) -> Mapping[Sha256, int]:
    """Say how often files were taken since a day, through any feed."""
    of = download.c
    found: dict[Sha256, int] = {}
    for start in range(0, len(digests), _BATCH):
        some = of.sha256.in_(digests[start : start + _BATCH])
        question = select(of.sha256, func.sum(of.count)).where(some, of.day >= since)
        found |= {Sha256(row[0]): int(row[1]) for row in conn.execute(question.group_by(of.sha256))}
    return found


def takers(
    conn: Connection, feeds: Sequence[int], since: str, digests: Sequence[Sha256], limit: int
) -> tuple[tuple[str, int], ...]:
    """Say who took any of these files since a day, and how often; at most 500 files count."""
    of = download.c
    count = func.sum(of.count)
    question = (
        select(of.taker, count)
        .where(of.sha256.in_(digests[:_BATCH]), of.day >= since, of.feed_id.in_(feeds))
        .group_by(of.taker)
        .order_by(count.desc(), of.taker)
        .limit(limit)
    )
    return tuple((row[0], int(row[1])) for row in conn.execute(question))


def _named(
    column: ColumnElement[Any],  # Any: text
    names: Sequence[NamePattern],
) -> ColumnElement[bool]:
    """Whether a name is covered by a pattern; without any, every name is."""
    if not names:
        return column.is_not(None)
    return or_(*(column.like(pattern.text.replace("*", "%")) for pattern in names))
