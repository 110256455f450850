"""Drafts: asking for packages and looking at what would come of it, before it is sent.

A draft resolves and is vetted by the same jobs as any request, and is seen by its requester
alone. Neither people nor the policy decide it until it is sent with a reason; from then on it
is a request that was made at that moment (decision 25).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from affineur.core.errors import Conflict, NotFound
from affineur.core.events import Event
from affineur.core.feeds import Feed
from affineur.core.given import Given
from affineur.core.names import FeedName
from affineur.core.permissions import Actor, Permission, require
from affineur.core.requests import Ask, ItemState, LeftOut, Request, RequestState, parse_used_in
from affineur.services import approval, judging, settling
from affineur.services.blocks import one_line
from affineur.services.feeds import ask_feed, existing
from affineur.services.gear import Gear
from affineur.services.requests import (
    RESOLVE,
    facts_of,
    refuse_own_names,
    refuse_too_much,
    sees_own,
)
from affineur.services.snapshots import SYSTEM
from affineur.store import audit, drafts, jobs, requests
from affineur.store import feeds as feed_store
from affineur.store.drafts import DraftLine, Sending
from affineur.store.owned import owned_names

MOST_DRAFTS = 20
"""How many drafts somebody may have at a time."""
DRAFTS_LAST = timedelta(days=7)
"""After this time a draft that was not sent ends."""


@dataclass(frozen=True, slots=True)
class NewDraft:
    """What is to be looked at."""

    feed: FeedName
    ask: Ask
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    instead_of: int | None = None
    """The draft that this one takes the place of, and ends."""


def askable(gear: Gear, actor: Actor) -> tuple[FeedName, ...]:
    """Name the feeds at which somebody may ask, those whose approvals go elsewhere first."""
    with gear.db.reading() as conn:
        feeds = {feed.name: feed for feed in feed_store.load_all(conn)}
    sources = {name for name, feed in feeds.items() if feed.source is not None}
    asked_at = [
        feed
        for feed in feeds.values()
        if feed.name in sources or any(one.target in sources for one in feed.connectors)
    ]
    asked_at.sort(key=lambda feed: (feed.source is not None, feed.name))
    may = tuple(one.name for one in asked_at if actor.may(Permission.REQUEST_CREATE, one.name))
    if not may:
        require(actor, Permission.REQUEST_CREATE)
    return may


def create_given(
    gear: Gear, actor: Actor, feed: FeedName, given: Given, instead_of: int | None = None
) -> Request:
    """Make a draft of what was read of a text or a file.

    Names that are the house's own are no error in it: they are left out, and said to be so.
    """
    require(actor, Permission.REQUEST_CREATE, feed)
    with gear.db.reading() as conn:
        own = owned_names(conn, given.projects)
    given = given.without(own, "it is your organisation's own and needs no approval")
    notes = (f"Read as {given.kind}.", *given.remarks)
    return create(gear, actor, NewDraft(feed, given.ask(), given.left_out, notes, instead_of))


def create(gear: Gear, actor: Actor, new: NewDraft) -> Request:
    """Make a draft; it resolves and is vetted from now on, and nobody else is told."""
    require(actor, Permission.REQUEST_CREATE, new.feed)
    refuse_too_much(new.ask)
    now = gear.clock.now()
    with gear.db.writing() as conn:
        target = ask_feed(conn, existing(conn, new.feed))
        refuse_own_names(conn, new.ask)
        if new.instead_of is not None:
            _end(conn, gear, actor, _own(conn, actor, new.instead_of))
        _refuse_too_many(conn, actor)
        made = replace(
            Request(0, target.name, new.ask, actor.name, "", RequestState.RESOLVING, now),
            is_draft=True,
            left_out=new.left_out,
            notes=new.notes,
        )
        made = replace(made, id=requests.add(conn, target.id, made))
        jobs.enqueue(conn, now, RESOLVE, str(made.id))
        audit.record(conn, now, actor, Event("draft.made", _subject(made), after=facts_of(made)))
    return made


def mine(gear: Gear, actor: Actor) -> tuple[DraftLine, ...]:
    """List the actor's drafts that can still be sent, newest first."""
    if actor.is_anonymous:
        require(actor, Permission.REQUEST_READ)
    with gear.db.reading() as conn:
        return drafts.open_drafts(conn, actor.name, MOST_DRAFTS)


