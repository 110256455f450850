"""What is newly available in a feed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from affineur.core.names import parse_feed_name
from affineur.services.latest import MOST, newly_available
from affineur.web.api.base import ActorPart, GearPart, Told

router = APIRouter(prefix="/feeds/{feed}/latest", tags=["feeds"])


class LatestTold(Told):
    """A release of which files were listed lately."""

    name: str
    version: str
    feed: str = Field(description="The feed that it stands in: this one, or one that it reads.")
    listed_at: datetime
    is_upload: bool = Field(description="Whether it was published here.")


class LatestReleases(Told):
    """Releases, those that were listed last first."""

    releases: list[LatestTold]


@router.get("")
async def list_latest(
    gear: GearPart, actor: ActorPart, feed: str, limit: Annotated[int, Query(ge=1, le=MOST)] = 20
) -> LatestReleases:
    """List what was newly listed in a feed and in those that it reads; what is blocked is not."""
    name = parse_feed_name(feed)
    found = await asyncio.to_thread(newly_available, gear, actor, name, limit)
    return LatestReleases(
        releases=[
            LatestTold(
                name=one.project,
                version=str(one.version),
                feed=one.feed,
                listed_at=one.listed_at,
                is_upload=one.is_upload,
            )
            for one in found
        ]
    )
