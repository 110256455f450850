"""Files that nobody needs: how much they take, who goes first, and letting go of them.

A file is needed when it stands, or ever stood, in a feed; when an open request asks for it; or
when it is blocked, for then it is evidence. A claim never stands without a listing. All other
files are cached: they came along from an external index, which may be asked for them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, or_, select, update

from affineur.core.names import ProjectName, Sha256
from affineur.core.requests import RequestState
from affineur.store.schema import (
    block,
    connector,
    discarded_blob,
    file,
    first_sight,
    listing,
    request,
    request_file,
    request_item,
    root_list,
)
from affineur.store.schema_vetting import requirement

_BATCH = 500
_OPEN = (RequestState.RESOLVING, RequestState.VETTING, RequestState.REVIEW)


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many files are held, and how many bytes they have, without what was read in them."""

    needed_files: int
    needed_bytes: int
    cached_files: int
    cached_bytes: int
    discarded_bytes: int
    """On their way out: they leave the disk within moments."""


@dataclass(frozen=True, slots=True)
class CachedFile:
    """A file that nobody needs."""

    sha256: Sha256
    size_bytes: int


def holdings(conn: Connection) -> Holdings:
    """Count what is held."""
    every = conn.execute(select(func.count(), func.sum(file.c.size_bytes))).one()
    cached = conn.execute(
        select(func.count(), func.sum(file.c.size_bytes)).where(_is_cached())
    ).one()
    leaving = conn.execute(select(func.sum(discarded_blob.c.size_bytes))).scalar_one()
    return Holdings(
        needed_files=every[0] - cached[0],
        needed_bytes=int(every[1] or 0) - int(cached[1] or 0),
        cached_files=cached[0],
        cached_bytes=int(cached[1] or 0),
        discarded_bytes=int(leaving or 0),
    )


def longest_unused(conn: Connection, before: datetime, enough_bytes: int) -> tuple[CachedFile, ...]:
    """Give cached files last used before a moment, those first that were not for longest.

    As many as together have so many bytes, or all.
    """
    question = (
        select(file.c.sha256, file.c.size_bytes)
        .where(_is_cached(), _last_used() < before)
        .order_by(_last_used(), file.c.sha256)
        .execution_options(yield_per=_BATCH)
    )
    found: list[CachedFile] = []
    with conn.execute(question) as rows:
        for row in rows:
            found.append(CachedFile(row.sha256, row.size_bytes))
            enough_bytes -= row.size_bytes
            if enough_bytes <= 0:
                break
    return tuple(found)


def note_uses(conn: Connection, uses: Mapping[Sha256, datetime]) -> None:
    """Note when files were last used; those that are not held are left out."""
    for sha256, moment in uses.items():
        conn.execute(
            update(file)
            .where(file.c.sha256 == sha256, _last_used() < moment)
            .values(used_at=moment)
        )


def discard(
    conn: Connection, now: datetime, digests: Sequence[Sha256], before: datetime
) -> tuple[CachedFile, ...]:
    """Forget those of at most 500 files that are still cached and unused; return which.

    Their bytes, and what was read in them, are noted as on their way out where nothing else
    names them.
    """
    chosen = (file.c.sha256.in_(digests), _is_cached(), _last_used() < before)
    rows = conn.execute(
        select(
            file.c.sha256, file.c.size_bytes, file.c.metadata_sha256, file.c.provenance_sha256
        ).where(*chosen)
    ).all()
    gone = tuple(CachedFile(row.sha256, row.size_bytes) for row in rows)
    conn.execute(delete(file).where(file.c.sha256.in_([one.sha256 for one in gone])))
    conn.execute(delete(requirement).where(requirement.c.sha256.in_([one.sha256 for one in gone])))
    sizes = {one.sha256: one.size_bytes for one in gone}
    attached = {d for row in rows for d in (row.metadata_sha256, row.provenance_sha256) if d}
    unnamed = (attached | set(sizes)) - named(conn, attached | set(sizes))
    conn.execute(delete(discarded_blob).where(discarded_blob.c.sha256.in_(unnamed)))
    new = [
        {"sha256": one, "size_bytes": sizes.get(one, 0), "discarded_at": now}
        for one in sorted(unnamed)
    ]
    if new:
        conn.execute(insert(discarded_blob), new)
    return gone


