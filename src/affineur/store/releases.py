"""What the house knows of a project's releases: where they stand and stood, and who asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from packaging.version import Version
from sqlalchemy import Connection, or_, select

from affineur.core.files import Filename
from affineur.core.findings import Verdict
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.requests import RequestState
from affineur.store.listings import HeldFile
from affineur.store.schema import (
    decision,
    feed,
    file,
    first_sight,
    incident,
    listing,
    request,
    request_item,
)

_OPEN = frozenset({RequestState.RESOLVING, RequestState.VETTING, RequestState.REVIEW})
_MOST = 5_000
_AT_ONCE = 500
_FROM = feed.alias("origin")


@dataclass(frozen=True, slots=True)
class Stay:
    """A file standing in a feed, from a moment until it ended, or until now."""

    feed: FeedName
    filename: Filename
    sha256: Sha256
    since: datetime
    by: str
    is_upload: bool
    from_feed: FeedName | None
    """From which feed it was promoted."""
    request_id: int | None
    """The request whose decision it rests on."""
    comment: str
    """What was said with that decision."""
    yanked: str | None
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_why: str | None = None

    @property
    def version(self) -> Version:
        """The version that its filename says."""
        return self.filename.version


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that names a release."""

    request_id: int
    feed: FeedName
    version: str
    state: RequestState
    requester: str
    used_in: str | None
    at: datetime
    verdict: Verdict | None
    """What the policy said of the release then."""

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its answer."""
        return self.state in _OPEN


@dataclass(frozen=True, slots=True)
class Happened:
    """An incident of a project."""

    kind: str
    what: str
    at: datetime


def stays(conn: Connection, project: ProjectName, feeds: Sequence[FeedName]) -> tuple[Stay, ...]:
    """Give where files of a project stand and stood, in these feeds, the newest first."""
    question = (
        select(
            listing,
            feed.c.name.label("feed_name"),
            _FROM.c.name.label("from_name"),
            decision.c.request_id,
            decision.c.comment,
        )
        .join(feed, feed.c.id == listing.c.feed_id)
        .outerjoin(_FROM, _FROM.c.id == listing.c.from_feed_id)
        .outerjoin(decision, decision.c.id == listing.c.decision_id)
        .where(listing.c.project == project, feed.c.name.in_(feeds))
        .order_by(listing.c.id.desc())
        .limit(_MOST)
    )
    return tuple(
        Stay(
            feed=FeedName(row.feed_name),
            filename=Filename.parse(row.filename),
            sha256=Sha256(row.sha256),
            since=row.listed_at,
            by=row.listed_by,
            is_upload=row.is_upload,
            from_feed=FeedName(row.from_name) if row.from_name else None,
            request_id=row.request_id,
            comment=row.comment or "",
            yanked=row.yanked,
            ended_at=row.ended_at,
            ended_by=row.ended_by,
            ended_why=row.ended_why,
        )
        for row in conn.execute(question)
    )


def asked_for(
    conn: Connection,
    project: ProjectName,
    readable: Sequence[FeedName],
    own_of: str | None,
    limit: int = 200,
) -> tuple[Asked, ...]:
    """Give the sent requests into these feeds, or of this requester, that name a project.

    The newest come first; of one request each version once.
    """
    may_be_seen = or_(feed.c.name.in_(readable), request.c.requester == own_of)
    question = (
        select(
            request_item.c.version,
            request_item.c.verdict,
            request.c.id,
            request.c.state,
            request.c.requester,
            request.c.used_in,
            request.c.created_at,
            feed.c.name.label("feed_name"),
        )
        .join(request, request.c.id == request_item.c.request_id)
        .join(feed, feed.c.id == request.c.feed_id)
        .where(request_item.c.project == project, request.c.is_draft.is_(False), may_be_seen)
        .order_by(request_item.c.id.desc())
        .limit(limit)
    )
    return tuple(_asked(row) for row in conn.execute(question))


def _asked(row: Any) -> Asked:  # Any: the columns selected above
    return Asked(
        request_id=row.id,
        feed=FeedName(row.feed_name),
        version=row.version,
        state=RequestState(row.state),
        requester=row.requester,
        used_in=row.used_in,
        at=row.created_at,
        verdict=Verdict(row.verdict) if row.verdict else None,
    )


def incidents(conn: Connection, project: ProjectName, limit: int = 20) -> tuple[Happened, ...]:
    """Give what happened to a project, the newest first."""
    question = select(incident).where(incident.c.project == project)
    rows = conn.execute(question.order_by(incident.c.id.desc()).limit(limit))
    return tuple(Happened(row.kind, row.what, row.happened_at) for row in rows)


def held(conn: Connection, digests: Sequence[Sha256]) -> Mapping[Sha256, HeldFile]:
    """Say which of these files we hold, and what we know of them."""
    found: dict[Sha256, HeldFile] = {}
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        for row in conn.execute(select(file).where(file.c.sha256.in_(some))):
            found[Sha256(row.sha256)] = HeldFile(
                row.sha256,
                row.size_bytes,
                row.metadata_sha256,
                row.requires_python,
                row.provenance_sha256,
            )
    return found


def filenames(conn: Connection, sha256: Sha256) -> tuple[str, ...]:
    """Give the names under which a file stood in a feed, or at an external index."""
    listed = select(listing.c.filename).where(listing.c.sha256 == sha256)
    seen = select(first_sight.c.filename).where(first_sight.c.sha256 == sha256)
    question = listed.union(seen).order_by("filename").limit(20)
    return tuple(conn.scalars(question))
