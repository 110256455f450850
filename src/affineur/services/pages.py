"""How a feed's page comes together from what the database knows, in one consistent view.

`compose` walks the feed's connectors and its source, applies every hop's filters and lays
blocks over the result. It asks nobody: external indexes speak through their snapshots, and
what must be asked again is named beside the page, for `services.serve` to see to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from affineur.config import Settings
from affineur.core import blocks as blocking
from affineur.core import feeds as rules
from affineur.core import filters
from affineur.core.blocks import Block
from affineur.core.feeds import Connector, Feed, Holding
from affineur.core.files import IndexFile
from affineur.core.names import FeedName, ProjectName
from affineur.core.pages import Entry, Origin, Page, ProjectFacts, Rule, Show, Withholding
from affineur.core.views import SETTLES
from affineur.services.malware import Malware, malware_of
from affineur.store import blocks as block_store
from affineur.store import changes, listings, sights, snapshots
from affineur.store import feeds as feed_store
from affineur.store.sights import Sight
from affineur.store.snapshots import Key, Snapshot

ASK_AGAIN = timedelta(seconds=10)
"""How long a page is given again that was made without asking its external index anew.

News that come behind change the page at once; this is for those that did not come.
"""


@dataclass(frozen=True, slots=True)
class Composed:
    """A page, and whose snapshots would have to be asked for again to make it fresh."""

    page: Page
    revision: int
    stale: tuple[Key, ...]
    """Connectors whose page of the project is old."""
    lapsed: tuple[Key, ...]
    """Connectors that said long ago that they have no such project."""
    absent: tuple[Key, ...]
    """Connectors that were never asked for the project, so that nothing behind them answers."""

    @property
    def unsure(self) -> tuple[Key, ...]:
        """Connectors without which the page must not be given: all, if it has nothing to show."""
        return self.absent if self.page.is_known else self.absent + self.lapsed + self.stale

    @property
    def outdated(self) -> tuple[Key, ...]:
        """All connectors whose answers would make the page fresh."""
        return self.absent + self.lapsed + self.stale


@dataclass(slots=True)
class _Walk:
    """One walk over the feeds: what it may look at, and what it found wanting."""

    conn: Connection
    settings: Settings
    now: datetime
    at: datetime | None
    """The moment of the view, which `now` then is, too; None for how things are."""
    project: ProjectName
    filename: str | None
    """The one file that is looked for; None for the whole page."""
    feeds: Mapping[FeedName, Feed]
    files: Mapping[FeedName, tuple[IndexFile, ...]]
    snapshots: Mapping[int, Snapshot | None]
    """By connector; None where nobody can say any more what it said at the moment of the view."""
    blocks: tuple[Block, ...]
    malware: Malware
    owners: tuple[FeedName, ...]
    missing: Mapping[int, datetime] = field(default_factory=dict)
    stale: dict[Key, None] = field(default_factory=dict)
    lapsed: dict[Key, None] = field(default_factory=dict)
    absent: dict[Key, None] = field(default_factory=dict)
    unknown: bool = False
    """Whether some connector that was passed was never asked for the project."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page is to be composed."""

    feed: Feed
    project: ProjectName
    filename: str | None = None
    """Only this file of it, for the file door: a page may have thousands."""
    missing: Mapping[int, datetime] = field(default_factory=dict)
    """When which connector said that it has no such project, as far as the database does not
    know: what nobody has is not kept there."""
    at: datetime | None = None
    """Not as it is, but as it was at this moment, which is past (decision 0013)."""


def compose(conn: Connection, settings: Settings, now: datetime, wanted: Wanted) -> Composed:
    """Give the page of a project in a feed, as the database knows it at this moment."""
    feed, project, at = wanted.feed, wanted.project, wanted.at
    said: Mapping[int, Snapshot | None]
    if at is None:
        said = snapshots.snapshots_of(conn, project, wanted.filename)
    else:
        said = snapshots.snapshots_at(conn, project, at)
    walk = _Walk(
        conn=conn,
        settings=settings,
        now=now if at is None else at,
        at=at,
        project=project,
        filename=wanted.filename,
        feeds={one.name: one for one in feed_store.load_all(conn, at)},
        files=listings.files_of(conn, project, at),
        snapshots=said,
        blocks=block_store.current(conn, project),
        malware=malware_of(conn, project),
        owners=feed_store.owners(conn, project, at),
        missing=wanted.missing,
    )
    page = _feed_page(walk, feed, ()) if at is None else _past_page(walk, feed.name)
    show = _malware_shows(walk, feed)
    entries = tuple(_under_blocks(walk, one, show) for one in page.entries)
    blocked = replace(page, entries=entries, as_of=changes.latest(conn))
    wanting = (tuple(walk.stale), tuple(walk.lapsed), tuple(walk.absent))
    return Composed(blocked, feed.revision, *wanting)


