"""What people and builds tried to install and did not get, and what became of it.

Whoever may read the requests of a feed sees what everybody wanted there; everybody else sees
what they wanted themselves. Rules that are hidden from clients are told to those who decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from affineur.core.errors import BadInput, NotFound
from affineur.core.events import Event
from affineur.core.feeds import Feed
from affineur.core.names import FeedName
from affineur.core.permissions import Actor, Permission, require
from affineur.core.wanted import Wanted
from affineur.services.counting import write_down
from affineur.services.feeds import readable
from affineur.services.gear import Gear
from affineur.services.requests import sees_own
from affineur.store import audit
from affineur.store import feeds as feed_store
from affineur.store import wanted as store
from affineur.store.wanted import Which

_LONGEST_LIST = 200
_COUNT_MARK = re.compile(r"(\d{1,18})\.(\d{1,10})")
_MOMENT_MARK = re.compile(r"([0-9T:+.-]{10,40})_(\d{1,10})")


@dataclass(frozen=True, slots=True)
class WantedQuery:
    """Which wishes somebody wants to see."""

    mine: bool = False
    feed: FeedName | None = None
    rule: str | None = None
    text: str = ""
    with_given: bool = False
    """Also those that can be installed by now."""
    by_count: bool = False
    """The most wanted first, instead of the last wanted."""
    after: str = ""
    """The mark of the page before."""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class WantedPage:
    """A part of the list, and the mark of the next one, if there is more."""

    wanted: tuple[Wanted, ...]
    next: str = ""


def listed(gear: Gear, actor: Actor, query: WantedQuery) -> WantedPage:
    """List what was wanted in vain, as far as the actor may know of it."""
    if actor.is_anonymous:
        require(actor, Permission.REQUEST_READ)
    write_down(gear)
    limit = max(1, min(query.limit, _LONGEST_LIST))
    with gear.db.reading() as conn:
        may = _permitted(conn, actor)
        which = Which(
            readable=may(Permission.REQUEST_READ),
            deciding=may(Permission.REQUEST_DECIDE),
            own_of=actor.name if sees_own(actor) else None,
            only_own=query.mine,
            feed=query.feed,
            rule=query.rule,
            text=query.text.strip().lower(),
            with_given=query.with_given,
            by_count=query.by_count,
            after=_after(query),
            limit=limit + 1,
        )
        found = store.listed(conn, which)
    return WantedPage(found[:limit], _mark(found[limit - 1], query) if len(found) > limit else "")


def dismiss(gear: Gear, actor: Actor, wanted_id: int) -> Wanted:
    """Take something from the list, for everybody, until somebody tries it again."""
    if actor.is_anonymous:
        require(actor, Permission.REQUEST_DECIDE)
    write_down(gear)
    with gear.db.writing() as conn:
        found = store.load(conn, wanted_id)
        may = _permitted(conn, actor)
        if found is None or found.feed not in may(Permission.REQUEST_READ):
            raise NotFound(f"Nothing is wanted under {wanted_id}.", hint="See: affineur wanted")
        if found.feed not in may(Permission.REQUEST_DECIDE):
            require(actor, Permission.REQUEST_DECIDE, found.feed)
        store.forget(conn, wanted_id)
        event = Event(
            "wanted.dismissed",
            f"project:{found.project}",
            before={
                "feed": found.feed,
                "version": found.version,
                "rule": found.rule,
                "count": found.count,
            },
        )
        audit.record(conn, gear.clock.now(), actor, event)
    return found


def may_dismiss(gear: Gear, actor: Actor) -> frozenset[FeedName]:
    """Give the feeds of which the actor may dismiss what is wanted."""
    with gear.db.reading() as conn:
        return frozenset(_permitted(conn, actor)(Permission.REQUEST_DECIDE))


def _permitted(conn: Connection, actor: Actor) -> Callable[[Permission], tuple[FeedName, ...]]:
    """Say of which readable feeds the actor has a permission where requests from them go."""
    feeds = {one.name: one for one in feed_store.load_all(conn)}
    seen = [(one.name, _asks_at(feeds, one)) for one in feeds.values() if readable(actor, one)]

    def permitted(permission: Permission) -> tuple[FeedName, ...]:
        return tuple(name for name, asked_at in seen if actor.may(permission, asked_at))

    return permitted


def _asks_at(feeds: Mapping[FeedName, Feed], feed: Feed) -> FeedName:
    """Give the feed into which requests made at this one go; the feed itself without one."""
    targets = (feeds.get(one.target) for one in feed.connectors if one.target is not None)
    asked = (one for one in (feed, *targets) if one is not None and one.source is not None)
    return next(asked, feed).name


def _mark(last: Wanted, query: WantedQuery) -> str:
    if query.by_count:
        return f"{last.count}.{last.id}"
    return f"{last.last_at.isoformat()}_{last.id}"


def _after(query: WantedQuery) -> tuple[datetime | int, int] | None:
    """Read the mark of a page; raise `BadInput` when it is none of ours."""
    if not query.after:
        return None
    trouble = BadInput(f"{query.after[:60]!r} is no mark of a page.", hint="Begin at the first.")
    form = _COUNT_MARK if query.by_count else _MOMENT_MARK
    found = form.fullmatch(query.after)
    if found is None:
        raise trouble
    if query.by_count:
        return int(found[1]), int(found[2])
    try:
        moment = datetime.fromisoformat(found[1])
    except ValueError as error:
        raise trouble from error
    if moment.tzinfo is None:
        raise trouble
    return moment, int(found[2])
