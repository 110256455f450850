"""Lists of a feed's projects, and looking one up."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from affineur.core.names import parse_feed_name, parse_project
from affineur.core.project_lists import Sort, Source, Wanted
from affineur.services import projects as service
from affineur.services.projects import MOST_LISTED
from affineur.web.api.base import ActorPart, Asked, GearPart
from affineur.web.api.project_models import (
    LookedUpTold,
    ProjectsTold,
    tell_looked_up,
    tell_projects,
)

router = APIRouter(prefix="/feeds/{feed}/projects", tags=["feeds"])


class ListAsked(Asked):
    """Which projects of a list are wanted."""

    search: str = Field("", max_length=200, description="A part of the name, however spelled.")
    sort: Sort = Field(Sort.NAME, description="name, changed or downloads.")
    source: Source | None = Field(None, description="Only these: own, reviewed, feed or outside.")
    findings: bool = Field(default=False, description="Only those that vetting found something in.")
    blocked: bool = Field(default=False, description="Only those that a block holds for.")
    yanked: bool = Field(default=False, description="Only those with yanked files.")
    changed_since: AwareDatetime | None = Field(None, description="Only what changed since then.")
    after: str | None = Field(None, max_length=200, description="What the part before gave.")
    limit: int = Field(50, ge=1, le=MOST_LISTED)


@router.get("")
async def list_projects(
    gear: GearPart, actor: ActorPart, feed: str, asked: Annotated[ListAsked, Query()]
) -> ProjectsTold:
    """List a feed's projects: what its index lists; of external indexes, what was asked for."""
    wanted = Wanted(
        search=asked.search,
        sort=asked.sort,
        source=asked.source,
        has_findings=asked.findings,
        is_blocked=asked.blocked,
        is_yanked=asked.yanked,
        changed_since=asked.changed_since,
        after=asked.after,
        limit=asked.limit,
    )
    name = parse_feed_name(feed)
    return tell_projects(await asyncio.to_thread(service.listed, gear, actor, name, wanted))


@router.get("/{project}")
async def look_up_project(
    gear: GearPart, actor: ActorPart, feed: str, project: str
) -> LookedUpTold:
    """Look one project up; external indexes are asked for it, but never for a name of ours."""
    found = await service.look_up(gear, actor, parse_feed_name(feed), parse_project(project))
    return tell_looked_up(found)
