"""How the server is, for whoever keeps it."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from affineur.services import server_state as service
from affineur.services.server_state import ServerState
from affineur.store.jobs import StandingJob
from affineur.web.api.base import ActorPart, Done, GearPart, NumberPart, Told

router = APIRouter(prefix="/server", tags=["server"])


class SettingTold(Told):
    """A setting as it holds now; of a URL its credentials and its query are left out."""

    name: str
    sentence: str
    value: str
    is_default: bool


class JobTold(Told):
    """A job that waits or was put aside."""

    id: int
    kind: str
    key: str
    state: str
    attempts: int
    not_before: datetime
    enqueued_at: datetime
    error: str | None
    can_be_tried_again: bool


class AdvisoriesTold(Told):
    """How new the advisories are."""

    as_of: datetime | None = Field(description="null: there are none yet.")
    source: str
    trouble: str = Field(description="What went wrong last; empty when nothing did.")


class NameListTold(Told):
    """A list of names that new ones are held against."""

    name: str
    source: str
    as_of: datetime | None = Field(description="null for the shipped one.")


class ServerTold(Told):
    """The server at one moment."""

    version: str
    python: str
    database: str
    public_url: str
    settings: list[SettingTold]
    job_counts: dict[str, int]
    waiting: list[JobTold] = Field(description="At most 100, those that are due first before.")
    parked: list[JobTold] = Field(description="Jobs that kept failing; at most 100.")
    advisories: AdvisoriesTold
    name_lists: list[NameListTold]
    free_bytes: int | None
    keep_free_bytes: int
    events: int


@router.get("")
async def show_server(gear: GearPart, actor: ActorPart) -> ServerTold:
    """Tell version, settings, jobs, the age of the server's data and what is free on its disk."""
    return _tell(await asyncio.to_thread(service.state, gear, actor))


@router.post("/jobs/{number}/retry")
async def try_again(gear: GearPart, actor: ActorPart, number: NumberPart) -> Done:
    """Let a job that was put aside be done once more."""
    await asyncio.to_thread(service.try_again, gear, actor, number)
    return Done()


def _tell(found: ServerState) -> ServerTold:
    return ServerTold(
        version=found.version,
        python=found.python,
        database=found.database,
        public_url=found.public_url,
        settings=[
            SettingTold(
                name=one.name,
                sentence=one.sentence,
                value=one.value,
                is_default=one.is_default,
            )
            for one in found.settings
        ],
        job_counts=dict(found.job_counts),
        waiting=[_tell_job(one) for one in found.waiting],
        parked=[_tell_job(one) for one in found.parked],
        advisories=AdvisoriesTold(
            as_of=found.advisories.as_of,
            source=found.advisories.source,
            trouble=found.advisories.trouble,
        ),
        name_lists=[
            NameListTold(name=one.name, source=one.source, as_of=one.as_of)
            for one in found.name_lists
        ],
        free_bytes=found.free_bytes,
        keep_free_bytes=found.keep_free_bytes,
        events=found.events,
    )


def _tell_job(one: StandingJob) -> JobTold:
    return JobTold(
        id=one.id,
        kind=one.kind,
        key=one.key,
        state=one.state,
        attempts=one.attempts,
        not_before=one.not_before,
        enqueued_at=one.enqueued_at,
        error=one.error,
        can_be_tried_again=service.can_be_tried_again(one),
    )
