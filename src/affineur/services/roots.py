"""The list of all projects of a feed: its own names, and those of the indexes behind it.

The lists of external indexes are large, and asked for by few. They are fetched when somebody
wants one, and kept as blobs; who comes first waits for a while, and everybody after that gets
the last one, while a newer one is fetched behind when it has grown old.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from affineur.core.errors import DomainError, UpstreamTrouble
from affineur.core.feeds import Feed
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.permissions import Actor
from affineur.core.ports import Missing, NameList, NotModified, Site
from affineur.core.roots import Part, Root, Sieve
from affineur.core.views import View
from affineur.services.feeds import require_readable
from affineur.services.gear import Gear
from affineur.services.outside import Trouble
from affineur.store import blocks as block_store
from affineur.store import feeds as feed_store
from affineur.store import listings, root_lists
from affineur.store.root_lists import RootList
from affineur.store.snapshots import Key

_LOG = logging.getLogger(__name__)
_REST = timedelta(seconds=30)
_ASK_SOON_S = 5.0
_ALL = ProjectName("")
"""Stands for the question about all projects, among questions about one."""
_PIECE = 1024 * 1024


# --- what the list is made of ------------------------------------------------------------


async def root(gear: Gear, actor: Actor, view: View) -> Root:
    """Say what a feed's list of all projects is made of.

    Nobody knows what external indexes listed in the past, so a view at a date lists without them.
    """
    return await gear.compose(_read_root, gear, actor, view)


def _read_root(gear: Gear, actor: Actor, view: View) -> Root:
    with gear.db.reading() as conn:
        require_readable(conn, actor, view.feed)
        feeds = {one.name: one for one in feed_store.load_all(conn, view.at)}
        walk = _Walk(conn, view.at, feeds, block_store.hidden_projects(conn))
        start = feeds.get(view.feed)
        if start is not None:
            _walk_feed(walk, start, Sieve(without=walk.hidden), ())
        return Root(view.feed, tuple(walk.parts))


@dataclass(slots=True)
class _Walk:
    """One walk over the feeds behind one."""

    conn: Connection
    at: datetime | None
    feeds: Mapping[FeedName, Feed]
    hidden: frozenset[ProjectName]
    parts: list[Part] = field(default_factory=list)
    uploaded: set[ProjectName] | None = None


def _walk_feed(walk: _Walk, feed: Feed, sieve: Sieve, path: tuple[FeedName, ...]) -> None:
    """Add a feed's own names, then what comes through its connectors."""
    walk.parts.append(Part(sieve, listings.project_names(walk.conn, [feed.id], walk.at)))
    if not feed.connectors:
        return
    ever = listings.names_ever(walk.conn, feed.id, walk.at)
    beyond = sieve.and_without(ever, feed.reserved)
    for connector in feed.connectors:
        through = beyond.through(connector.filters)
        target = walk.feeds.get(connector.target) if connector.target else None
        if target is not None and target.name not in (*path, feed.name):
            _walk_feed(walk, target, through, (*path, feed.name))
        elif connector.is_external and walk.at is None:
            walk.parts.append(Part(_out_of_the_house(walk, through), connector_id=connector.id))


def _out_of_the_house(walk: _Walk, sieve: Sieve) -> Sieve:
    """Let no name through that anybody in the house owns."""
    if walk.uploaded is None:
        walk.uploaded = listings.uploaded_names(walk.conn)
    reserved = [pattern for feed in walk.feeds.values() for pattern in feed.reserved]
    return sieve.and_without(walk.uploaded, reserved)


# --- the lists of external indexes -------------------------------------------------------


async def lists(gear: Gear, connector_ids: Collection[int]) -> Mapping[int, RootList]:
    """Give the lists of external indexes; raise `UpstreamTrouble` when one cannot be had yet."""
    known = await gear.db.read(_held, gear, connector_ids)
    lacking = [one for one in connector_ids if one not in known]
    tasks = [task for one in lacking if (task := _begin(gear, one)) is not None]
    if tasks:
        await asyncio.wait(tasks, timeout=gear.settings.unknown_wait_s)
        known = await gear.db.read(_held, gear, connector_ids)
    for one in connector_ids:
        if one not in known:
            raise _not_yet(gear, one)
        if fresh_until(gear, known[one]) <= gear.clock.now():
            _begin(gear, one)
    return known


