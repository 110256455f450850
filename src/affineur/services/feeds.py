"""Feeds: who may read them, making and changing them, and their reserved names.

A feed that is hidden from somebody looks like one that does not exist, in every answer.
Connectors and filters have a module of their own: `services.connectors`; so have policies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import Connection

from affineur.core.errors import BadInput, Conflict, NotFound, Unauthenticated
from affineur.core.events import Event
from affineur.core.feeds import Feed, cycle
from affineur.core.findings import Fact
from affineur.core.names import FeedName, NamePattern
from affineur.core.permissions import (
    Actor,
    Permission,
    credentials_needed,
    no_such_feed,
    require,
)
from affineur.services.gear import Gear
from affineur.store import audit, changes
from affineur.store import feeds as store
from affineur.store.changes import Door, Watermarks

MOST_FEEDS = 1_000
MOST_PATTERNS = 1_000


class Keep(Enum):
    """Leave something as it is, where None is a value of its own."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed about to be made."""

    name: FeedName
    source: FeedName | None = None
    merge: bool = False
    reads_anonymous: bool = False
    requester_may_approve: bool = True


@dataclass(frozen=True, slots=True)
class FeedChange:
    """What is to be changed of a feed; what is not given stays."""

    source: FeedName | Keep | None = KEEP
    merge: bool | None = None
    reads_anonymous: bool | None = None
    requester_may_approve: bool | None = None


# --- who may read ------------------------------------------------------------------------


def readable(actor: Actor, feed: Feed | Door) -> bool:
    """Whether the actor may read the feed: by a grant, or because anybody may.

    A token that is limited to other feeds or to other actions does not even have what
    anybody has.
    """
    if actor.may(Permission.FEED_READ, feed.name):
        return True
    return feed.reads_anonymous and actor.scope.covers(Permission.FEED_READ, feed.name)


def require_readable(conn: Connection, actor: Actor, name: FeedName) -> Feed:
    """Find a feed that the actor may read; whether it is absent or hidden cannot be told.

    Raises: `Unauthenticated` for nobody in particular, `NotFound` for everybody else.
    """
    feed = store.load(conn, name)
    if feed is not None and readable(actor, feed):
        return feed
    raise _hidden(actor, name)


def enter(marks: Watermarks, actor: Actor, name: FeedName) -> Door:
    """Let the actor in as `require_readable` does, by what the watermarks say of the feed."""
    door = marks.door(name)
    if door is not None and readable(actor, door):
        return door
    raise _hidden(actor, name)


def visible(gear: Gear, actor: Actor) -> tuple[Feed, ...]:
    """List the feeds that the actor may read or manage, each as `show` gives it."""
    with gear.db.reading() as conn:
        feeds = store.load_all(conn)
    seen = {feed.name: feed for feed in feeds if _sees(actor, feed)}
    return tuple(_as_seen(actor, feed, seen) for feed in seen.values())


def show(gear: Gear, actor: Actor, name: FeedName) -> Feed:
    """Find one feed, without what only those who manage it may see.

    Others see no connectors, no policy that they could not be judged by, and no source that
    is hidden from them.
    """
    feeds = {feed.name: feed for feed in visible(gear, actor)}
    if name not in feeds:
        raise _hidden(actor, name)
    return feeds[name]


def _hidden(actor: Actor, name: FeedName) -> Unauthenticated | NotFound:
    return credentials_needed() if actor.is_anonymous else no_such_feed(name)


def _sees(actor: Actor, feed: Feed) -> bool:
    return readable(actor, feed) or actor.may(Permission.FEED_MANAGE, feed.name)


def _as_seen(actor: Actor, feed: Feed, seen: dict[FeedName, Feed]) -> Feed:
    if actor.may(Permission.FEED_MANAGE, feed.name):
        return feed
    may_know_policy = actor.may(Permission.REQUEST_READ, feed.name)
    return replace(
        feed,
        connectors=(),
        source=feed.source if feed.source in seen else None,
        policy_toml=feed.policy_toml if may_know_policy else None,
    )


# --- making and changing -----------------------------------------------------------------


