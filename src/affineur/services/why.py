"""Why: of each file of a project, whether a feed serves it, by whose decision, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.feeds import Feed
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Entry
from affineur.core.permissions import Actor
from affineur.services import serve
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import listings
from affineur.store.listings import Listed


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """The answer for one file."""

    filename: str
    version: str
    sha256: str | None
    served: bool
    rule: str | None
    reason: str
    approved_by: str | None = None
    approved_at: datetime | None = None
    request_id: int | None = None


async def why(
    gear: Gear, actor: Actor, feed: FeedName, project: ProjectName, version: Version | None
) -> tuple[FileAnswer, ...]:
    """Give the answer for each file that the actor may know of, newest version first."""
    page = await serve.page(gear, actor, feed, project)
    entries = [one for one in page.listed if version in (None, one.file.filename.version)]
    origins = {one.origin.feed for one in entries}
    known = await gear.db.read(_listed, origins, project)
    entries.sort(key=lambda one: one.file.filename.text)
    entries.sort(key=lambda one: one.file.filename.version, reverse=True)
    return tuple(
        _answer(one, known.get((one.origin.feed, one.file.filename.text))) for one in entries
    )


def _listed(
    conn: Connection, names: set[FeedName], project: ProjectName
) -> dict[tuple[FeedName, str], Listed]:
    feeds: list[Feed] = [one for one in feed_store.load_all(conn) if one.name in names]
    return {
        (feed.name, one.filename): one
        for feed in feeds
        for one in listings.listed(conn, feed.id, project)
    }


def _answer(entry: Entry, listed: Listed | None) -> FileAnswer:
    file = entry.file
    if entry.withheld is not None:
        reason = entry.withheld.reason
    elif listed is None:
        reason = f"comes through a connector of '{entry.origin.feed}'"
    else:
        reason = listed.comment or f"listed in '{entry.origin.feed}'"
    return FileAnswer(
        filename=file.filename.text,
        version=str(file.filename.version),
        sha256=file.sha256,
        served=entry.withheld is None,
        rule=entry.withheld.rule if entry.withheld else None,
        reason=reason,
        approved_by=listed.listed_by if listed else None,
        approved_at=listed.listed_at if listed else None,
        request_id=listed.request_id if listed else None,
    )
