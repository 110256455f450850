"""Yanks (PEP 592): of our own saying, and as external indexes tell them of what we list.

A yank of our own saying has a moment (`yanked_at`). One that came with the file, or that its
origin told later, has none. Whenever a listing's yank changes, what it was is kept, so that a
view of the feed at a date stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from packaging.version import Version
from sqlalchemy import ColumnElement, Connection, case, exists, insert, select, update

from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.store import project_lists
from affineur.store.schema import connector, feed, listing, past_yank, snapshot


@dataclass(frozen=True, slots=True)
class Standing:
    """A current listing, as far as yanks are concerned."""

    id: int
    feed: FeedName
    project: ProjectName
    filename: str
    version: Version
    sha256: Sha256
    yanked: str | None
    is_own_saying: bool
    """Whether somebody here yanked it, so that no origin has a say in it."""
    is_upload: bool


def standing(conn: Connection, project: ProjectName) -> tuple[Standing, ...]:
    """Give the current listings of a project in all feeds, oldest first."""
    question = (
        select(listing, feed.c.name.label("feed_name"))
        .join(feed, feed.c.id == listing.c.feed_id)
        .where(listing.c.project == project, listing.c.ended_at.is_(None))
        .order_by(listing.c.id)
    )
    return tuple(
        Standing(
            row.id,
            FeedName(row.feed_name),
            project,
            row.filename,
            Version(row.version),
            Sha256(row.sha256),
            row.yanked,
            row.yanked_at is not None,
            row.is_upload,
        )
        for row in conn.execute(question)
    )


def yank(
    conn: Connection,
    now: datetime,
    files: Sequence[Standing],
    reason: str | None,
    *,
    is_own_saying: bool,
) -> None:
    """Yank listings, or with None take that back; what was said until now is kept."""
    past = [
        {"listing_id": one.id, "until_at": now, "was": one.yanked}
        for one in files
        if one.yanked != reason
    ]
    if past:
        conn.execute(insert(past_yank), past)
    values = {"yanked": reason, "yanked_at": now if is_own_saying else None}
    ids = [one.id for one in files]
    conn.execute(update(listing).where(listing.c.id.in_(ids)).values(**values))
    rows = conn.execute(select(listing.c.feed_id, listing.c.project).where(listing.c.id.in_(ids)))
    project_lists.refresh(conn, [(row.feed_id, row.project) for row in rows])


def reason_at(moment: datetime) -> ColumnElement[Any]:  # Any: text or null
    """Give the expression for how a listing was yanked at a moment, beside the listing's columns.

    It was as it was until the first change after that moment; without one, as it is now.
    """
    later = (past_yank.c.listing_id == listing.c.id) & (past_yank.c.until_at > moment)
    first = select(past_yank.c.was).where(later).order_by(past_yank.c.until_at, past_yank.c.id)
    was = first.limit(1).correlate(listing).scalar_subquery()
    return case((exists().where(later).correlate(listing), was), else_=listing.c.yanked)


def told(conn: Connection, project: ProjectName) -> dict[tuple[str, str], str | None]:
    """Say what external indexes tell now: by filename and digest, the reason or None.

    A file that one of them yanks is yanked, whatever the others say.
    """
    question = (
        select(snapshot.c.files)
        .join(connector, connector.c.id == snapshot.c.connector_id)
        .where(snapshot.c.project == project, connector.c.ended_at.is_(None))
        .order_by(snapshot.c.connector_id)
    )
    found: dict[tuple[str, str], str | None] = {}
    for files in conn.scalars(question):
        for one in files:
            key = one["filename"], one.get("sha256", "")
            if found.get(key) is None:
                found[key] = one.get("yanked")
    return found
