"""Numbers over time: requests, the index, what is held."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from affineur.core.numbers import IndexDay, StorageDay, Week
from affineur.services import numbers as service
from affineur.web.api.base import ActorPart, GearPart, Told

router = APIRouter(tags=["use"])


class WeekTold(Told):
    """The requests of a week, which begins on a Monday in UTC."""

    monday: date
    requests: int
    by_state: dict[str, int] = Field(description="Those made in the week, as they stand now.")
    decided_by_policy: int
    decided_by_people: int
    median_s: float | None = Field(description="How long those waited that people decided.")
    p90_s: float | None


class IndexDayTold(Told):
    """The answers of the index on a day, in UTC."""

    day: date
    answers: dict[str, int] = Field(description="By kind: page, unchanged, file, metadata.")
    refusals: dict[str, int] = Field(description="By rule, or `unknown`.")
    size_bytes: int


class FeedUseTold(Told):
    """The answers of one feed over all days."""

    feed: str
    answers: int
    refusals: int
    size_bytes: int


class StorageDayTold(Told):
    """What was held at the end of a day."""

    day: date
    files: int
    size_bytes: int
    cached_bytes: int


class NumbersTold(Told):
    """Everything, the oldest first."""

    weeks: list[WeekTold]
    days: list[IndexDayTold]
    feeds: list[FeedUseTold]
    storage: list[StorageDayTold] | None = Field(description="None: you may not see it.")


@router.get("/numbers")
async def numbers(
    gear: GearPart,
    actor: ActorPart,
    weeks: Annotated[int, Query(ge=1, le=service.MOST_WEEKS)] = 26,
) -> NumbersTold:
    """Tell how many ask, how long they wait, who decides, what is used and what is held."""
    found = await asyncio.to_thread(service.numbers, gear, actor, weeks)
    held = found.storage
    return NumbersTold(
        weeks=[_week(one) for one in found.weeks],
        days=[_day(one) for one in found.days],
        feeds=[
            FeedUseTold(
                feed=one.feed,
                answers=one.answers,
                refusals=one.refusals,
                size_bytes=one.size_bytes,
            )
            for one in found.feeds
        ],
        storage=None if held is None else [_held(one) for one in held],
    )


def _week(one: Week) -> WeekTold:
    return WeekTold(
        monday=one.monday,
        requests=one.count,
        by_state={str(state): count for state, count in one.made.items()},
        decided_by_policy=one.by_policy,
        decided_by_people=one.by_people,
        median_s=one.median_s,
        p90_s=one.slow_s,
    )


def _day(one: IndexDay) -> IndexDayTold:
    return IndexDayTold(
        day=one.day,
        answers=dict(one.answers),
        refusals=dict(one.refusals),
        size_bytes=one.size_bytes,
    )


def _held(one: StorageDay) -> StorageDayTold:
    return StorageDayTold(
        day=one.day,
        files=one.files,
        size_bytes=one.size_bytes,
        cached_bytes=one.cached_bytes,
    )
