"""What a decision does: the answers, the state, the listings and the event, together.

People decide through `services.requests`, the policy through `services.vetting`; both end
here, so that a closure is promoted in one way only. A request that is narrowed to some of its
items is answered in part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from affineur.core import blocks as blocking
from affineur.core.answers import outcome
from affineur.core.errors import Conflict
from affineur.core.events import Event
from affineur.core.files import IndexFile
from affineur.core.findings import Fact
from affineur.core.names import Sha256
from affineur.core.permissions import Actor
from affineur.core.requests import (
    Decision,
    ItemAnswer,
    Request,
    RequestFile,
    RequestState,
    next_state,
)
from affineur.services import judging, origin_news, prefetch
from affineur.services.gear import Gear
from affineur.services.malware import malware_of
from affineur.store import answers, audit, blocks, changes, listings, requests
from affineur.store import feeds as feed_store
from affineur.store.listings import NewListing


def digests(request: Request) -> tuple[Sha256, ...]:
    """Give the exact bytes that a decision on this request speaks of."""
    return tuple(file.sha256 for file in files(request))


def files(request: Request) -> tuple[RequestFile, ...]:
    """All files of all items."""
    return tuple(file for item in request.items for file in item.release.files)


def list_closure(
    conn: Connection, gear: Gear, actor: Actor, request: Request, decision: Decision
) -> None:
    """Approve: list every file of the request's items in its feed, under this decision."""
    feed = feed_store.load(conn, request.feed)
    if feed is None:
        raise Conflict(f"The feed '{request.feed}' is gone.")
    wanted = files(request)
    _refuse_blocked(conn, wanted)
    _refuse_owned(conn, wanted)
    prefetch.require(conn, gear, [(one.filename, one.sha256) for one in wanted])
    decision_id = requests.add_decision(
        conn, request.id, decision, judging.evidence(conn, gear, feed, request.items)
    )
    source = feed_store.load(conn, feed.source) if feed.source else None
    new = [
        NewListing(
            one.filename,
            one.sha256,
            one.uploaded_at,
            from_feed_id=source.id if source else None,
            decision_id=decision_id,
        )
        for one in wanted
    ]
    added = listings.add(conn, decision.at, actor.name, feed.id, new)
    changes.pages_changed(conn, [one.filename.project for one in added])
    listed: dict[str, Fact] = {one.filename.text: one.sha256 for one in added}
    answer(
        conn,
        gear,
        actor,
        request,
        replace(decision, id=decision_id),
        {"feed": feed.name, "files": listed},
    )
    origin_news.follow_yanks(conn, decision.at, actor, [one.filename.project for one in added])


def answer(
    conn: Connection,
    gear: Gear,
    actor: Actor,
    request: Request,
    decision: Decision,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """Give the items of `request` their answer; with the last one that is open it ends.

    Raise `Conflict` when somebody was faster.
    """
    given = ItemAnswer(decision.verdict)
    if not answers.give(conn, [one.id for one in request.items], given, decision.id):
        raise _was_changed(request)
    told: dict[str, Fact] = {
        "answer": str(given),
        "items": [one.name for one in request.items],
        "decision": decision.id,
        "comment": decision.comment,
        **({"is_exact": True} if decision.is_exact else {}),
        **(facts or {}),
    }
    then = outcome(answers.of_request(conn, request.id))
    if then is not None:
        move(conn, gear, actor, request, then, told)
        return
    now = gear.clock.now()
    if not answers.note_change(conn, now, request.id, request.state):
        raise _was_changed(request)
    subject = f"request:{request.id}"
    event = Event("request.answered", subject, after=told, digests=digests(request))
    audit.record(conn, now, actor, event)


def move(
    conn: Connection,
    gear: Gear,
    actor: Actor,
    request: Request,
    then: RequestState,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """Change a request's state, with its event; raise `Conflict` when somebody was faster."""
    now = gear.clock.now()
    step = (request.state, next_state(request.id, request.state, then))
    if not requests.move(conn, now, request.id, step):
        raise _was_changed(request)
    event = Event(
        event_of(request, then),
        f"request:{request.id}",
        before={"state": str(request.state)},
        after={"state": str(then), **(facts or {})},
        digests=digests(request),
    )
    audit.record(conn, now, actor, event)


def event_of(request: Request, then: str) -> str:
    """Name what happened to a request; who follows requests is told nothing of drafts."""
    return f"draft.{then}" if request.is_draft else f"request.{then}"


def _was_changed(request: Request) -> Conflict:
    return Conflict(
        f"Request {request.id} was changed by somebody else just now.",
        hint=f"Look at it again: affineur show {request.id}",
    )


def _refuse_blocked(conn: Connection, wanted: tuple[RequestFile, ...]) -> None:
    """Let a block win every tie: what is blocked, or known as malware, cannot be approved."""
    standing = blocks.current(conn)
    malware = {one: malware_of(conn, one) for one in {file.filename.project for file in wanted}}
    for one in wanted:
        file, name = IndexFile(one.filename, one.sha256), one.filename
        known = malware[name.project].judge(file)
        withheld = known or blocking.judge(standing, file)
        if withheld is not None:
            release = f"{name.project}=={name.version}"
            lift = "" if known else f", or lift the block first: affineur unblock {release}"
            raise Conflict(
                f"{release} is {withheld.reason}; it cannot be approved.",
                hint=f"Reject the request{lift}",
            )


def _refuse_owned(conn: Connection, wanted: tuple[RequestFile, ...]) -> None:
    """Let a name that became the house's own since it was asked for stay the house's."""
    for project in sorted({one.filename.project for one in wanted}):
        owners = feed_store.owners(conn, project)
        if owners:
            raise Conflict(
                f"'{project}' now belongs to feed '{owners[0]}'; a file of that name from "
                "outside cannot be approved.",
                hint=f"Reject the request. See: affineur why {project}",
            )
