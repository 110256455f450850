"""Yanks: saying that a release should not be used for new work (PEP 592)."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from pydantic import Field

from affineur.core.names import parse_feed_name, parse_project, parse_version
from affineur.services import yanks as service
from affineur.services.yanks import Yankable
from affineur.web.api.base import ActorPart, Asked, GearPart, Told

router = APIRouter(prefix="/feeds/{feed}/yanks", tags=["yanks"])


class YankAsked(Asked):
    """Which files of the feed, and why."""

    name: str
    version: str
    filename: str | None = Field(None, description="Without it, every file of the release.")
    reason: str = Field(max_length=4000, description="What clients print, when it is a yank.")


class YanksTold(Told):
    """Which files were meant."""

    filenames: list[str]


@router.post("")
async def yank(gear: GearPart, actor: ActorPart, feed: str, asked: YankAsked) -> YanksTold:
    """Yank files that the feed itself lists: clients take them only when pinned to them."""
    what = _meant(feed, asked)
    done = await asyncio.to_thread(service.yank, gear, actor, what, asked.reason)
    return YanksTold(filenames=list(done))


@router.post("/end")
async def unyank(gear: GearPart, actor: ActorPart, feed: str, asked: YankAsked) -> YanksTold:
    """Take yanks back; 409 for what is yanked at its origin."""
    what = _meant(feed, asked)
    done = await asyncio.to_thread(service.unyank, gear, actor, what, asked.reason)
    return YanksTold(filenames=list(done))


def _meant(feed: str, asked: YankAsked) -> Yankable:
    return Yankable(
        parse_feed_name(feed),
        parse_project(asked.name),
        parse_version(asked.version),
        asked.filename,
    )
