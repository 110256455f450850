"""Asking for packages, and answering those who ask."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from affineur.core.answers import Part
from affineur.core.names import parse_feed_name
from affineur.core.requests import parse_ask
from affineur.services import queue, talk
from affineur.services import requests as service
from affineur.services.requests import RequestQuery
from affineur.web.api.base import ActorPart, GearPart, NumberPart
from affineur.web.api.queue_models import NewComment, QueueFilter, QueueTold, tell_queue
from affineur.web.api.request_models import (
    Approval,
    CommentTold,
    NewRequest,
    Reason,
    Rejection,
    RequestFilter,
    RequestsTold,
    RequestTold,
    tell_comment,
    tell_request,
)

router = APIRouter(prefix="/requests", tags=["requests"])


@router.post("", status_code=202)
async def create_request(gear: GearPart, actor: ActorPart, asked: NewRequest) -> RequestTold:
    """Ask for packages; the closure is found and vetted while you follow the request."""
    ask = parse_ask(asked.requirements, asked.document, asked.document_name)
    feed = parse_feed_name(asked.feed)
    made = await asyncio.to_thread(
        service.create, gear, actor, feed, ask, asked.reason, asked.used_in
    )
    return tell_request(made)


@router.get("")
async def list_requests(
    gear: GearPart, actor: ActorPart, which: Annotated[RequestFilter, Query()]
) -> RequestsTold:
    """List the requests that you may see, newest first, without their items."""
    query = RequestQuery(
        which.state,
        which.mine,
        None if which.feed is None else parse_feed_name(which.feed),
        which.limit,
        which.before,
        which.requester,
        which.text,
    )
    found = await asyncio.to_thread(service.recent, gear, actor, query)
    return RequestsTold(requests=[tell_request(one) for one in found])


@router.get("/waiting")
async def list_waiting(
    gear: GearPart, actor: ActorPart, which: Annotated[QueueFilter, Query()]
) -> QueueTold:
    """List what you may decide: worst risk first, then who waited longest."""
    found = await asyncio.to_thread(queue.waiting, gear, actor, which.limit, which.after)
    return tell_queue(found)


@router.get("/{number}")
async def show_request(gear: GearPart, actor: ActorPart, number: NumberPart) -> RequestTold:
    """Show one request whole: its items, what vetting found, who decided."""
    return tell_request(await asyncio.to_thread(service.show, gear, actor, number))


@router.post("/{number}/approve")
async def approve_request(
    gear: GearPart, actor: ActorPart, number: NumberPart, said: Approval
) -> RequestTold:
    """Approve what is open of a request, or some of it; its files are served from then on."""
    part = Part(tuple(said.items), said.exact)
    return tell_request(await service.approve_whole(gear, actor, number, said.comment, part))


@router.post("/{number}/reject")
async def reject_request(
    gear: GearPart, actor: ActorPart, number: NumberPart, said: Rejection
) -> RequestTold:
    """Say no to what is open of a request, or to some of it; the requester reads the reason."""
    part = Part(tuple(said.items))
    done = await asyncio.to_thread(service.reject, gear, actor, number, said.reason, part)
    return tell_request(done)


@router.post("/{number}/comments", status_code=201)
async def comment_on_request(
    gear: GearPart, actor: ActorPart, number: NumberPart, said: NewComment
) -> CommentTold:
    """Say something about a request, or ask its requester back."""
    made = await asyncio.to_thread(talk.say, gear, actor, number, said.said, is_question=said.ask)
    return tell_comment(made)


@router.post("/{number}/withdraw")
async def withdraw_request(
    gear: GearPart, actor: ActorPart, number: NumberPart, said: Reason
) -> RequestTold:
    """Take a request back."""
    done = await asyncio.to_thread(service.withdraw, gear, actor, number, said.reason)
    return tell_request(done)
