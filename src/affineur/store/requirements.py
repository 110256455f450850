"""Which projects the files that we hold require, by name, and so who needs a project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version
from sqlalchemy import Connection, delete, insert, select, update

from affineur.core.described import RequiredLine
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.store.schema import data_source, feed, file, listing
from affineur.store.schema_vetting import requirement

_HOW_FAR = "requirements"
_DONE = "done"
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Needing:
    """A project that stands in a feed and requires another one."""

    project: ProjectName
    version: Version
    """The newest that does so and stands."""
    feed: FeedName
    line: str
    is_optional: bool
    """Whether only an extra of it does."""


@dataclass(frozen=True, slots=True)
class NeededBy:
    """Who needs a project; when there are very many, not all of them."""

    projects: tuple[Needing, ...]
    """By name."""
    is_all: bool


def keep(conn: Connection, sha256: Sha256, lines: Iterable[RequiredLine]) -> None:
    """Keep what a file requires, in the place of what was kept of it; of a project one line."""
    rows: dict[ProjectName, dict[str, object]] = {}
    for one in lines:
        known = rows.get(one.project) if one.project is not None else None
        if one.project is not None and (known is None or known["is_optional"]):
            rows[one.project] = {
                "project": one.project,
                "sha256": sha256,
                "line": one.text,
                "is_optional": one.is_optional,
            }
    conn.execute(delete(requirement).where(requirement.c.sha256 == sha256))
    if rows:
        conn.execute(insert(requirement), list(rows.values()))


def needed_by(conn: Connection, project: ProjectName, feeds: Sequence[FeedName]) -> NeededBy:
    """Give the projects with a file in these feeds now that requires a project."""
    question = (
        select(
            listing.c.project,
            listing.c.version,
            feed.c.name.label("feed_name"),
            requirement.c.line,
            requirement.c.is_optional,
        )
        .join(listing, listing.c.sha256 == requirement.c.sha256)
        .join(feed, feed.c.id == listing.c.feed_id)
        .where(
            requirement.c.project == project,
            listing.c.ended_at.is_(None),
            feed.c.name.in_(feeds),
        )
        .limit(_MOST)
    )
    found: dict[str, Needing] = {}
    rows = conn.execute(question).all()
    for row in rows:
        name, version = ProjectName(row.project), Version(row.version)
        new = Needing(name, version, FeedName(row.feed_name), row.line, row.is_optional)
        before = found.get(name)
        if before is None or before.version < version:
            found[name] = new
    return NeededBy(tuple(found[name] for name in sorted(found)), len(rows) < _MOST)


def unread(conn: Connection, limit: int) -> tuple[tuple[Sha256, Sha256], ...]:
    """Give files with their core metadata whose requirements the job has not come to yet."""
    how_far = _how_far(conn)
    if how_far == _DONE:
        return ()
    question = (
        select(file.c.sha256, file.c.metadata_sha256)
        .where(file.c.metadata_sha256.is_not(None), file.c.sha256 > how_far)
        .order_by(file.c.sha256)
        .limit(limit)
    )
    rows = conn.execute(question)
    return tuple((Sha256(row.sha256), Sha256(row.metadata_sha256)) for row in rows)


def note_read(conn: Connection, now: datetime, last: Sha256 | None) -> None:
    """Note that the job came so far; with None, that it came to the end."""
    values = {"fetched_at": now, "detail": last or _DONE}
    is_ours = data_source.c.name == _HOW_FAR
    if conn.execute(update(data_source).where(is_ours).values(values)).rowcount == 0:
        conn.execute(insert(data_source).values(name=_HOW_FAR, **values))


def _how_far(conn: Connection) -> str:
    question = select(data_source.c.detail).where(data_source.c.name == _HOW_FAR)
    return conn.execute(question).scalar_one_or_none() or ""
