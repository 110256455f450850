"""Serving: pages, files and core metadata, all through one door.

Whatever is asked for is looked up on the page of its project in that feed. What the page
withholds is refused with its reason; what it hides, or does not have, does not exist.

A page that is known is given at once, however old it is, and external indexes are asked again
behind it. Only a page that nobody could answer for is waited for, within a limit, and then
`UpstreamTrouble` says when to try again: that a project does not exist is said only by who
was asked. The server's own work, vetting and resolving, waits for what indexes say now.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from affineur.core.errors import NotFound, Refused, UpstreamTrouble
from affineur.core.files import Filename, IndexFile
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Entry, Page, Show, Withholding
from affineur.core.permissions import Actor
from affineur.core.usage import UNKNOWN, Lack, lack, version_text
from affineur.core.views import View
from affineur.services import cache, snapshots
from affineur.services.feeds import require_readable
from affineur.services.gear import Gear
from affineur.services.metadata import metadata_of
from affineur.services.pages import Composed, Wanted, compose, may_be_asked
from affineur.services.provenance import provenance_of
from affineur.store import feeds as feed_store
from affineur.store.snapshots import Key

_COST_OF_A_ROW = 20
"""How many names that nobody has may be asked for instead of one that is kept in the database."""
_PATIENCE_S = 3.0
"""How long at most a client waits when there are files to give already: they may be all."""


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
    """Core metadata, or a provenance, that may be sent."""

    body: bytes
    is_final: bool
    """Whether it is ours: read in the wheel itself, or kept with the file."""
    until: datetime | None = None
    """When time alone may change whether it is given."""
    lack: Lack | None = None
    """Why the file itself is not given; None when it is."""


class Withheld(Refused):
    """A file is kept back, and the client is told why."""

    def __init__(self, feed: FeedName | View, name: Filename, withheld: Withholding) -> None:
        super().__init__(
            f"{name.project} {name.version} is withheld from '{feed}': {withheld.reason}",
            hint=f"More: affineur why {name.project}=={name.version}",
            code=withheld.rule,
        )
        self.version = version_text(name.version)
        self.lack = lack(withheld)


class NoFile(NotFound):
    """There is no such file, or it is hidden: both look alike, but `lack` tells it to us."""

    def __init__(
        self, feed: FeedName | View, wanted: tuple[Sha256, str], hidden: Lack | None
    ) -> None:
        sha256, filename = wanted
        super().__init__(f"There is no {filename} with sha256 {sha256[:12]}… in '{feed}'.")
        self.version = version_text(Filename.parse(filename).version)
        self.lack = hidden


class NoProject(NotFound):
    """Nobody has such a project."""

    def __init__(self, feed: FeedName | View, project: ProjectName) -> None:
        super().__init__(
            f"Nobody knows a project '{project}' in '{feed}'.",
            hint="Check the spelling; a new project's page may need a minute to appear.",
        )
        self.version = ""
        self.lack = Lack(UNKNOWN, self.message)


async def page(gear: Gear, actor: Actor, feed: FeedName | View, project: ProjectName) -> Page:
    """Give the page of a project, at once if it is known; raise `NotFound` when nobody knows it.

    Raise `UpstreamTrouble` when an external index would have to be asked and does not answer.
    """
    return await _page(gear, actor, feed, project)


async def page_for_server(gear: Gear, feed: FeedName, project: ProjectName) -> Page:
    """Give the page for the server's own work: as external indexes give it now, if they do."""
    return await _page(gear, None, feed, project)


async def file(
    gear: Gear, actor: Actor, feed: FeedName | View, sha256: Sha256, filename: str
) -> ServedFile:
    """Give a file to send; raise `Refused` with the reason when it is withheld."""
    entry, until = await entry_of(gear, actor, feed, (sha256, filename))
    _refuse_withheld(entry, feed)
    if await asyncio.to_thread(cache.is_held, gear, sha256):
        if entry.origin.connector_id is not None:
            cache.used(gear, sha256)
        size = await asyncio.to_thread(gear.blobs.size_bytes, sha256)
        path = gear.blobs.local_path(sha256)
        chunks = None if path else gear.blobs.stream(sha256, 0, size)
        return ServedFile(entry.file, size, path, chunks, until)
    if entry.origin.connector_id is None:
        raise NotFound(f"The bytes of {filename} are missing.", hint="Run: affineur fsck")
    await _refuse_asking_for_the_past(gear, feed, entry)
    flight = await _first_bytes(gear, entry.origin.connector_id, entry.file)
    return ServedFile(entry.file, flight.size_bytes, None, cache.follow(flight))