def _malware_shows(walk: _Walk, feed: Feed) -> Show:
    """Hide known malware, but where requests look: who asks for it is to be told why not."""
    is_source = any(one.source == feed.name for one in walk.feeds.values())
    return Show.EXPLAIN if is_source else Show.HIDE


def _under_blocks(walk: _Walk, entry: Entry, show: Show) -> Entry:
    """Let a block speak before every other reason; what was hidden stays hidden.

    Known malware is blocked without anybody's doing.
    """
    block = walk.malware.judge(entry.file, show) or blocking.judge(walk.blocks, entry.file)
    is_hidden = entry.withheld is not None and entry.withheld.show is Show.HIDE
    return entry if block is None or is_hidden else replace(entry, withheld=block)


def _feed_page(walk: _Walk, feed: Feed, path: tuple[FeedName, ...]) -> Page:
    """Give a feed's own files, else its connectors'; then what its source has beyond them."""
    holding = feed_store.holding(walk.conn, feed, walk.project, walk.owners, walk.at)
    own = tuple(Entry(one, Origin(feed.name)) for one in walk.files.get(feed.name, ()))
    page = Page(walk.project, own)
    beyond = (*path, feed.name)
    if rules.asks_connectors(holding):
        page = rules.combine(walk.project, _each(walk, feed, beyond), merge=feed.merge)
    return _with_source(walk, feed, holding, (page, beyond))


def _each(walk: _Walk, feed: Feed, path: tuple[FeedName, ...]) -> list[Page]:
    """Say what comes through each connector, in order, as far as it matters.

    The first that has the project answers, and nobody behind it is even asked. Behind one of
    which nobody knows yet whether it has the project, none may answer either, or an index
    that is down would lose its names to the next. Where pages are merged it would lose its
    filenames.
    """
    pages: list[Page] = []
    for connector in feed.connectors:
        may_answer = not walk.unknown
        page = _through(walk, connector, feed, path)
        if may_answer:
            pages.append(page)
        if not feed.merge and (page.is_known or walk.unknown):
            break
    return pages


def _with_source(
    walk: _Walk, feed: Feed, holding: Holding, so_far: tuple[Page, tuple[FeedName, ...]]
) -> Page:
    page, path = so_far
    if walk.at is not None:  # what was not approved then is simply not there
        return page
    source = walk.feeds.get(feed.source) if feed.source else None
    if source is None or source.name in path or not rules.asks_source(holding):
        return page
    ask = ask_sentence(walk.settings, walk.project)
    return rules.with_unapproved(page, _feed_page(walk, source, path), feed, ask)


def _through(walk: _Walk, connector: Connector, feed: Feed, path: tuple[FeedName, ...]) -> Page:
    """Say what comes through one connector, its filters applied."""
    if filters.hides_name(connector.filters, walk.project):
        return Page(walk.project)
    if connector.is_external:
        ask = _external if walk.at is None else _past_external
        page = ask(walk, connector, feed)
    else:
        target = walk.feeds.get(connector.target) if connector.target else None
        is_new = target is not None and target.name not in path
        page = _feed_page(walk, target, path) if target and is_new else Page(walk.project)
    return filters.apply(connector.filters, page, walk.now)


def _external(walk: _Walk, connector: Connector, feed: Feed) -> Page:
    """Say what an external index last said; nothing is asked of it for a name that is ours."""
    if not rules.may_leave_the_house(walk.owners):
        return Page(walk.project)
    key = Key(connector.id, walk.project)
    known = walk.snapshots.get(connector.id)
    if known is None and connector.id in walk.missing:
        known = Snapshot(walk.missing[connector.id], is_missing=True, files=())
    again_at = walk.now + ASK_AGAIN
    if known is None:
        walk.absent[key] = None
        walk.unknown = True
        return Page(walk.project, changes_at=again_at)
    fresh_until = _fresh_until(walk.settings, known.fetched_at, is_missing=known.is_missing)
    if fresh_until <= walk.now:
        (walk.lapsed if known.is_missing else walk.stale)[key] = None
        fresh_until = again_at
    return replace(_told(walk, connector, feed, known), changes_at=fresh_until)


