"""What speaks against something approved now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from affineur.core.concerns import Level, Source
from affineur.services import standing as service
from affineur.services.standing import Ask
from affineur.store.concerns import Standing
from affineur.web.api.base import ActorPart, GearPart, Told

router = APIRouter(tags=["blocks and news"])
_Name = Literal["critical", "high", "medium", "low"]
_NAMES: dict[Level, _Name] = {
    Level.CRITICAL: "critical",
    Level.HIGH: "high",
    Level.MEDIUM: "medium",
    Level.LOW: "low",
}
_LEVELS = {name: level for level, name in _NAMES.items()}


class ConcernTold(Told):
    """One thing that speaks against releases of a project that are approved in a feed."""

    feed: str
    project: str
    source: Source
    key: str = Field(description="The id of the advisory or finding, or what the origin did.")
    level: _Name
    what: str
    versions: list[str] = Field(description="Newest first.")
    files: int
    fixed: str | None = Field(description="The version that is free of it.")
    since: datetime | None
    is_news: bool = Field(description="Whether it became known after an approval.")
    waived_until: datetime | None
    uses: int = Field(description="How often its releases were taken in 30 days.")
    takers: int


class ConcernsTold(Told):
    """A page of them, the worst or the most used first."""

    concerns: list[ConcernTold]
    next: str | None = Field(description="What to give as `after` for the next page.")
    counted_at: datetime | None = Field(description="When uses were counted.")
    is_whole: bool = Field(description="Whether everything that stands was looked at once.")


@dataclass(frozen=True, slots=True)
class ConcernsAsked:
    """What narrows the list."""

    feed: Annotated[str, Query(description="Of one feed.")] = ""
    level: Annotated[Literal["", "critical", "high", "medium", "low"], Query()] = ""
    source: Annotated[Literal["", "advisory", "finding", "origin"], Query()] = ""
    project: Annotated[str, Query(description="A project, or how its name begins.")] = ""
    news: Annotated[bool, Query(description="What became known after an approval.")] = False
    waived: Annotated[bool, Query(description="Accepted ones, too.")] = False
    sort: Annotated[Literal["severity", "use"], Query()] = "severity"
    after: Annotated[str, Query(description="Go on where a page ended.")] = ""
    limit: Annotated[int, Query(ge=1, le=service.MOST)] = 50

    @property
    def ask(self) -> Ask:
        """Give it as the service takes it."""
        return Ask(
            feed=self.feed,
            level=_LEVELS[self.level] if self.level else None,
            source=Source(self.source) if self.source else None,
            project=self.project,
            only_news=self.news,
            with_waived=self.waived,
            by_use=self.sort == "use",
            after=service.read_place(self.after),
            limit=self.limit,
        )


@router.get("/concerns")
async def list_concerns(
    gear: GearPart, actor: ActorPart, asked: Annotated[ConcernsAsked, Depends()]
) -> ConcernsTold:
    """List what speaks against something approved in the feeds that you read."""
    found = await asyncio.to_thread(service.standing, gear, actor, asked.ask)
    whole = await asyncio.to_thread(service.overview, gear, actor, asked.ask)
    return ConcernsTold(
        concerns=[_tell(one) for one in found],
        next=service.write_place(found[-1].place) if len(found) == asked.limit else None,
        counted_at=whole.progress.counted_at if whole.progress else None,
        is_whole=whole.is_whole,
    )


def _tell(one: Standing) -> ConcernTold:
    told = one.concern
    return ConcernTold(
        feed=one.feed,
        project=one.project,
        source=told.source,
        key=told.key,
        level=_NAMES[told.level],
        what=told.what,
        versions=[str(version) for version in told.versions],
        files=told.files,
        fixed=told.fixed,
        since=told.since,
        is_news=told.is_news,
        waived_until=told.waived_until,
        uses=one.uses,
        takers=one.takers,
    )
