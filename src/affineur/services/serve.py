"""Serving: pages, files and core metadata, all through one door.

Whatever is asked for is looked up on the page of its project in that feed. What the page
withholds is refused with its reason; what it hides, or does not have, does not exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from affineur.core.errors import NotFound, Refused, UpstreamTrouble
from affineur.core.feeds import Feed
from affineur.core.files import Filename, IndexFile
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Entry, Page, Show
from affineur.core.permissions import Actor
from affineur.services import cache, snapshots
from affineur.services.feeds import require_readable
from affineur.services.gear import Gear
from affineur.services.metadata import metadata_of
from affineur.services.pages import Composed, Wanted, compose
from affineur.store import feeds as feed_store
from affineur.store import listings
from affineur.store.snapshots import Key

_PATIENCE_S = 3.0
"""How long a client waits for an external index when its last good page is there."""


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file that may be sent: as a local file, or as bytes that are just being fetched."""

    file: IndexFile
    size_bytes: int | None
    path: Path | None = None
    chunks: AsyncIterator[bytes] | None = None
    until: datetime | None = None
    """When time alone may change whether it is served."""


@dataclass(frozen=True, slots=True)
class ServedMetadata:
    """Core metadata that may be sent."""

    body: bytes
    is_final: bool
    """Whether it was read in the wheel itself, which we hold."""
    until: datetime | None = None
    """When time alone may change whether it is given."""


async def page(gear: Gear, actor: Actor, feed: FeedName, project: ProjectName) -> Page:
    """Give the page of a project; raise `NotFound` when nobody knows it.

    Raise `UpstreamTrouble` when an external index would have to be asked and does not answer.
    """
    return await _page(gear, actor, feed, project)


async def page_for_server(gear: Gear, feed: FeedName, project: ProjectName) -> Page:
    """Give the same page, for the server's own work: vetting and resolving on somebody's behalf."""
    return await _page(gear, None, feed, project)


async def project_names(gear: Gear, actor: Actor, feed: FeedName) -> tuple[ProjectName, ...]:
    """Give the projects with files in the feed or in feeds that it connects to."""
    return await gear.db.read(_project_names, actor, feed)


async def file(
    gear: Gear, actor: Actor, feed: FeedName, sha256: Sha256, filename: str
) -> ServedFile:
    """Give a file to send; raise `Refused` with the reason when it is withheld."""
    entry, until = await _entry(gear, actor, feed, (sha256, filename))
    _refuse_withheld(entry, feed)
    if await asyncio.to_thread(gear.blobs.has, sha256):
        size = await asyncio.to_thread(gear.blobs.size_bytes, sha256)
        path = gear.blobs.local_path(sha256)
        chunks = None if path else gear.blobs.stream(sha256, 0, size)
        return ServedFile(entry.file, size, path, chunks, until)
    if entry.origin.connector_id is None:
        raise NotFound(f"The bytes of {filename} are missing.", hint="Run: affineur fsck")
    flight = await cache.fetch(gear, entry.origin.connector_id, entry.file)
    return ServedFile(entry.file, flight.size_bytes, None, cache.follow(flight))


async def core_metadata(
    gear: Gear, actor: Actor, feed: FeedName, sha256: Sha256, filename: str
) -> ServedMetadata:
    """Give the METADATA of a wheel, also of one that is withheld and explained."""
    entry, until = await _entry(gear, actor, feed, (sha256, filename))
    found = await metadata_of(gear, entry)
    return ServedMetadata(found.body, is_final=found.is_final, until=until)


async def _page(gear: Gear, actor: Actor | None, feed: FeedName, project: ProjectName) -> Page:
    composed = await _compose(gear, actor, feed, project)
    trouble = None
    asked: set[Key] = set()
    while wanting := _unasked(composed, asked):
        wait_s = gear.settings.upstream_timeout_s if composed.absent else _PATIENCE_S
        trouble = await snapshots.refresh(gear, wanting, wait_s)
        asked.update(wanting)
        composed = await _compose(gear, actor, feed, project)
    if composed.page.is_known:
        return composed.page
    if composed.absent:
        raise trouble or UpstreamTrouble(f"Nobody could be asked about '{project}' now.")
    raise _unknown(feed, project)


