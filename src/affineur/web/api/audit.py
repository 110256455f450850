"""What happened: the audit log, and incidents."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from affineur.core.events import SealedEvent
from affineur.services import audit as service
from affineur.services import incidents as incident_service
from affineur.services.audit import AuditQuery
from affineur.store.audit import Head
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
    """Events in the order that was asked for."""

    events: list[EventTold]
    next: int | None = Field(None, description="Go on behind this number; null: nothing more fits.")


@dataclass(frozen=True, slots=True)
class QueryAsked:
    """What somebody looks for; each narrows it."""

    actor: Annotated[str, Query(description="Who did it.")] = ""
    action: Annotated[str, Query(description="An action, or how some begin: `request.`")] = ""
    subject: Annotated[str, Query(description="A subject, or a name that any may have.")] = ""
    text: Annotated[str, Query(description="A text anywhere in the event.")] = ""
    since: Annotated[datetime | None, Query(description="From this moment on.")] = None
    until: Annotated[datetime | None, Query(description="Before this moment.")] = None

    @property
    def query(self) -> AuditQuery:
        """Give it as the service takes it."""
        since, until = _in_utc(self.since), _in_utc(self.until)
        return AuditQuery(self.actor, self.action, self.subject, self.text, since, until)


class HeadTold(Told):
    """The end of the log. Write it down elsewhere: a log that was cut off has another."""

    seq: int
    hash: str


class VerifiedTold(Told):
    """What checking the whole log came to."""

    ok: bool
    problem: str | None = Field(description="What is wrong first.")
    head: HeadTold
    has_older_head: bool | None = Field(
        None, description="Whether the log has the older head that was asked for."
    )


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
    asked: Annotated[QueryAsked, Depends()],
    after: Annotated[int, Query(ge=0, description="Events after this number.")] = 0,
    before: Annotated[
        int | None, Query(ge=0, description="Events before this number, the newest first; 0: all.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=service.MOST_EVENTS)] = 100,
) -> EventsTold:
    """List what happened, in order, or the newest first."""
    query = asked.query
    if before is None:
        found = await asyncio.to_thread(
            service.search_on, gear, actor, query, after=after, limit=limit
        )
    else:
        found = await asyncio.to_thread(
            service.search, gear, actor, query, before=before or None, limit=limit
        )
    return EventsTold(events=[_tell(sealed) for sealed in found.events], next=found.next_seq)


@router.get(
    "/audit/export",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "application/x-ndjson": {"schema": {"type": "string"}},
                "text/csv": {"schema": {"type": "string"}},
            }
        }
    },
)
async def export(
    gear: GearPart,
    actor: ActorPart,
    asked: Annotated[QueryAsked, Depends()],
    form: Annotated[str, Query(description="jsonl or csv", alias="format")] = "jsonl",
) -> StreamingResponse:
    """Write out what happened, as JSON lines or for a spreadsheet, however much it is."""
    pieces = await asyncio.to_thread(service.export, gear, actor, asked.query, form)
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
    return StreamingResponse(pieces, media_type=kind)


@router.get("/audit/verify")
async def verify(
    gear: GearPart,
    actor: ActorPart,
    seq: Annotated[int | None, Query(ge=1, description="An older head's number.")] = None,
    hash_: Annotated[str, Query(alias="hash", description="An older head's hash.")] = "",
) -> VerifiedTold:
    """Check that nobody altered the log, and that it still has an older head."""
    found = await asyncio.to_thread(service.verify, gear, actor)
    older = None
    if seq is not None:
        older = await asyncio.to_thread(service.compare, gear, actor, Head(seq, hash_))
    head = HeadTold(seq=found.head_seq, hash=found.head_hash)
    ok, problem = found.ok and older is not False, found.problem
    if problem is None and older is False:
        problem = f"event {seq} has another hash than it had"
    return VerifiedTold(ok=ok, problem=problem, head=head, has_older_head=older)


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


def _in_utc(moment: datetime | None) -> datetime | None:
    """Take a moment without a time zone as UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


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
