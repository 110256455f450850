"""What was listed last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version
from sqlalchemy import Connection, func, select

from affineur.core.names import FeedName, ProjectName
from affineur.store.schema import feed, listing

_DEEPEST = 20_000
"""How many of the last listings are looked at: feeds in which nothing happens cost no search."""


@dataclass(frozen=True, slots=True)
class LatestFile:
    """A file that was listed lately."""

    feed: FeedName
    project: ProjectName
    version: Version
    listed_at: datetime
    is_upload: bool


def listed_last(conn: Connection, feed_ids: Sequence[int], limit: int) -> tuple[LatestFile, ...]:
    """Give the files that were listed last in some feeds and still stand there, newest first."""
    newest = conn.execute(select(func.max(listing.c.id))).scalar_one() or 0
    question = (
        select(
            feed.c.name,
            listing.c.project,
            listing.c.version,
            listing.c.listed_at,
            listing.c.is_upload,
        )
        .join(feed, feed.c.id == listing.c.feed_id)
        .where(
            listing.c.id > newest - _DEEPEST,
            listing.c.feed_id.in_(feed_ids),
            listing.c.ended_at.is_(None),
        )
        .order_by(listing.c.id.desc())
        .limit(limit)
    )
    return tuple(
        LatestFile(
            FeedName(row.name),
            ProjectName(row.project),
            Version(row.version),
            row.listed_at,
            row.is_upload,
        )
        for row in conn.execute(question)
    )
