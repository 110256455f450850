"""The list of a feed's projects: searched, filtered, sorted, and given page by page.

It names what the feed's index lists (`services.roots`), with what is good to know of each; of
external indexes, though, only what they were asked for: nobody needs a list of everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.blocks import Block
from affineur.core.errors import BadInput, NotFound
from affineur.core.feeds import Feed
from affineur.core.names import FeedName, NamePattern, ProjectName
from affineur.core.pages import Entry, Page
from affineur.core.permissions import Actor, Permission
from affineur.core.project_lists import (
    Key,
    Known,
    Node,
    Place,
    Reach,
    Shown,
    Sort,
    Source,
    Wanted,
    key_of,
    read_cursor,
    shown,
    write_cursor,
)
from affineur.services import serve
from affineur.services.feeds import readable, require_readable
from affineur.services.gear import Gear
from affineur.store import blocks, project_questions
from affineur.store import feeds as feed_store

MOST_LISTED = 500
_MOST_ROUNDS = 25
_LARGEST_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A project in a feed's list."""

    shown: Shown
    blocked: str | None
    """Why all of it is blocked, or a part of it."""
    is_wholly_blocked: bool
    downloads: int
    """How often its files were sent through the feed in 30 days."""


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """One page of a feed's list."""

    projects: tuple[Listed, ...]
    next: str | None
    """Where the next page begins; None when there is none."""
    counts: Mapping[Source, int]
    """How many projects there are behind the feed, whether wanted here or not."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a feed knows of one name, external indexes asked where that is allowed."""

    project: ProjectName
    page: Page
    is_of_the_house: bool
    """Whether nobody outside may be asked for it: somebody here owns the name."""

    @property
    def newest_served(self) -> Version | None:
        """The newest version of which a file is served."""
        return _newest(self.page.served)

    @property
    def newest_known(self) -> Version | None:
        """The newest version of which a file is listed, served or not."""
        return _newest(self.page.listed)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why files are not served, each reason once."""
        withheld = (one.withheld for one in self.page.listed if one.withheld is not None)
        return tuple(dict.fromkeys(one.reason for one in withheld))


def listed(gear: Gear, actor: Actor, name: FeedName, wanted: Wanted) -> ProjectPage:
    """Give a page of a feed's list of projects."""
    if not 1 <= wanted.limit <= MOST_LISTED:
        raise BadInput(f"A page of a list has 1 to {MOST_LISTED} projects.")
    with gear.db.reading() as conn:
        feed = require_readable(conn, actor, name)
        look = _look(conn, feed, wanted)
        found, end = look.page() if wanted.can_match else ([], None)
        names = [one.row.project for one in found]
        blocking = _blocks(conn, actor, names)
        used = project_questions.uses(conn, feed.id, names)
        rows = tuple(_listed(one, blocking, used) for one in found)
        return ProjectPage(rows, end, look.counts())


def counted(gear: Gear, actor: Actor) -> Mapping[FeedName, Mapping[Source, int]]:
    """Count the projects behind each feed that the actor may read, by where they are from."""
    with gear.db.reading() as conn:
        feeds = {one.name: one for one in feed_store.load_all(conn)}
        seen = {name: _sources(node_of(feeds, one)) for name, one in feeds.items()}
        readable_ones = [name for name, one in feeds.items() if readable(actor, one)]
        places = {place for name in readable_ones for place in seen[name]}
        counts = project_questions.counts(conn, sorted(places))
    return {name: _by_source(seen[name], counts) for name in readable_ones}