def _told(walk: _Walk, connector: Connector, feed: Feed, known: Snapshot) -> Page:
    """Give the page that an external index told of, what is not believed kept back."""
    origin = Origin(feed.name, connector.id)
    seen = sights.sights(
        walk.conn,
        Key(connector.id, walk.project),
        walk.filename,
        only_changed=all(one.uploaded_at is not None for one in known.files),
    )
    entries = tuple(
        _seen(Entry(one, origin), seen.get(one.filename.text), known.facts)
        for one in known.files
        if walk.filename in {None, one.filename.text}
    )
    return Page(walk.project, entries, facts=_followed(known.facts, connector, walk.project))


def _followed(facts: ProjectFacts, connector: Connector, project: ProjectName) -> ProjectFacts:
    """Say whose project this is (PEP 708): what the index itself follows, else the index.

    An index is named only where its URL can hold no secret (decision 0012).
    """
    if facts.tracks or connector.public_url is None:
        return facts
    return replace(facts, tracks=(f"{connector.public_url}{project}/",))


def _seen(entry: Entry, sight: Sight | None, facts: ProjectFacts) -> Entry:
    """Add since when we know a file whose age nobody tells, and why it is kept back, if it is."""
    file = entry.file
    if file.uploaded_at is None and sight is not None:
        entry = replace(entry, file=replace(file, first_seen_at=sight.seen_at))
    return entry.withhold(_distrust(file, sight)).withhold(_quarantine(facts))


# --- a page as it was --------------------------------------------------------------------


def _past_page(walk: _Walk, name: FeedName) -> Page:
    """Give what was served at a moment; nothing at all while a part of it is not known.

    Provenance is left out: it may become known, or be withdrawn, at any later time.
    """
    feed = walk.feeds.get(name)
    page = Page(walk.project) if feed is None else _feed_page(walk, feed, ())
    if walk.unknown or not page.served:
        return Page(walk.project)
    entries = tuple(
        replace(one, file=replace(one.file, provenance_location=None, provenance_sha256=None))
        for one in page.served
    )
    return replace(page, entries=entries, changes_at=None)


def _past_external(walk: _Walk, connector: Connector, feed: Feed) -> Page:
    """Say what an external index had: it must have been asked since, or must be asked now."""
    if walk.at is None or not rules.may_leave_the_house(walk.owners):
        return Page(walk.project)
    known = walk.snapshots.get(connector.id)
    if known is None or known.fetched_at < walk.at + SETTLES:
        walk.unknown = True
        is_lost = connector.id in walk.snapshots and known is None
        if not is_lost and may_be_asked(walk.conn, Origin(feed.name, connector.id), walk.project):
            walk.absent[Key(connector.id, walk.project)] = None
        return Page(walk.project)
    page = _told(walk, connector, feed, known)
    then = (one for one in page.entries if _is_before(one.file.known_since, walk.at))
    return replace(page, entries=tuple(then))


def may_be_asked(conn: Connection, origin: Origin, project: ProjectName) -> bool:
    """Whether today's rules let a project be asked for where an entry of the past came from."""
    feed = feed_store.load(conn, origin.feed)
    if feed is None or origin.connector_id not in {one.id for one in feed.connectors}:
        return False
    holding = feed_store.holding(conn, feed, project)
    return rules.asks_connectors(holding) and rules.may_leave_the_house(holding.owners)


def _is_before(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at


# --- what is not believed ----------------------------------------------------------------


def _distrust(file: IndexFile, sight: Sight | None) -> Withholding | None:
    """Why a file that an external index lists is not to be believed."""
    if file.sha256 is None:
        return Withholding(
            Rule.NO_DIGEST, "its index gives no sha256 for it, so it cannot be verified"
        )
    if sight is not None and sight.sha256 != file.sha256:
        seen = sight.seen_at.date().isoformat()
        return Withholding(
            Rule.CHANGED_UPSTREAM,
            f"its bytes changed at its origin after {seen}, when it was first seen",
        )
    return None


def _quarantine(facts: ProjectFacts) -> Withholding | None:
    if not facts.is_quarantined:
        return None
    why = f": {facts.status_reason}" if facts.status_reason else ""
    return Withholding(Rule.QUARANTINED, f"its index has quarantined the project{why}")


def _fresh_until(settings: Settings, fetched_at: datetime, *, is_missing: bool) -> datetime:
    seconds = settings.missing_fresh_s if is_missing else settings.page_fresh_s
    return fetched_at + timedelta(seconds=seconds)


def ask_sentence(settings: Settings, project: ProjectName) -> str:
    """How a refused developer asks: part of every such reason, so it names the command."""
    hint = f" {settings.ask_hint}" if settings.ask_hint else ""
    page = f", or at {settings.public_url}/ask?requirement={project}" if settings.public_url else ""
    return f"ask for it with: affineur request {project}{page}{hint}"