def fresh_until(gear: Gear, one: RootList) -> datetime:
    """Say when a list is to be asked for again."""
    return one.fetched_at + timedelta(seconds=gear.settings.names_fresh_s)


def _held(conn: Connection, gear: Gear, connector_ids: Collection[int]) -> Mapping[int, RootList]:
    """Give the lists that we have; one whose blob is gone counts as none."""
    known = root_lists.root_lists(conn, connector_ids)
    return {number: one for number, one in known.items() if gear.blobs.has(one.names_sha256)}


def _begin(gear: Gear, connector_id: int) -> asyncio.Task[None] | None:
    """Ask for a list behind, or join who does; None while the index must not be asked."""
    name = f"names/{connector_id}"
    task: asyncio.Task[None] | None = gear.flights.get(name)
    if task is None:
        if gear.outside.refusal(Key(connector_id, _ALL), gear.clock.now()) is not None:
            return None
        task = asyncio.create_task(_fetch(gear, connector_id))
        gear.flights[name] = task
        task.add_done_callback(lambda _done: gear.flights.pop(name, None))
    return task


def _not_yet(gear: Gear, connector_id: int) -> UpstreamTrouble:
    refusal = gear.outside.refusal(Key(connector_id, _ALL), gear.clock.now())
    return refusal or UpstreamTrouble(
        "The external index has not given the list of its projects yet.",
        hint="Try again in a moment.",
        retry_after_s=_ASK_SOON_S,
    )


async def _fetch(gear: Gear, connector_id: int) -> None:
    """Ask for a list and keep it; whoever waits looks afterwards whether it is there."""
    key = Key(connector_id, _ALL)
    line = gear.outside.line(connector_id)
    try:
        site, etag = await gear.db.read(_before, gear, connector_id)
        line.url = site.url
        with line.pages.asking(gear.clock, site.url, "all projects"):
            await _ask(gear, connector_id, site, etag)
        gear.outside.forget_trouble(key)
    except UpstreamTrouble as error:
        _LOG.warning("%s The last list is used, if there is one.", error.message)
        gear.outside.note_trouble(key, Trouble(error, gear.clock.now() + _REST))
    except DomainError as error:
        _LOG.warning("A list of all projects was not read: %s", error.message)
    except Exception:  # noqa: BLE001  nobody above could tell it: there may be nobody
        _LOG.exception("Reading a list of all projects failed")


def _before(conn: Connection, gear: Gear, connector_id: int) -> tuple[Site, str | None]:
    known = _held(conn, gear, [connector_id]).get(connector_id)
    site = feed_store.site(conn, connector_id, gear.settings)
    return site, None if known is None else known.etag


async def _ask(gear: Gear, connector_id: int, site: Site, etag: str | None) -> None:
    with tempfile.TemporaryDirectory(prefix="names-", dir=gear.settings.data) as folder:
        names = Path(folder, "names")
        answer = await gear.upstream.names(site, names, etag)
        await asyncio.to_thread(_keep, gear, connector_id, answer, names)


def _keep(
    gear: Gear, connector_id: int, answer: NameList | NotModified | Missing, names: Path
) -> None:
    """Keep what an index listed; one that has no list lists nothing."""
    now = gear.clock.now()
    if isinstance(answer, NotModified):
        with gear.db.writing() as conn:
            root_lists.touch(conn, connector_id, now)
        return
    listed = answer if isinstance(answer, NameList) else NameList(0)
    names.touch()
    digest = _stored(gear, names)
    with gear.db.writing() as conn:
        root_lists.keep(conn, connector_id, RootList(digest, listed.count, now, listed.etag))


def _stored(gear: Gear, names: Path) -> Sha256:
    """Make a blob of a file."""
    with names.open("rb") as file, ExitStack() as opened:
        staged = gear.blobs.stage()
        opened.callback(staged.discard)
        while piece := file.read(_PIECE):
            staged.write(piece)
        return staged.commit()