def projects_of(conn: Connection, digests: Sequence[Sha256]) -> dict[Sha256, set[ProjectName]]:
    """Give the projects under which external indexes listed at most 500 files."""
    question = select(first_sight.c.sha256, first_sight.c.project).where(
        first_sight.c.sha256.in_(digests)
    )
    found: dict[Sha256, set[ProjectName]] = {}
    for row in conn.execute(question):
        found.setdefault(Sha256(row.sha256), set()).add(ProjectName(row.project))
    return found


def named(conn: Connection, digests: Iterable[Sha256]) -> set[Sha256]:
    """Which of these blobs anything names: a file, what was read in one, or a list of names."""
    wanted = sorted(set(digests))
    columns = (
        file.c.sha256,
        file.c.metadata_sha256,
        file.c.provenance_sha256,
        root_list.c.names_sha256,
    )
    return {
        Sha256(found)
        for start in range(0, len(wanted), _BATCH)
        for column in columns
        for found in conn.scalars(select(column).where(column.in_(wanted[start : start + _BATCH])))
    }


def discarded(conn: Connection, before: datetime, limit: int) -> tuple[Sha256, ...]:
    """Give blobs that were discarded before a moment."""
    question = (
        select(discarded_blob.c.sha256)
        .where(discarded_blob.c.discarded_at < before)
        .order_by(discarded_blob.c.discarded_at)
        .limit(limit)
    )
    return tuple(Sha256(found) for found in conn.scalars(question))


def forget(conn: Connection, digests: Sequence[Sha256]) -> int:
    """Forget files of which these blobs are gone, except those that stand, or stood, in a feed."""
    columns = (file.c.sha256, file.c.metadata_sha256, file.c.provenance_sha256)
    unlisted = ~exists().where(listing.c.sha256 == file.c.sha256)
    return sum(
        conn.execute(
            delete(file).where(unlisted, column.in_(digests[start : start + _BATCH]))
        ).rowcount
        for start in range(0, len(digests), _BATCH)
        for column in columns
    )


def other_digests(conn: Connection) -> set[Sha256]:
    """Give the blobs that are on their way out, and those that hold lists of names."""
    columns = (discarded_blob.c.sha256, root_list.c.names_sha256)
    return {Sha256(found) for column in columns for found in conn.scalars(select(column))}


def next_discarded_at(conn: Connection) -> datetime | None:
    """Say when the first of the blobs that are still on their way out was discarded."""
    first: datetime | None = conn.execute(
        select(func.min(discarded_blob.c.discarded_at))
    ).scalar_one()
    return first


def forget_discarded(conn: Connection, digests: Iterable[Sha256]) -> None:
    """Note that blobs are no longer on their way out: they are gone, or wanted again."""
    conn.execute(delete(discarded_blob).where(discarded_blob.c.sha256.in_(list(digests))))


def _last_used() -> ColumnElement[Any]:  # Any: a moment, or NULL in no row
    return func.coalesce(file.c.used_at, file.c.held_at)


def _is_cached() -> ColumnElement[bool]:
    stands = exists().where(listing.c.sha256 == file.c.sha256)
    return ~or_(stands, file.c.sha256.in_(_asked_for()), file.c.sha256.in_(_blocked()))


def _asked_for() -> Any:  # Any: a Select of digests
    return (
        select(request_file.c.sha256)
        .join(request_item, request_item.c.id == request_file.c.item_id)
        .join(request, request.c.id == request_item.c.request_id)
        .where(request.c.state.in_(_OPEN))
    )


def _blocked() -> Any:  # Any: a Select of digests
    stands = block.c.ended_at.is_(None)
    by_digest = select(block.c.sha256).where(stands, block.c.sha256.is_not(None))
    by_project = (
        select(first_sight.c.sha256)
        .join(connector, connector.c.id == first_sight.c.connector_id)  # so that an index is used
        .join(block, block.c.project == first_sight.c.project)
        .where(stands)
    )
    return by_digest.union_all(by_project)