async def look_up(gear: Gear, actor: Actor, name: FeedName, project: ProjectName) -> LookedUp:
    """Find out what a feed has of one name, asking external indexes as an install would.

    A name that somebody here owns, or reserves, is never asked for outside. Raises `NotFound`
    when nobody knows it, `UpstreamTrouble` when an index would have to answer and does not.
    """
    page = await serve.page(gear, actor, name, project)
    owners = await gear.db.read(feed_store.owners, project)
    if not page.listed:
        raise NotFound(f"Nobody knows a project '{project}' in '{name}'.")
    return LookedUp(project, page, bool(owners))


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at a list, in one consistent view of the database."""

    conn: Connection
    feed: Feed
    node: Node
    reserved: tuple[NamePattern, ...]
    wanted: Wanted
    hidden: frozenset[ProjectName]
    """Projects that nobody may know of: blocked whole, as malware."""
    only: frozenset[str] | None
    """The names that are blocked, when only those are wanted."""

    def page(self) -> tuple[list[Shown], str | None]:
        """Collect what is shown until the page is full; say where it ends.

        A list of which nearly nothing is shown ends a page early, so that no look takes long.
        """
        found: list[tuple[Key, Shown]] = []
        after = read_cursor(self.wanted.after) if self.wanted.after else None
        most = self.wanted.limit
        size = most + 1
        for _round in range(_MOST_ROUNDS):
            keys, is_last = self._batch(after, size)
            found += self._among(keys)
            if len(found) > most:
                return [one for _key, one in found[:most]], write_cursor(found[most - 1][0])
            if is_last:
                return [one for _key, one in found], None
            after, size = keys[-1], min(2 * size, _LARGEST_BATCH)
        return [one for _key, one in found], None if after is None else write_cursor(after)

    def counts(self) -> Mapping[Source, int]:
        """Count the projects of each source, as they are kept there."""
        sources = _sources(self.node)
        return _by_source(sources, project_questions.counts(self.conn, list(sources)))

    def _batch(self, after: Key | None, size: int) -> tuple[list[Key], bool]:
        """Give the keys behind one, in order, and whether there are no more."""
        if self.wanted.sort is Sort.DOWNLOADS:
            used = project_questions.most_used(self.conn, self.feed.id, self.wanted, after, size)
            return list(used), len(used) < size
        keys: set[Key] = set()
        full: list[Key] = []
        for place in self._places():
            rows = project_questions.rows(self.conn, place, self.wanted, after, size, self.only)
            keys.update(key_of(self.wanted, row) for row in rows)
            if len(rows) == size:
                full.append(key_of(self.wanted, rows[-1]))
        horizon = min(full, default=None)
        return sorted(key for key in keys if horizon is None or key <= horizon), not full

    def _places(self) -> list[Place]:
        sources = _sources(self.node)
        return [one for one in sources if self.wanted.source in {None, sources[one]}]

    def _among(self, keys: Sequence[Key]) -> Iterator[tuple[Key, Shown]]:
        """Give those of some keys whose projects are shown just there, with how."""
        names = [name for _number, name in keys if name not in self.hidden]
        connectors = [one.connector_id for one in self.node.places if one.connector_id]
        rows = project_questions.rows_of(self.conn, connectors, names)
        known = Known(rows, self.reserved)
        for key in keys:
            one = shown(self.node, known, ProjectName(key[1]))
            if one is not None and self._fits(key, one):
                yield key, one

    def _fits(self, key: Key, one: Shown) -> bool:
        """Whether it is wanted, and stands at this key rather than at another one."""
        wanted, row = self.wanted, one.row
        since = wanted.changed_since
        return (
            key_of(wanted, row, -key[0]) == key
            and wanted.source in {None, one.source}
            and (not wanted.has_findings or bool(row.severity))
            and (not wanted.is_yanked or row.yanked > 0)
            and (self.only is None or row.project in self.only)
            and (since is None or row.changed_at >= since)
        )


def _newest(entries: Sequence[Entry]) -> Version | None:
    """Give the newest version, a final one if there is any."""
    versions = [one.file.filename.version for one in entries]
    return max(versions, key=lambda one: (not one.is_prerelease, one), default=None)


def _look(conn: Connection, feed: Feed, wanted: Wanted) -> _Look:
    feeds = {one.name: one for one in feed_store.load_all(conn)}
    reserved = tuple(pattern for one in feeds.values() for pattern in one.reserved)
    only = project_questions.blocked_names(conn) if wanted.is_blocked else None
    hidden = blocks.hidden_projects(conn)
    return _Look(conn, feed, node_of(feeds, feed), reserved, wanted, hidden, only)


def node_of(feeds: Mapping[FeedName, Feed], feed: Feed, path: tuple[FeedName, ...] = ()) -> Node:
    """Give a feed with all that it reads, a feed that reads itself cut off."""
    beyond = (*path, feed.name)
    reaches = []
    for one in feed.connectors:
        target = feeds.get(one.target) if one.target else None
        if target is not None and target.name not in beyond:
            reaches.append(Reach(one.name, one.filters, node_of(feeds, target, beyond)))
        elif one.is_external:
            reaches.append(Reach(one.name, one.filters, Place(connector_id=one.id)))
    source = Source.FEED if feed.source is None else Source.REVIEWED
    return Node(Place(feed.id), feed.reserved, feed.merge, source, tuple(reaches))


def _sources(node: Node, source: Source = Source.OWN) -> dict[Place, Source]:
    """Say of each place behind a feed what its projects are to the feed's readers."""
    found = {node.place: source}
    for reach in node.reaches:
        further = (
            {reach.to: Source.OUTSIDE}
            if isinstance(reach.to, Place)
            else _sources(reach.to, reach.to.source)
        )
        found = further | found  # the first way to a place counts
    return found


def _by_source(
    sources: Mapping[Place, Source], counts: Mapping[Place, int]
) -> Mapping[Source, int]:
    found: dict[Source, int] = {}
    for place, source in sources.items():
        found[source] = found.get(source, 0) + counts[place]
    return found


def _blocks(
    conn: Connection, actor: Actor, names: Sequence[ProjectName]
) -> Mapping[ProjectName, Block]:
    """Give the widest block of each project; of malware only to those who may block."""
    found: dict[ProjectName, Block] = {}
    for one in blocks.of_projects(conn, names):
        if one.is_malware and not actor.may(Permission.BLOCK):
            continue
        known = found.get(one.project)
        if known is None or (one.version is None and one.sha256 is None):
            found[one.project] = one
    return found


def _listed(
    one: Shown, blocking: Mapping[ProjectName, Block], used: Mapping[ProjectName, int]
) -> Listed:
    block = blocking.get(one.row.project)
    is_whole = block is not None and block.version is None and block.sha256 is None
    reason = None if block is None else block.reason
    return Listed(one, reason, is_whole, used.get(one.row.project, 0))