async def _compose(
    gear: Gear, actor: Actor | None, feed: FeedName, what: ProjectName | Filename
) -> Composed:
    def ask() -> Composed:
        with gear.db.reading() as conn:
            return _compose_now(conn, gear, actor, feed, what)

    return await gear.compose(ask)


def _compose_now(
    conn: Connection, gear: Gear, actor: Actor | None, feed: FeedName, what: ProjectName | Filename
) -> Composed:
    found = feed_store.load(conn, feed) if actor is None else require_readable(conn, actor, feed)
    if found is None:
        raise NotFound(f"There is no feed '{feed}'.")
    if isinstance(what, Filename):
        wanted = Wanted(found, what.project, what.text)
    else:
        wanted = Wanted(found, what)
    return compose(conn, gear.settings, gear.clock.now(), wanted)


async def _entry(
    gear: Gear, actor: Actor, feed: FeedName, wanted: tuple[Sha256, str]
) -> tuple[Entry, datetime | None]:
    """Find a file on its page, and until when it stands there so.

    An external index is asked only when the page lacks the file.
    """
    sha256, filename = wanted
    name = Filename.parse(filename)
    composed = await _compose(gear, actor, feed, name)
    found = _visible(composed.page, wanted)
    trouble = None
    asked: set[Key] = set()
    while found is None and (wanting := _unasked(composed, asked)):
        trouble = await snapshots.refresh(gear, wanting, _PATIENCE_S)
        asked.update(wanting)
        composed = await _compose(gear, actor, feed, name)
        found = _visible(composed.page, wanted)
    if found is not None:
        return found, composed.page.changes_at
    if composed.absent and not composed.page.entries:
        raise trouble or UpstreamTrouble(f"Nobody could be asked about '{name.project}' now.")
    raise NotFound(f"There is no {filename} with sha256 {sha256[:12]}… in '{feed}'.")


def _unasked(composed: Composed, asked: set[Key]) -> list[Key]:
    """Whose answers would make the page fresh, and were not asked for yet."""
    return [key for key in composed.absent + composed.stale if key not in asked]


def _visible(page: Page, wanted: tuple[Sha256, str]) -> Entry | None:
    """Give the entry of that name and digest, unless it is hidden; both look alike."""
    sha256, filename = wanted
    entry = page.find(filename)
    if entry is None or entry.file.sha256 != sha256:
        return None
    is_hidden = entry.withheld is not None and entry.withheld.show is Show.HIDE
    return None if is_hidden else entry


def _refuse_withheld(entry: Entry, feed: FeedName) -> None:
    if entry.withheld is not None:
        name = entry.file.filename
        raise Refused(
            f"{name.project} {name.version} is withheld from '{feed}': {entry.withheld.reason}",
            hint=f"More: affineur why {name.project}=={name.version}",
            code=entry.withheld.rule,
        )


def _project_names(conn: Connection, actor: Actor, feed: FeedName) -> tuple[ProjectName, ...]:
    feeds = {one.name: one for one in feed_store.load_all(conn)}
    start = require_readable(conn, actor, feed)
    return listings.project_names(conn, [one.id for one in _reached(start, feeds)])


def _reached(start: Feed, feeds: dict[FeedName, Feed]) -> list[Feed]:
    """Give the feed and all feeds that it connects to."""
    reached = {start.name: start}
    waiting = [start]
    while waiting:
        for connector in waiting.pop().connectors:
            target = feeds.get(connector.target) if connector.target else None
            if target is not None and target.name not in reached:
                reached[target.name] = target
                waiting.append(target)
    return list(reached.values())


def _unknown(feed: FeedName, project: ProjectName) -> NotFound:
    return NotFound(
        f"Nobody knows a project '{project}' in '{feed}'.",
        hint="Check the spelling; a new project's page may need a minute to appear.",
    )
