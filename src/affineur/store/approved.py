"""What stands approved in a feed, and what vetting said of it last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from packaging.version import Version
from sqlalchemy import Connection, Row, func, select

from affineur.core.files import Filename
from affineur.core.findings import Assessment
from affineur.core.names import ProjectName, Sha256
from affineur.core.requests import ItemAnswer, Release, RequestFile
from affineur.store import assessments
from affineur.store.schema import decision, listing, request, request_file, request_item
from affineur.store.schema_vetting import assessment

MOST = 20_000
_AT_ONCE = 500


def releases(conn: Connection, feed_id: int) -> Iterator[Release]:
    """Give the releases that stand in a feed, by name and version, 20,000 files at most."""
    question = select(listing).where(listing.c.feed_id == feed_id, listing.c.ended_at.is_(None))
    order = (listing.c.project, listing.c.version, listing.c.filename)
    rows = conn.execute(question.order_by(*order).limit(MOST)).all()
    for (project, version), group in groupby(rows, key=lambda row: (row.project, row.version)):
        yield Release(ProjectName(project), Version(version), tuple(_file(row) for row in group))


def is_more(conn: Connection, feed_id: int) -> bool:
    """Whether more files stand in a feed than `releases` gives."""
    stands = (listing.c.feed_id == feed_id) & listing.c.ended_at.is_(None)
    beyond = select(listing.c.id).where(stands).offset(MOST).limit(1)
    return conn.execute(beyond).first() is not None


def release(conn: Connection, feed_id: int, project: ProjectName, version: Version) -> Release:
    """Give a release with the files that stand in a feed, or were asked for into it last."""
    question = select(listing).where(
        listing.c.feed_id == feed_id, listing.c.project == project, listing.c.ended_at.is_(None)
    )
    rows = conn.execute(question.order_by(listing.c.filename).limit(MOST)).all()
    standing = [one for one in map(_file, rows) if one.filename.version == version]
    files = standing or _asked_for(conn, feed_id, project, version)
    return Release(project, version, tuple(files))


def latest(conn: Connection, digests: Sequence[Sha256]) -> Mapping[Sha256, Assessment]:
    """Give the newest assessment of each file that was ever vetted, in the order of the files."""
    ids: list[int] = []
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        newest = select(func.max(assessment.c.id)).where(assessment.c.sha256.in_(some))
        ids += conn.scalars(newest.group_by(assessment.c.sha256))
    known = {one.sha256: one for one in assessments.by_ids(conn, ids).values()}
    return {digest: known[digest] for digest in digests if digest in known}


def exact_versions(conn: Connection, feed_id: int, project: ProjectName) -> tuple[Version, ...]:
    """Give the versions that the last approval of a project spoke of, if of these alone."""
    answered = (
        select(decision.c.id, decision.c.is_exact)
        .join(request_item, request_item.c.decision_id == decision.c.id)
        .join(request, request.c.id == request_item.c.request_id)
        .where(request.c.feed_id == feed_id, request_item.c.project == project)
        .where(request_item.c.answer == ItemAnswer.APPROVED)
    )
    listed = (
        select(decision.c.id, decision.c.is_exact)
        .join(listing, listing.c.decision_id == decision.c.id)
        .where(listing.c.feed_id == feed_id, listing.c.project == project)
    )
    newest = [
        conn.execute(one.order_by(decision.c.id.desc()).limit(1)).one_or_none()
        for one in (answered, listed)
    ]
    last = max((row for row in newest if row is not None), key=lambda row: row.id, default=None)
    if last is None or not last.is_exact:
        return ()
    versions = select(request_item.c.version).where(
        request_item.c.decision_id == last.id, request_item.c.project == project
    )
    return tuple(sorted({Version(one) for one in conn.scalars(versions)}))


def _asked_for(
    conn: Connection, feed_id: int, project: ProjectName, version: Version
) -> list[RequestFile]:
    """Give the files of the release in the newest request into the feed that names it."""
    question = (
        select(request_file, request_item.c.id.label("item"))
        .join(request_item, request_item.c.id == request_file.c.item_id)
        .join(request, request.c.id == request_item.c.request_id)
        .where(request.c.feed_id == feed_id, request_item.c.project == project)
        .order_by(request_item.c.id.desc(), request_file.c.id)
        .limit(MOST)
    )
    rows = [
        row for row in conn.execute(question) if Filename.parse(row.filename).version == version
    ]
    return [_file(row) for row in rows if row.item == rows[0].item]


def _file(row: Row[Any]) -> RequestFile:  # Any: the columns that listings and requests share
    return RequestFile(Filename.parse(row.filename), Sha256(row.sha256), None, row.uploaded_at)
