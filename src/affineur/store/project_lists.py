"""Keeping the lists of projects: each row is made anew from what it sums up.

Whoever changes a listing, what vetting says of a file, or a snapshot calls `refresh` or
`told_outside` in the same transaction, so that a list never says anything else than the pages
(decision 0028). `mend` makes all rows anew and says which were wrong: for `fsck`, and for
whoever wrote rows past the functions of this package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from packaging.version import Version
from sqlalchemy import Connection, Row, Select, Table, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from affineur.core.files import IndexFile
from affineur.core.names import ProjectName, Sha256
from affineur.store.schema import listing, past_yank
from affineur.store.schema_lists import connector_project, feed_project
from affineur.store.schema_vetting import assessment

_BATCH = 200
_Pair = tuple[int, str]
_last_yank = (
    select(func.max(past_yank.c.until_at))
    .where(past_yank.c.listing_id == listing.c.id)
    .correlate(listing)
    .scalar_subquery()
)
_severity = (
    select(assessment.c.severity)
    .where(assessment.c.sha256 == listing.c.sha256)
    .order_by(assessment.c.id.desc())
    .limit(1)
    .correlate(listing)
    .scalar_subquery()
)
_LISTED = select(
    listing.c.feed_id,
    listing.c.project,
    listing.c.version,
    listing.c.is_upload,
    listing.c.yanked,
    listing.c.listed_at,
    listing.c.ended_at,
    _last_yank.label("yanked_at"),
    _severity.label("severity"),
).order_by(listing.c.feed_id, listing.c.project)


@dataclass(frozen=True, slots=True)
class _File:
    """As much of a file that stands as counts in a list."""

    version: str
    since: datetime | None
    is_yanked: bool


# --- in the transaction of a change ------------------------------------------------------


def refresh(conn: Connection, pairs: Iterable[_Pair]) -> None:
    """Make the rows of these projects, each in the feed of that number, anew."""
    wanted = sorted(set(pairs))
    for start in range(0, len(wanted), _BATCH):
        some = wanted[start : start + _BATCH]
        question = _LISTED.where(tuple_(listing.c.feed_id, listing.c.project).in_(some))
        _put(conn, feed_project, list(_rows(conn, question)))


def assessed(conn: Connection, sha256: Sha256) -> None:
    """Make the rows anew that count what vetting said of this file."""
    stands = (listing.c.sha256 == sha256) & listing.c.ended_at.is_(None)
    found = conn.execute(select(listing.c.feed_id, listing.c.project).where(stands))
    refresh(conn, [(row.feed_id, row.project) for row in found])


def told_outside(
    conn: Connection, of: tuple[int, ProjectName], files: Sequence[IndexFile], at: datetime
) -> None:
    """Keep what an external index has of a project, when it says something new."""
    connector_id, project = of
    counted = [
        _File(str(one.filename.version), one.uploaded_at, one.yanked is not None) for one in files
    ]
    row = {"connector_id": connector_id, "project": project, "changed_at": at}
    _put(conn, connector_project, [row | _counted(counted)])


def gone_outside(conn: Connection, of: tuple[int, ProjectName]) -> None:
    """Forget a project that an external index no longer has."""
    table = connector_project
    is_it = (table.c.connector_id == of[0]) & (table.c.project == of[1])
    conn.execute(delete(table).where(is_it))


# --- making all anew ---------------------------------------------------------------------


def differing(conn: Connection) -> tuple[tuple[int, ProjectName], ...]:
    """Say which rows of feeds' own projects are not what their listings make of them."""
    question = select(feed_project).order_by(feed_project.c.feed_id, feed_project.c.project)
    rows = conn.execute(question).mappings()
    kept = {(row["feed_id"], row["project"]): dict(row) for row in rows}
    wrong = set(kept)
    for row in _rows(conn, _LISTED):
        pair = (row["feed_id"], row["project"])
        if kept.get(pair) == row:
            wrong.discard(pair)
        else:
            wrong.add(pair)
    return tuple((number, ProjectName(name)) for number, name in sorted(wrong))


def mend(conn: Connection, wrong: Sequence[tuple[int, ProjectName]] | None = None) -> int:
    """Make rows anew that are wrong, as `differing` told before or tells now; return how many."""
    if wrong is None:
        wrong = differing(conn)
    for start in range(0, len(wrong), _BATCH):
        some = wrong[start : start + _BATCH]
        key = tuple_(feed_project.c.feed_id, feed_project.c.project)
        conn.execute(delete(feed_project).where(key.in_(some)))
    refresh(conn, wrong)
    return len(wrong)


def _rows(
    conn: Connection,
    question: Select[Any],  # Any: columns of the tables
) -> Iterator[dict[str, Any]]:
    with conn.execute(question.execution_options(yield_per=5_000)) as listed:
        for (feed_id, project), group in groupby(listed, key=lambda row: (row[0], row[1])):
            yield {"feed_id": feed_id, "project": project} | _summed(list(group))


def _summed(rows: Sequence[Row[Any]]) -> dict[str, Any]:  # Any: the columns of `_LISTED`
    standing = [row for row in rows if row.ended_at is None]
    files = [_File(row.version, row.listed_at, row.yanked is not None) for row in standing]
    moments = (
        at for row in rows for at in (row.listed_at, row.ended_at, row.yanked_at) if at is not None
    )
    known = [row.severity for row in standing if row.severity is not None]
    return _counted(files) | {
        "changed_at": max(moments),
        "severity": max(known, default=None),
        "is_own": any(row.is_upload for row in rows),
    }


def _counted(files: Sequence[_File]) -> dict[str, Any]:  # Any: columns
    by_version: dict[str, list[_File]] = {}
    for one in files:
        by_version.setdefault(one.version, []).append(one)
    latest = _latest(by_version)
    since = (one.since for one in by_version.get(latest or "", ()) if one.since is not None)
    return {
        "files": len(files),
        "versions": len(by_version),
        "yanked": sum(one.is_yanked for one in files),
        "latest": latest,
        "latest_at": min(since, default=None),
    }


def _latest(by_version: dict[str, list[_File]]) -> str | None:
    """Name the version that clients take: the newest final one that is not yanked, if any is."""
    best: tuple[bool, bool, Version] | None = None
    for text, files in by_version.items():
        version = Version(text)
        is_usable = not all(one.is_yanked for one in files)
        rank = (is_usable, not version.is_prerelease, version)
        if best is None or rank > best:
            best = rank
    return None if best is None else str(best[2])


def _put(conn: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:  # Any: columns
    """Put rows in the place of those with the same key."""
    if not rows:
        return
    made = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    new = made(table)
    key = [column.name for column in table.primary_key]
    others = {name: new.excluded[name] for name in rows[0] if name not in key}
    conn.execute(new.on_conflict_do_update(index_elements=key, set_=others), list(rows))
