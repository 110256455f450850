"""Webhooks: who is told of which events, and what became of telling them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from affineur.services import webhooks as service
from affineur.services.webhooks import MOST_DELIVERIES, Standing
from affineur.store.webhooks import Delivery
from affineur.web.api.base import ActorPart, Asked, Done, GearPart, NumberPart, Told

router = APIRouter(tags=["webhooks"])


class DeliveryTold(Told):
    """What became of telling one event."""

    id: int
    event_seq: int | None = Field(description="The event's number in the log; null for a test.")
    action: str | None = Field(description="What happened, such as `request.approved`.")
    subject: str | None
    attempts: int
    status: int | None = Field(description="What the receiver answered last, if it did.")
    error: str | None
    tried_at: datetime | None
    done_at: datetime | None = Field(
        description="When it was taken, or given up; null while it is tried again."
    )


class WebhookTold(Told):
    """A webhook, without its secret."""

    id: int
    name: str
    url: str
    actions: list[str]
    made_by: str
    made_at: datetime
    last: DeliveryTold | None = Field(description="The last delivery, if there was one lately.")


class WebhooksTold(Told):
    """The webhooks that stand."""

    webhooks: list[WebhookTold]


class NewWebhookAsked(Asked):
    """A webhook about to be made."""

    name: str = Field(description="Who is told.")
    url: str
    actions: list[str] = Field(
        description="Kinds of events: `block.made`, `request.*`, or `*`.", max_length=100
    )


class NewWebhookTold(WebhookTold):
    """A new webhook: the only time that its secret is told."""

    secret: str


class DeliveriesTold(Told):
    """Deliveries, newest first."""

    deliveries: list[DeliveryTold]


@router.get("/webhooks")
async def list_webhooks(gear: GearPart, actor: ActorPart) -> WebhooksTold:
    """List the webhooks, with what became of the last message of each."""
    found = await asyncio.to_thread(service.webhooks, gear, actor)
    return WebhooksTold(webhooks=[_tell(one) for one in found])


@router.post("/webhooks", status_code=201)
async def add_webhook(gear: GearPart, actor: ActorPart, asked: NewWebhookAsked) -> NewWebhookTold:
    """Make a webhook; the secret that signs its messages is in this answer and nowhere else."""
    new = await asyncio.to_thread(
        service.add_webhook, gear, actor, asked.name, asked.url, asked.actions
    )
    told = _tell(Standing(new.webhook, None))
    return NewWebhookTold(**dict(told), secret=new.secret)


@router.get("/webhooks/{number}")
async def show_webhook(gear: GearPart, actor: ActorPart, number: NumberPart) -> WebhookTold:
    """Show one webhook."""
    return _tell(await asyncio.to_thread(service.webhook, gear, actor, number))


@router.delete("/webhooks/{number}")
async def end_webhook(gear: GearPart, actor: ActorPart, number: NumberPart) -> Done:
    """End a webhook: nothing is told any more."""
    await asyncio.to_thread(service.end_webhook, gear, actor, number)
    return Done()


@router.post("/webhooks/{number}/test")
async def test_webhook(gear: GearPart, actor: ActorPart, number: NumberPart) -> DeliveryTold:
    """Send a message that tells of nothing, once, and say what came of it."""
    return _tell_delivery(await service.test_webhook(gear, actor, number))


@router.get("/webhooks/{number}/deliveries")
async def list_deliveries(
    gear: GearPart,
    actor: ActorPart,
    number: NumberPart,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_DELIVERIES)] = 50,
) -> DeliveriesTold:
    """List what became of telling a webhook, newest first; the next page is `before` the last."""
    found = await asyncio.to_thread(service.deliveries, gear, actor, number, before, limit)
    return DeliveriesTold(deliveries=[_tell_delivery(one) for one in found])


def _tell(one: Standing) -> WebhookTold:
    known = one.webhook
    return WebhookTold(
        id=known.id,
        name=known.name,
        url=known.url,
        actions=list(known.actions),
        made_by=known.made_by,
        made_at=known.made_at,
        last=None if one.last is None else _tell_delivery(one.last),
    )


def _tell_delivery(one: Delivery) -> DeliveryTold:
    return DeliveryTold(
        id=one.id,
        event_seq=one.event_seq or None,
        action=one.action,
        subject=one.subject,
        attempts=one.attempts,
        status=one.status,
        error=one.error,
        tried_at=one.tried_at,
        done_at=one.done_at,
    )
