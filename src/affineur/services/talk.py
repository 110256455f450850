"""Talking about a request: remarks, questions back to the requester, and their answers.

A question puts the request behind the others in the approvers' queue until its requester says
something; nobody is kept from deciding it meanwhile.
"""

from __future__ import annotations

from dataclasses import replace

from affineur.core.errors import Conflict
from affineur.core.events import Event
from affineur.core.findings import Fact
from affineur.core.permissions import Actor, Permission, require
from affineur.core.requests import OPEN, Request
from affineur.core.talk import Comment, CommentKind, parse_said
from affineur.services import requests as service
from affineur.services.gear import Gear
from affineur.store import audit, comments


def say(
    gear: Gear, actor: Actor, request_id: int, text: str, *, is_question: bool = False
) -> Comment:
    """Say something about a request that one sees; with `is_question` its requester is asked.

    What the requester says while a question is open is the answer to it.
    """
    said = parse_said(text)
    now = gear.clock.now()
    with gear.db.writing() as conn:
        request = service.visible(conn, actor, request_id)
        kind = _ask_back(actor, request) if is_question else _kind(actor, request)
        if comments.count(conn, request_id) >= comments.MOST:
            raise Conflict(f"Request {request_id} has {comments.MOST} comments already.")
        new = Comment(0, kind, actor.name, said, now)
        made = replace(new, id=comments.add(conn, request_id, new))
        awaits = kind is CommentKind.QUESTION or (
            request.awaits_requester and kind is not CommentKind.ANSWER
        )
        if awaits != request.awaits_requester:
            comments.set_awaiting(conn, now, request_id, requester=awaits)
        after: dict[str, Fact] = {
            "id": made.id,
            "kind": str(kind),
            "said": said,
            "awaits": comments.REQUESTER if awaits else None,
        }
        event = Event("request.commented", f"request:{request_id}", after=after)
        audit.record(conn, now, actor, event)
    return made


def _ask_back(actor: Actor, request: Request) -> CommentKind:
    """Let an approver ask whoever made a request, while there is something to decide."""
    require(actor, Permission.REQUEST_DECIDE, request.feed)
    if request.is_draft or request.state not in OPEN:
        raise Conflict(
            f"Request {request.id} is {request.state}; there is nothing to ask back.",
            hint="Comment on it instead.",
        )
    if actor.name == request.requester:
        raise Conflict(f"You made request {request.id} yourself.", hint="Comment on it instead.")
    return CommentKind.QUESTION


def _kind(actor: Actor, request: Request) -> CommentKind:
    is_answer = request.awaits_requester and actor.name == request.requester
    return CommentKind.ANSWER if is_answer else CommentKind.COMMENT
