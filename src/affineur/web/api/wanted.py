"""What was wanted in vain."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from affineur.core.names import parse_feed_name
from affineur.core.wanted import Wanted
from affineur.services import wanted as service
from affineur.services.wanted import WantedQuery
from affineur.web.api.base import ActorPart, Asked, Done, GearPart, NumberPart, Told

router = APIRouter(tags=["use"])


class WantedFilter(Asked):
    """Which wishes to list."""

    feed: str | None = None
    mine: bool = False
    rule: str | None = Field(None, max_length=32)
    search: str = Field("", max_length=128, description="A part of the project's name.")
    given: bool = Field(default=False, description="Also what can be installed by now.")
    order: str = Field("last", pattern="^(last|count)$")
    after: str = Field("", max_length=80, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class WisherTold(Told):
    """Somebody who wanted it."""

    name: str
    count: int
    last_at: datetime


class WantedTold(Told):
    """A project, or a version of it, that was tried and not given."""

    id: int
    feed: str
    name: str
    version: str | None = Field(description="None: any.")
    rule: str = Field(description="The kind of rule that kept it back, or `unknown`.")
    why: str
    count: int
    first_at: datetime
    last_at: datetime
    people: int
    wishers: list[WisherTold] = Field(description="Those who wanted it most, five at most.")
    became: str = Field(description="open, asked, refused or given.")
    request_id: int | None


class WantedListTold(Told):
    """What was wanted."""

    wanted: list[WantedTold]
    next: str | None = Field(description="Give this as `after` for what follows.")


@router.get("/wanted")
async def list_wanted(
    gear: GearPart, actor: ActorPart, which: Annotated[WantedFilter, Query()]
) -> WantedListTold:
    """List what people and builds tried to install and did not get."""
    query = WantedQuery(
        mine=which.mine,
        feed=None if which.feed is None else parse_feed_name(which.feed),
        rule=which.rule,
        text=which.search,
        with_given=which.given,
        by_count=which.order == "count",
        after=which.after,
        limit=which.limit,
    )
    found = await asyncio.to_thread(service.listed, gear, actor, query)
    return WantedListTold(wanted=[_wanted(one) for one in found.wanted], next=found.next or None)


@router.delete("/wanted/{number}")
async def dismiss_wanted(gear: GearPart, actor: ActorPart, number: NumberPart) -> Done:
    """Take something from the list of what is wanted, until somebody tries it again."""
    await asyncio.to_thread(service.dismiss, gear, actor, number)
    return Done()


def _wanted(one: Wanted) -> WantedTold:
    return WantedTold(
        id=one.id,
        feed=one.feed,
        name=one.project,
        version=one.version or None,
        rule=one.rule,
        why=one.why,
        count=one.count,
        first_at=one.first_at,
        last_at=one.last_at,
        people=one.people,
        wishers=[
            WisherTold(name=who.name, count=who.count, last_at=who.last_at) for who in one.wishers
        ],
        became=one.became,
        request_id=one.request_id,
    )