def show(gear: Gear, actor: Actor, request_id: int) -> Request:
    """Give a draft of the actor's whole; also one that has ended, or was sent since."""
    with gear.db.reading() as conn:
        return _own(conn, actor, request_id)


def send(gear: Gear, actor: Actor, request_id: int, reason: str, used_in: str = "") -> Request:
    """Make a request of a draft, and let it go on as far as it has come.

    What is vetted already is judged again by the policy of this moment, and allowed, denied or
    put before people at once.
    """
    why = one_line(reason, "Sending a draft needs a reason")
    application = parse_used_in(used_in)
    now = gear.clock.now()
    with gear.db.writing() as conn:
        draft = _own(conn, actor, request_id)
        feed = existing(conn, draft.feed)
        _require_to_ask(conn, actor, feed)
        if not drafts.send(conn, draft.id, Sending(why, application, now)):
            raise _not_open(draft)
        sent = replace(draft, is_draft=False, reason=why, used_in=application)
        made = Event("request.made", _subject(sent), after=facts_of(sent))
        audit.record(conn, now, actor, made)
        for item in sent.items:
            if item.state is not ItemState.WAITING:
                requests.rejudge_item(conn, judging.judged(conn, gear, feed, item))
        settling.settle(conn, gear, sent.id)
        return _own(conn, actor, request_id)


def discard(gear: Gear, actor: Actor, request_id: int) -> Request:
    """End a draft that is not wanted any more."""
    with gear.db.writing() as conn:
        _end(conn, gear, actor, _own(conn, actor, request_id))
        return _own(conn, actor, request_id)


def end_forgotten(gear: Gear) -> None:
    """End the drafts that nobody sent for a week."""
    with gear.db.writing() as conn:
        for request_id in drafts.forgotten(conn, gear.clock.now() - DRAFTS_LAST):
            draft = requests.load(conn, request_id)
            if draft is not None:
                requests.add_notes(conn, request_id, ["It was not sent for a week."])
                approval.move(conn, gear, SYSTEM, draft, RequestState.WITHDRAWN)


def _own(conn: Connection, actor: Actor, request_id: int) -> Request:
    """Find a request of the actor's own; all others look like none."""
    if actor.is_anonymous:
        require(actor, Permission.REQUEST_READ)
    found = requests.load(conn, request_id)
    if found is None or found.requester != actor.name or not sees_own(actor):
        raise NotFound(f"There is no draft {request_id}.", hint="Ask anew.")
    return found


def _end(conn: Connection, gear: Gear, actor: Actor, draft: Request) -> None:
    if not draft.is_draft:
        raise Conflict(
            f"Request {draft.id} was sent already.", hint=f"See: affineur withdraw {draft.id}"
        )
    if draft.state in {RequestState.RESOLVING, RequestState.VETTING}:
        approval.move(conn, gear, actor, draft, RequestState.WITHDRAWN)


def _refuse_too_many(conn: Connection, actor: Actor) -> None:
    if drafts.count_open(conn, actor.name) >= MOST_DRAFTS:
        raise Conflict(
            f"{actor.name} has {MOST_DRAFTS} drafts, and may not have more.",
            hint="Send or discard one of them first.",
        )


def _require_to_ask(conn: Connection, actor: Actor, target: Feed) -> None:
    """Let pass who may ask, now, at the feed itself or at one whose requests go into it."""
    asked_at = [
        feed.name
        for feed in feed_store.load_all(conn)
        if feed.source is None and any(one.target == target.name for one in feed.connectors)
    ]
    if not any(actor.may(Permission.REQUEST_CREATE, name) for name in asked_at):
        require(actor, Permission.REQUEST_CREATE)


def _not_open(draft: Request) -> Conflict:
    if not draft.is_draft:
        return Conflict(f"Request {draft.id} was sent already.")
    return Conflict(
        f"Draft {draft.id} is {draft.state} and cannot be sent.", hint="Ask anew for what you need."
    )


def _subject(request: Request) -> str:
    return f"request:{request.id}"
