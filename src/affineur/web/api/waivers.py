"""Waivers: accepting findings in a feed, for a while."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from affineur.core.errors import BadInput
from affineur.core.names import parse_feed_name, parse_project, parse_sha256, parse_version
from affineur.core.waivers import Waiver
from affineur.services import waiving as service
from affineur.services.waiving import WaiverOrder
from affineur.web.api.base import ActorPart, Asked, GearPart, NumberPart, Told

router = APIRouter(prefix="/feeds/{feed}/waivers", tags=["waivers"])


class NewWaiver(Asked):
    """What is to be accepted: in a project, in one release of it, or in one file."""

    name: str
    version: str | None = Field(None, description="Only in this release.")
    sha256: str | None = Field(None, description="Only in this file.")
    finding: str = Field(
        max_length=200, description="A finding's key, or its id; not-assessed.CHECK for a check."
    )
    reason: str = Field(max_length=4000)
    until: str = Field(max_length=40, description="A day or moment (ISO 8601), 366 days at most.")


class WaiverTold(Told):
    """A waiver."""

    id: int
    feed: str
    finding: str
    scope: str = Field(description="file, release or project.")
    name: str
    version: str | None
    sha256: str | None
    reason: str
    by: str
    at: datetime
    until: datetime
    ended_at: datetime | None
    ended_by: str | None


class WaiversTold(Told):
    """Waivers, newest first."""

    waivers: list[WaiverTold]


@router.get("")
async def list_waivers(
    gear: GearPart,
    actor: ActorPart,
    feed: str,
    name: Annotated[str | None, Query(description="Only of this project.")] = None,
    *,
    every: Annotated[bool, Query(description="Also ended and expired ones.")] = False,
) -> WaiversTold:
    """List the waivers that hold, for what is asked for at a feed."""
    project = None if name is None else parse_project(name)
    where = parse_feed_name(feed)
    found = await asyncio.to_thread(service.current, gear, actor, where, project, every=every)
    return WaiversTold(waivers=[_tell(feed, one) for one in found])


@router.post("", status_code=201)
async def add_waiver(gear: GearPart, actor: ActorPart, feed: str, asked: NewWaiver) -> WaiverTold:
    """Accept a finding: it weighs nothing in the policy until that day."""
    order = WaiverOrder(
        parse_project(asked.name),
        None if asked.version is None else parse_version(asked.version),
        None if asked.sha256 is None else parse_sha256(asked.sha256),
        asked.finding,
        asked.reason,
        _moment(asked.until),
    )
    name = parse_feed_name(feed)
    return _tell(feed, await asyncio.to_thread(service.add, gear, actor, name, order))


@router.delete("/{number}")
async def end_waiver(gear: GearPart, actor: ActorPart, feed: str, number: NumberPart) -> WaiverTold:
    """End a waiver: the finding weighs again."""
    name = parse_feed_name(feed)
    return _tell(feed, await asyncio.to_thread(service.end, gear, actor, name, number))


def _moment(text: str) -> datetime:
    """Read a day, which counts until it begins, or a moment; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except ValueError as error:
        hint = "Write a day: 2027-05-01"
        raise BadInput(f"{text!r} is neither a day nor a moment.", hint=hint) from error


def _tell(feed: str, one: Waiver) -> WaiverTold:
    return WaiverTold(
        id=one.id,
        feed=feed,
        finding=one.finding,
        scope=one.scope,
        name=one.project,
        version=None if one.version is None else str(one.version),
        sha256=one.sha256,
        reason=one.reason,
        by=one.by,
        at=one.at,
        until=one.expires_at,
        ended_at=one.ended_at,
        ended_by=one.ended_by,
    )
