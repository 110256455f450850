"""The shapes of an approver's queue, and of what is said about requests."""

from __future__ import annotations

from pydantic import Field

from affineur.services.queue import Queue
from affineur.web.api.base import Asked, Told
from affineur.web.api.request_models import RequestTold, tell_request


class NewComment(Asked):
    """What is said about a request."""

    said: str = Field(max_length=4000)
    ask: bool = Field(default=False, description="Ask the requester: it waits for an answer.")


class WaitingTold(Told):
    """A request that waits for your answer."""

    request: RequestTold
    risk: int = Field(description="That of its riskiest open item; from 10 on, look.")
    open_items: int
    to_look_at: int = Field(description="How many of these have something to look at.")


class QueueTold(Told):
    """What waits for your answer: worst risk first, then who waited longest."""

    waiting: list[WaitingTold]
    count: int = Field(description="How many wait in all.")
    asked_back: int = Field(description="How many of all wait for their requester; they come last.")
    after: str | None = Field(description="Pass it on as `after` for what comes next.")


class QueueFilter(Asked):
    """Which part of your queue."""

    limit: int = Field(50, ge=1, le=200)
    after: str = Field("", max_length=40, description="What the part before ended with.")


def tell_queue(found: Queue) -> QueueTold:
    """Tell a part of somebody's queue."""
    return QueueTold(
        waiting=[
            WaitingTold(
                request=tell_request(one.request),
                risk=one.risk,
                open_items=one.open_items,
                to_look_at=one.to_look_at,
            )
            for one in found.rows
        ],
        count=found.count,
        asked_back=found.asked_back,
        after=str(found.after) if found.after else None,
    )
