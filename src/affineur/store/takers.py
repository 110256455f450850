"""Who took what, as the counts of use tell, and what stands in feeds that a block would take.

A project's files come from many tables; all questions here go by its name or by one digest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.store.schema import (
    decision,
    feed,
    file,
    first_sight,
    listing,
    request,
    request_item,
)
from affineur.store.schema_access import token
from affineur.store.schema_usage import download

MOST_FILES = 20_000
MOST_TAKEN = 100_000
_MOST_ASKED = 200
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class StandingFile:
    """A file that stands in a feed, and by whose decision."""

    feed: FeedName
    filename: str
    version: str
    sha256: Sha256
    is_upload: bool
    listed_at: datetime
    listed_by: str
    request_id: int | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """How often somebody took one file from a feed."""

    taker: str
    token_id: int
    """0 when it was no token."""
    feed: FeedName
    filename: str
    sha256: Sha256
    count: int
    first_day: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Somebody asked for a release of the project, and it was approved."""

    request_id: int
    version: str
    requester: str
    used_in: str | None


@dataclass(frozen=True, slots=True)
class TokenName:
    """What a token is called, and whether it still holds."""

    name: str
    has_ended: bool


def standing(conn: Connection, project: ProjectName) -> tuple[StandingFile, ...]:
    """Give the files of a project that stand in feeds, by feed and filename."""
    question = (
        select(
            listing, feed.c.name.label("feed_name"), decision.c.request_id, decision.c.decided_by
        )
        .join(feed, feed.c.id == listing.c.feed_id)
        .outerjoin(decision, decision.c.id == listing.c.decision_id)
        .where(listing.c.project == project, listing.c.ended_at.is_(None))
        .order_by(feed.c.name, listing.c.filename)
        .limit(MOST_FILES)
    )
    return tuple(
        StandingFile(
            FeedName(row.feed_name),
            row.filename,
            row.version,
            Sha256(row.sha256),
            row.is_upload,
            row.listed_at,
            row.listed_by,
            row.request_id,
            row.decided_by,
        )
        for row in conn.execute(question)
    )


def cached(conn: Connection, project: ProjectName) -> tuple[tuple[str, Sha256], ...]:
    """Give the files of a project that came through a connector and that we hold."""
    question = (
        select(first_sight.c.filename, first_sight.c.sha256)
        .join(file, file.c.sha256 == first_sight.c.sha256)
        .where(first_sight.c.project == project)
        .distinct()
        .limit(MOST_FILES)
    )
    return tuple((row.filename, Sha256(row.sha256)) for row in conn.execute(question))


def taken(
    conn: Connection, project: ProjectName, sha256: Sha256 | None = None
) -> tuple[Taken, ...]:
    """Give who took which file of a project, or one file of it, the latest first."""
    of = (download.c.taker, download.c.token_id, download.c.filename, download.c.sha256)
    last = func.max(download.c.last_at)
    question = (
        select(*of, feed.c.name, func.sum(download.c.count), func.min(download.c.day), last)
        .join(feed, feed.c.id == download.c.feed_id)
        .where(download.c.project == project)
        .group_by(*of, feed.c.name)
        .order_by(last.desc())
        .limit(MOST_TAKEN)
    )
    if sha256 is not None:
        question = question.where(download.c.sha256 == sha256)
    return tuple(
        Taken(taker, number, FeedName(name), filename, Sha256(digest), int(count), day, at)
        for taker, number, filename, digest, name, count, day, at in conn.execute(question)
    )


def asked_for(conn: Connection, project: ProjectName) -> tuple[AskedFor, ...]:
    """Give the approved requests that named a release of the project, newest first."""
    question = (
        select(request.c.id, request_item.c.version, request.c.requester, request.c.used_in)
        .join(request_item, request_item.c.request_id == request.c.id)
        .where(request_item.c.project == project, request.c.state == "approved")
        .order_by(request.c.id.desc())
        .limit(_MOST_ASKED)
    )
    return tuple(AskedFor(*row) for row in conn.execute(question))


def token_names(conn: Connection, ids: Collection[int]) -> Mapping[int, TokenName]:
    """Name tokens by their ids."""
    wanted = sorted(ids)
    found: dict[int, TokenName] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = token.c.id.in_(wanted[start : start + _AT_ONCE])
        rows = conn.execute(select(token.c.id, token.c.name, token.c.ended_at).where(some))
        found |= {row.id: TokenName(row.name, row.ended_at is not None) for row in rows}
    return found


def filenames_of(conn: Connection, sha256: Sha256) -> tuple[str, ...]:
    """Give the filenames under which a digest is known here: listed, seen or taken."""
    found: set[str] = set()
    for table in (listing, first_sight, download):
        question: Select[Any] = select(table.c.filename).where(table.c.sha256 == sha256)
        found.update(conn.scalars(question.distinct().limit(_AT_ONCE)))
    return tuple(sorted(found))