async def _first_bytes(gear: Gear, connector_id: int, file: IndexFile) -> cache.Flight:
    """Wait until a file is on its way, no longer than clients do; the fetch goes on behind."""
    fetch = cache.fetch(gear, connector_id, file)
    try:
        return await asyncio.wait_for(fetch, gear.settings.unknown_wait_s)
    except TimeoutError as error:
        name = file.filename.text
        message = f"The external index has not given anything of {name} yet."
        raise UpstreamTrouble(message, hint="Try again in a moment.", retry_after_s=2) from error


async def core_metadata(
    gear: Gear, actor: Actor, feed: FeedName | View, sha256: Sha256, filename: str
) -> ServedMetadata:
    """Give the METADATA of a wheel, also of one that is withheld and explained."""
    entry, until = await entry_of(gear, actor, feed, (sha256, filename))
    if not await asyncio.to_thread(gear.blobs.has, sha256):
        await _refuse_asking_for_the_past(gear, feed, entry)
    found = await metadata_of(gear, entry)
    why = None if entry.withheld is None else lack(entry.withheld)
    return ServedMetadata(found.body, is_final=found.is_final, until=until, lack=why)


async def provenance(
    gear: Gear, actor: Actor, feed: FeedName | View, sha256: Sha256, filename: str
) -> ServedMetadata:
    """Give the provenance of a file, also of one that is withheld and explained."""
    entry, until = await entry_of(gear, actor, feed, (sha256, filename))
    if entry.file.provenance_sha256 is None:
        await _refuse_asking_for_the_past(gear, feed, entry)
    found = await provenance_of(gear, entry)
    return ServedMetadata(found.body, is_final=found.is_final, until=until)


async def _page(
    gear: Gear, actor: Actor | None, feed: FeedName | View, project: ProjectName
) -> Page:
    composed = await _compose(gear, actor, feed, project)
    wait = _Wait(gear, project, is_past=isinstance(feed, View))
    wants_fresh = actor is None or actor.wants_fresh
    while lacking := wait.not_asked(composed.outdated if wants_fresh else composed.unsure):
        await wait.ask(lacking, is_short=composed.page.is_known and not wants_fresh)
        composed = await _compose(gear, actor, feed, project)
    snapshots.refresh_behind(gear, wait.not_asked(composed.outdated))
    if composed.page.is_known:
        return composed.page
    wait.refuse_guessing(composed.unsure)
    raise NoProject(feed, project)


@dataclass(slots=True)
class _Wait:
    """What was asked of external indexes so far for one answer, and what came of it."""

    gear: Gear
    project: ProjectName
    is_past: bool
    """Whether it is about a view of the past, which must say the same for ever."""
    asked: set[Key] = field(default_factory=set)
    trouble: UpstreamTrouble | None = None
    began: float = field(default_factory=time.monotonic)

    def not_asked(self, keys: Sequence[Key]) -> list[Key]:
        """Leave out what was asked."""
        return [key for key in keys if key not in self.asked]

    async def ask(self, keys: Sequence[Key], *, is_short: bool = False) -> None:
        """Ask, and wait as long as is left."""
        now = self.gear.clock.now()
        crowd_s = self.gear.outside.unknown.wait_s(now)
        if crowd_s > 0 and not is_short:
            raise UpstreamTrouble(
                "Too many projects that nobody has were asked for lately.",
                hint="Projects that were asked for before are still served.",
                retry_after_s=crowd_s,
            )
        patience_s = self.gear.settings.unknown_wait_s
        limit_s = min(_PATIENCE_S, patience_s) if is_short else patience_s
        left_s = self.began + limit_s - time.monotonic()
        self.asked.update(keys)
        trouble = await snapshots.refresh(self.gear, keys, left_s, for_good=self.is_past)
        self.trouble = trouble or self.trouble

    def refuse_guessing(self, unsure: Sequence[Key]) -> None:
        """Raise `UpstreamTrouble` while somebody could still have it; else it does not exist."""
        if unsure:
            message = f"Nobody could be asked about '{self.project}' now."
            raise self.trouble or UpstreamTrouble(message)
        if self.asked:
            outside = self.gear.outside
            cost = _COST_OF_A_ROW if self.is_past else 1
            outside.unknown = outside.unknown.spend(self.gear.clock.now(), cost)


