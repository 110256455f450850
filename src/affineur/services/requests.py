"""Requests: asking, looking, deciding.

Asking only records what is wanted; `services.resolution` and `services.vetting` carry it on
in jobs. Deciding is one transaction: the state, the decision over the exact digests, the
listings of the whole closure and their event stand together or not at all.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from affineur.core import permissions
from affineur.core.answers import EVERYTHING, Part, chosen
from affineur.core.errors import BadInput, Conflict, Forbidden, NotFound
from affineur.core.events import Event
from affineur.core.feeds import Feed
from affineur.core.findings import Fact
from affineur.core.names import FeedName, parse_project
from affineur.core.permissions import Actor, Permission, require
from affineur.core.requests import (
    Ask,
    Decision,
    Request,
    RequestState,
    next_state,
    parse_requirement,
    parse_used_in,
)
from affineur.services import approval, judging, prefetch
from affineur.services.blocks import one_line
from affineur.services.feeds import ask_feed
from affineur.services.gear import Gear
from affineur.store import audit, jobs, requests
from affineur.store import feeds as feed_store
from affineur.store.owned import owned_names
from affineur.store.requests import Which

RESOLVE = "resolve-request"
"""The kind of job that finds a request's closure; its key is the request's number."""

_MOST_REQUIREMENTS = 1000
_LARGEST_DOCUMENT = 8 * 1024 * 1024
_LONGEST_LIST = 200


@dataclass(frozen=True, slots=True)
class RequestQuery:
    """Which requests somebody wants to see, newest first."""

    state: RequestState | None = None
    mine: bool = False
    feed: FeedName | None = None
    limit: int = 50
    before: int | None = None
    requester: str | None = None
    text: str | None = None
    """The beginning of a project's name in the closure, or anything in a requirement."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a request is on its way to whoever decides it."""

    state: RequestState
    vetted: int
    items: int


def create(
    gear: Gear, actor: Actor, feed: FeedName, ask: Ask, reason: str, used_in: str = ""
) -> Request:
    """Ask for packages to be approved, for whoever uses `feed`; return at once.

    `used_in` names the application that they are for.
    """
    require(actor, Permission.REQUEST_CREATE, feed)
    why = one_line(reason or "no reason given", "A request's reason")
    application = parse_used_in(used_in)
    refuse_too_much(ask)
    now = gear.clock.now()
    with gear.db.writing() as conn:
        target = _target(conn, feed)
        refuse_own_names(conn, ask)
        new = Request(
            id=0,
            feed=target.name,
            ask=ask,
            requester=actor.name,
            reason=why,
            state=RequestState.RESOLVING,
            created_at=now,
            used_in=application,
        )
        request_id = requests.add(conn, target.id, new)
        jobs.enqueue(conn, now, RESOLVE, str(request_id))
        event = Event("request.made", f"request:{request_id}", after=facts_of(new))
        audit.record(conn, now, actor, event)
    return replace(new, id=request_id)


def show(gear: Gear, actor: Actor, request_id: int) -> Request:
    """One request, whole; the requester and whoever may read the feed's requests see it."""
    with gear.db.reading() as conn:
        return visible(conn, actor, request_id)


def recent(gear: Gear, actor: Actor, query: RequestQuery) -> tuple[Request, ...]:
    """List requests that the actor may see, newest first, without their items."""
    if actor.is_anonymous:
        require(actor, Permission.REQUEST_READ)
    with gear.db.reading() as conn:
        feeds = [one.name for one in feed_store.load_all(conn)]
        which = Which(
            state=query.state,
            requester=actor.name if query.mine else query.requester,
            text=query.text,
            feed=query.feed,
            own_of=actor.name if sees_own(actor) else None,
            readable=tuple(name for name in feeds if actor.may(Permission.REQUEST_READ, name)),
            before=query.before,
            limit=max(1, min(query.limit, _LONGEST_LIST)),
        )
        return requests.recent(conn, which)


async def approve_whole(
    gear: Gear, actor: Actor, request_id: int, comment: str, part: Part = EVERYTHING
) -> Request:
    """Approve; what was lost since it was vetted is fetched again before."""
    request, source = await gear.db.read(_with_source, actor, request_id, part)
    if source is not None:
        await prefetch.hold_request(gear, source, request)
    return await asyncio.to_thread(approve, gear, actor, request_id, comment, part)


def approve(
    gear: Gear, actor: Actor, request_id: int, comment: str, part: Part = EVERYTHING
) -> Request:
    """Approve what is open of a request, or a part of it, and promote it, in one transaction.

    Raise `Conflict` when something of it is not on our disk.
    """
    with gear.db.writing() as conn:
        request = _decidable(conn, actor, request_id, part)
        _refuse_own_request(_feed(conn, request.feed), request, actor)
        decision = _decision(gear, actor, request, RequestState.APPROVED, comment.strip())
        decision = replace(decision, is_exact=part.is_exact)
        approval.list_closure(conn, gear, actor, request, decision)
        return visible(conn, actor, request_id)


def reject(
    gear: Gear, actor: Actor, request_id: int, reason: str, part: Part = EVERYTHING
) -> Request:
    """Say no to what is open of a request, or to a part of it; the requester reads the reason."""
    why = one_line(reason, "Rejecting needs a reason")
    with gear.db.writing() as conn:
        request = _decidable(conn, actor, request_id, part)
        decision = _decision(gear, actor, request, RequestState.REJECTED, why)
        feed = _feed(conn, request.feed)
        kept = judging.evidence(conn, gear, feed, request.items)
        decision = replace(decision, id=requests.add_decision(conn, request_id, decision, kept))
        approval.answer(conn, gear, actor, request, decision)
        return visible(conn, actor, request_id)