def create(gear: Gear, actor: Actor, new: NewFeed) -> Feed:
    """Make a feed; raise `Conflict` when the name is taken."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.writing() as conn:
        check_new(conn, actor, new)
        make(gear, conn, actor, new)
        return existing(conn, new.name)


def check_new(conn: Connection, actor: Actor, new: NewFeed) -> None:
    """Raise an error for a feed that cannot be made."""
    taken = store.load_all(conn)
    if any(feed.name == new.name for feed in taken):
        raise Conflict(f"There is a feed '{new.name}' already.")
    if len(taken) >= MOST_FEEDS:
        raise Conflict(f"There are {MOST_FEEDS} feeds already, and no more are made.")
    if new.source is not None:
        require_readable(conn, actor, new.source)


def make(gear: Gear, conn: Connection, actor: Actor, new: NewFeed) -> int:
    """Make a feed inside a change that was permitted, and return its id."""
    now = gear.clock.now()
    source = None if new.source is None else existing(conn, new.source).id
    feed_id = store.insert_feed(
        conn,
        now,
        new.name,
        source_id=source,
        merge=new.merge,
        reads_anonymous=new.reads_anonymous,
        requester_may_approve=new.requester_may_approve,
    )
    made = Event("feed.made", f"feed:{new.name}", after=_facts(new))
    audit.record(conn, now, actor, made)
    return feed_id


def update(gear: Gear, actor: Actor, name: FeedName, change: FeedChange) -> Feed:
    """Change a feed; raise `Conflict` when its new source would close a cycle."""
    require(actor, Permission.FEED_MANAGE, name)
    if change.requester_may_approve is not None:
        require(actor, Permission.SERVER_ADMIN)  # who may approve may not free himself of others
    with gear.db.writing() as conn:
        before = existing(conn, name)
        after = _changed(before, change)
        if after == before:
            return before
        if after.source is not None and after.source != before.source:
            require_readable(conn, actor, after.source)
            refuse_cycle(conn, actor, name, after.source)
            refuse_unreviewed(after, is_connected=bool(before.connectors))
        source_id = None if after.source is None else existing(conn, after.source).id
        store.update_feed(
            conn,
            before.id,
            source_id=source_id,
            merge=after.merge,
            reads_anonymous=after.reads_anonymous,
            requester_may_approve=after.requester_may_approve,
        )
        changes.raise_revision(conn, before.id)
        changed = Event("feed.changed", f"feed:{name}", _facts(before), _facts(after))
        audit.record(conn, gear.clock.now(), actor, changed)
        return existing(conn, name)


def refuse_unreviewed(feed: Feed, *, is_connected: bool) -> None:
    """Keep a feed of reviewed files free of connectors: nobody has decided on what they bring."""
    if feed.source is not None and is_connected:
        raise Conflict(
            f"'{feed.name}' has the source '{feed.source}', so it holds reviewed files only and "
            "can have no connectors.",
            hint="Let another feed connect to both.",
        )


def existing(conn: Connection, name: FeedName) -> Feed:
    """Find a feed, or raise `NotFound` as for a hidden one."""
    feed = store.load(conn, name)
    if feed is None:
        raise no_such_feed(name)
    return feed


def refuse_cycle(conn: Connection, actor: Actor, reader: FeedName, read: FeedName) -> None:
    """Raise `Conflict` when one feed reading another would let a feed read itself.

    The way is told, with dots for what is hidden from the actor.
    """
    feeds = store.load_all(conn)
    way = cycle(feeds, reader, read)
    if not way:
        return
    seen = {feed.name for feed in feeds if _sees(actor, feed)}
    told = " -> ".join(name if name in seen else "..." for name in way)
    raise Conflict(
        f"'{reader}' cannot read '{read}': a feed would read itself ({told}).",
        hint="End one of these connectors, or choose another source, first.",
    )


def _changed(feed: Feed, change: FeedChange) -> Feed:
    anonymous, own = change.reads_anonymous, change.requester_may_approve
    return replace(
        feed,
        source=feed.source if isinstance(change.source, Keep) else change.source,
        merge=feed.merge if change.merge is None else change.merge,
        reads_anonymous=feed.reads_anonymous if anonymous is None else anonymous,
        requester_may_approve=feed.requester_may_approve if own is None else own,
    )


def _facts(feed: Feed | NewFeed) -> dict[str, Fact]:
    return {
        "source": feed.source,
        "merge": feed.merge,
        "reads_anonymous": feed.reads_anonymous,
        "requester_may_approve": feed.requester_may_approve,
    }


# --- reserved names ----------------------------------------------------------------------


def reserve(gear: Gear, actor: Actor, name: FeedName, pattern: NamePattern) -> None:
    """Reserve names for a feed: no external index is asked for them again, by any feed."""
    require(actor, Permission.FEED_MANAGE, name)
    if not pattern.text.strip("*-"):
        raise BadInput(
            f"The pattern '{pattern.text}' would reserve every name.",
            hint="Begin it with your own prefix: mycompany-*",
        )
    with gear.db.writing() as conn:
        feed = existing(conn, name)
        if pattern in feed.reserved:
            raise Conflict(f"'{pattern.text}' is reserved by '{name}' already.")
        if len(feed.reserved) >= MOST_PATTERNS:
            raise Conflict(f"'{name}' reserves {MOST_PATTERNS} patterns already.")
        store.insert_reserved(conn, gear.clock.now(), feed.id, pattern)
        changes.raise_all(conn)
        made = Event("reserved.made", f"feed:{name}", after={"pattern": pattern.text})
        audit.record(conn, gear.clock.now(), actor, made)


def unreserve(gear: Gear, actor: Actor, name: FeedName, pattern: NamePattern) -> None:
    """End a reservation; names that the feed holds files of stay its own."""
    require(actor, Permission.FEED_MANAGE, name)
    with gear.db.writing() as conn:
        feed = existing(conn, name)
        if pattern not in feed.reserved:
            raise NotFound(f"'{pattern.text}' is not reserved by '{name}'.")
        now = gear.clock.now()
        store.end_reserved(conn, now, feed.id, pattern)
        changes.raise_all(conn)
        ended = Event("reserved.ended", f"feed:{name}", before={"pattern": pattern.text})
        audit.record(conn, now, actor, ended)


# --- asking ------------------------------------------------------------------------------


def ask_feed(conn: Connection, feed: Feed) -> Feed:
    """Find the feed into which requests made at this one go; raise `Conflict` without one.

    It is the feed itself if it has a source, else the first of its connectors' targets that
    has one.
    """
    if feed.source is not None:
        return feed
    for connector in feed.connectors:
        target = None if connector.target is None else store.load(conn, connector.target)
        if target is not None and target.source is not None:
            return target
    raise Conflict(
        f"Nothing can be asked for at '{feed.name}': neither it nor a feed it reads has a source.",
        hint="Ask at another feed, or have its source set.",
        code="no-source",
    )


def deciding_feed(conn: Connection, actor: Actor, permission: Permission, name: FeedName) -> Feed:
    """Find the feed whose policy judges what is asked for at `name`, if this is permitted there."""
    feed = ask_feed(conn, require_readable(conn, actor, name))
    require(actor, permission, feed.name)
    return feed


def judging_feed(conn: Connection, actor: Actor, name: FeedName) -> Feed | None:
    """Find whose policy judges what stands in a feed the actor may read; None if that is hidden.

    It is the feed into which requests made there go; for a feed that is only a source, the first
    of those that are asked through it. Whoever may read requests there, or at the feed itself,
    may read what vetting says: it is told them of every release that they ask about, too.
    """
    feed = require_readable(conn, actor, name)
    try:
        judges: tuple[Feed, ...] = (ask_feed(conn, feed),)
    except Conflict:
        judges = tuple(one for one in store.load_all(conn) if one.source == feed.name)
    if actor.may(Permission.REQUEST_READ, name):
        return next(iter(judges), None)
    return next((one for one in judges if actor.may(Permission.REQUEST_READ, one.name)), None)