async def _compose(
    gear: Gear, actor: Actor | None, feed: FeedName | View, what: ProjectName | Filename
) -> Composed:
    def ask() -> Composed:
        with gear.db.reading() as conn:
            return _compose_now(conn, gear, actor, feed, what)

    return await gear.compose(ask)


def _compose_now(
    conn: Connection,
    gear: Gear,
    actor: Actor | None,
    feed: FeedName | View,
    what: ProjectName | Filename,
) -> Composed:
    name, at = _view(feed)
    found = feed_store.load(conn, name) if actor is None else require_readable(conn, actor, name)
    if found is None:
        raise NotFound(f"There is no feed '{name}'.")
    project, filename = (what.project, what.text) if isinstance(what, Filename) else (what, None)
    wanted = Wanted(found, project, filename, gear.outside.missing(project), at)
    return compose(conn, gear.settings, gear.clock.now(), wanted)


def _view(feed: FeedName | View) -> tuple[FeedName, datetime | None]:
    return (feed.feed, feed.at) if isinstance(feed, View) else (feed, None)


async def entry_of(
    gear: Gear, actor: Actor, feed: FeedName | View, wanted: tuple[Sha256, str]
) -> tuple[Entry, datetime | None]:
    """Find a file on its page, and until when it stands there so.

    An external index is asked only when the page lacks the file.
    """
    name = Filename.parse(wanted[1])
    composed = await _compose(gear, actor, feed, name)
    found = _visible(composed.page, wanted)
    wait = _Wait(gear, name.project, is_past=isinstance(feed, View))
    while found is None and (lacking := wait.not_asked(composed.outdated)):
        await wait.ask(lacking)
        composed = await _compose(gear, actor, feed, name)
        found = _visible(composed.page, wanted)
    if found is not None:
        return found, composed.page.changes_at
    if not composed.page.entries:
        wait.refuse_guessing(composed.absent + composed.lapsed)
    raise NoFile(feed, wanted, _hidden(composed.page, wanted))


async def _refuse_asking_for_the_past(gear: Gear, feed: FeedName | View, entry: Entry) -> None:
    """Refuse to send a name out of the house that today's rules keep in it."""
    name = entry.file.filename
    is_past = _view(feed)[1] is not None
    if is_past and not await gear.db.read(may_be_asked, entry.origin, name.project):
        raise NotFound(
            f"{name.text} was in '{feed}', but its bytes are not here, and its origin may not be "
            "asked for them any more."
        )


def _visible(page: Page, wanted: tuple[Sha256, str]) -> Entry | None:
    """Give the entry of that name and digest, unless it is hidden; both look alike."""
    entry = _exact(page, wanted)
    is_hidden = entry is not None and _hidden(page, wanted) is not None
    return None if is_hidden else entry


def _hidden(page: Page, wanted: tuple[Sha256, str]) -> Lack | None:
    """Say why the file of that name and digest is hidden, if it is."""
    entry = _exact(page, wanted)
    withheld = None if entry is None else entry.withheld
    return lack(withheld) if withheld is not None and withheld.show is Show.HIDE else None


def _exact(page: Page, wanted: tuple[Sha256, str]) -> Entry | None:
    sha256, filename = wanted
    entry = page.find(filename)
    return None if entry is None or entry.file.sha256 != sha256 else entry


def _refuse_withheld(entry: Entry, feed: FeedName | View) -> None:
    if entry.withheld is not None:
        raise Withheld(feed, entry.file.filename, entry.withheld)