def progress(gear: Gear, actor: Actor, request_id: int) -> Progress:
    """Tell how far a request is, without reading all of it."""
    with gear.db.reading() as conn:
        request = requests.load_summary(conn, request_id)
        if request is None or not may_see(actor, request):
            raise _no_such(request_id)
        return Progress(request.state, *requests.count_vetted(conn, request_id))


def withdraw(gear: Gear, actor: Actor, request_id: int, reason: str) -> Request:
    """Take a request back: its requester may, and whoever may decide it."""
    with gear.db.writing() as conn:
        request = visible(conn, actor, request_id)
        if request.requester != actor.name:
            require(actor, Permission.REQUEST_DECIDE, request.feed)
        next_state(request_id, request.state, RequestState.WITHDRAWN)
        if reason.strip():
            requests.add_notes(conn, request_id, [f"Withdrawn: {one_line(reason, 'A reason')}"])
        approval.move(conn, gear, actor, request, RequestState.WITHDRAWN)
        return visible(conn, actor, request_id)


def facts_of(new: Request) -> dict[str, Fact]:
    """Give what the log tells of a request that is made."""
    return {
        "state": str(new.state),
        "feed": new.feed,
        "requirements": list(new.ask.requirements),
        "document": new.ask.document_name,
        "reason": new.reason,
        "used_in": new.used_in,
    }


def _target(conn: Connection, name: FeedName) -> Feed:
    """Give the feed into which what is asked for at `name` is approved."""
    return ask_feed(conn, _feed(conn, name))


def _feed(conn: Connection, name: FeedName) -> Feed:
    feed = feed_store.load(conn, name)
    if feed is None:
        raise permissions.no_such_feed(name)
    return feed


def visible(conn: Connection, actor: Actor, request_id: int) -> Request:
    """Give a request, or say that there is none, to whoever may not know of it."""
    request = requests.load(conn, request_id)
    if actor.is_anonymous:
        require(actor, Permission.REQUEST_READ)
    if request is None or not may_see(actor, request):
        raise _no_such(request_id)
    return request


def _no_such(request_id: int) -> NotFound:
    return NotFound(f"There is no request {request_id}.", hint="See: affineur requests")


def may_see(actor: Actor, request: Request) -> bool:
    """Whether the actor may know of a request: his own, or one into a feed whose he reads.

    A draft is seen by its requester alone.
    """
    if not request.is_draft and actor.may(Permission.REQUEST_READ, request.feed):
        return True
    return request.requester == actor.name and sees_own(actor)


def sees_own(actor: Actor) -> bool:
    """Whether the actor, with this token, may see the requests that are his own in any feed."""
    permitted = actor.scope.permissions
    return permitted is None or Permission.REQUEST_READ in permitted


def _decidable(conn: Connection, actor: Actor, request_id: int, part: Part) -> Request:
    """Give a request that the actor may decide now, narrowed to the part that is answered."""
    request = visible(conn, actor, request_id)
    require(actor, Permission.REQUEST_DECIDE, request.feed)
    if request.is_draft:
        raise Conflict(f"Request {request_id} is a draft.", hint="Send it first, with a reason.")
    if request.state is not RequestState.REVIEW:
        raise Conflict(
            f"Request {request_id} is {request.state}, so there is nothing to decide.",
            hint=f"See it with: affineur show {request_id}",
        )
    return replace(request, items=chosen(request, part))


def _decision(
    gear: Gear, actor: Actor, request: Request, verdict: RequestState, said: str
) -> Decision:
    digests = approval.digests(request)
    return Decision(0, verdict, said, actor.name, gear.clock.now(), digests)


def _with_source(
    conn: Connection, actor: Actor, request_id: int, part: Part
) -> tuple[Request, FeedName | None]:
    request = _decidable(conn, actor, request_id, part)
    return request, _feed(conn, request.feed).source


def _refuse_own_request(feed: Feed, request: Request, actor: Actor) -> None:
    if request.requester == actor.name and not feed.requester_may_approve:
        raise Forbidden(
            f"{actor.name} made request {request.id}; in '{feed.name}' somebody else approves.",
            hint="Ask another approver.",
        )


def refuse_own_names(conn: Connection, ask: Ask) -> None:
    """Refuse to ask outside for a name that the house owns."""
    named = [parse_project(parse_requirement(line).name) for line in ask.requirements]
    own = owned_names(conn, named)
    if own:
        project = min(own)
        raise Conflict(
            f"'{project}' is your organisation's own: it belongs to feed "
            f"'{feed_store.owners(conn, project)[0]}' and needs no approval.",
            hint=f"See: affineur why {project}",
        )


def refuse_too_much(ask: Ask) -> None:
    """Refuse to ask for more at once than a request holds."""
    if len(ask.requirements) > _MOST_REQUIREMENTS:
        raise BadInput(f"A request names at most {_MOST_REQUIREMENTS} requirements.")
    if len((ask.document or "").encode()) > _LARGEST_DOCUMENT:
        raise BadInput(f"{ask.document_name} is larger than 8 MiB.")
