"""What happened: the audit log, and incidents."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from affineur.core.events import SealedEvent
from affineur.services import audit as service
from affineur.services import incidents as incident_service
from affineur.web.api.base import ActorPart, GearPart, Told

router = APIRouter(tags=["audit"])


class EventTold(Told):
    """One state change, sealed with the hash of the one before it."""

    seq: int
    at: datetime
    actor: str
    token_id: int | None
    action: str
    subject: str
    before: dict[str, Any] | None  # Any: JSON facts of the thing that was changed
    after: dict[str, Any] | None  # Any: as above
    digests: list[str]
    previous: str
    hash: str


class EventsTold(Told):
    """Events in order."""

    events: list[EventTold]


class HeadTold(Told):
    """The end of the log. Write it down elsewhere: a log that was cut off has another."""

    seq: int
    hash: str


class VerifiedTold(Told):
    """What checking the whole log came to."""

    ok: bool
    problem: str | None = Field(description="What is wrong first.")
    head: HeadTold


class IncidentTold(Told):
    """News that changes the verdict on something."""

    id: int
    kind: str
    project: str
    what: str
    happened_at: datetime


class IncidentsTold(Told):
    """The newest incidents, newest first."""

    incidents: list[IncidentTold]


@router.get("/audit")
async def list_events(
    gear: GearPart,
    actor: ActorPart,
    after: Annotated[int, Query(ge=0, description="Events after this number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=service.MOST_EVENTS)] = 100,
) -> EventsTold:
    """List what happened, in order."""
    found = await asyncio.to_thread(service.log, gear, actor, after, limit)
    return EventsTold(events=[_tell(sealed) for sealed in found])


@router.get("/audit/verify")
async def verify(gear: GearPart, actor: ActorPart) -> VerifiedTold:
    """Check that nobody altered the log."""
    found = await asyncio.to_thread(service.verify, gear, actor)
    head = HeadTold(seq=found.head_seq, hash=found.head_hash)
    return VerifiedTold(ok=found.ok, problem=found.problem, head=head)


@router.get("/incidents")
async def list_incidents(gear: GearPart, actor: ActorPart) -> IncidentsTold:
    """List the newest incidents."""
    found = await asyncio.to_thread(incident_service.recent, gear, actor)
    return IncidentsTold(
        incidents=[
            IncidentTold(
                id=one.id,
                kind=one.kind,
                project=one.project,
                what=one.what,
                happened_at=one.happened_at,
            )
            for one in found
        ]
    )


def _tell(sealed: SealedEvent) -> EventTold:
    event = sealed.event
    return EventTold(
        seq=sealed.seq,
        at=sealed.at,
        actor=sealed.actor,
        token_id=sealed.token_id,
        action=event.action,
        subject=event.subject,
        before=None if event.before is None else dict(event.before),
        after=None if event.after is None else dict(event.after),
        digests=list(event.digests),
        previous=sealed.previous,
        hash=sealed.hash,
    )
