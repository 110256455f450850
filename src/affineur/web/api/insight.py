"""What a feed serves and why, and what that means for a lock file."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from affineur.core.names import parse_feed_name, parse_project, parse_version
from affineur.services import locks
from affineur.services import why as service
from affineur.web.api.base import ActorPart, Asked, GearPart, Told

router = APIRouter(tags=["insight"])


class FileAnswerTold(Told):
    """Whether a file is served, and why."""

    filename: str
    version: str
    sha256: str | None
    served: bool
    rule: str | None = Field(description="The kind of rule that keeps it back.")
    reason: str
    approved_by: str | None
    approved_at: datetime | None
    request_id: int | None


class WhyTold(Told):
    """The answer for each file of a project, newest version first."""

    files: list[FileAnswerTold]


class LockCheck(Asked):
    """A lock file, or a requirements file with exact versions."""

    feed: str = "internal"
    document: str = Field(max_length=8 * 1024 * 1024)
    document_name: str = Field(max_length=255)


class LockedFileTold(Told):
    """One file, or release, that the document names."""

    name: str
    version: str
    filename: str | None
    sha256: str | None
    is_approved: bool
    reason: str


class CheckTold(Told):
    """Whether everything in a document is approved."""

    files: list[LockedFileTold]
    all_approved: bool


class LockOrder(Asked):
    """What is to be locked."""

    feed: str = "internal"
    requirements: list[str] = Field(min_length=1, max_length=1000)


class LockTold(Told):
    """A lock over what is approved."""

    pylock: str = Field(description="A pylock.toml (PEP 751).")


@router.get("/why")
async def why(
    gear: GearPart,
    actor: ActorPart,
    name: str,
    version: str | None = None,
    feed: Annotated[str, Query(description="In which feed.")] = "internal",
) -> WhyTold:
    """Tell of each file of a project whether it is served, by whose decision, or why not."""
    found = await service.why(
        gear,
        actor,
        parse_feed_name(feed),
        parse_project(name),
        None if version is None else parse_version(version),
    )
    return WhyTold(
        files=[
            FileAnswerTold(
                filename=one.filename,
                version=one.version,
                sha256=one.sha256,
                served=one.served,
                rule=one.rule,
                reason=one.reason,
                approved_by=one.approved_by,
                approved_at=one.approved_at,
                request_id=one.request_id,
            )
            for one in found
        ]
    )


@router.post("/check")
async def check(gear: GearPart, actor: ActorPart, asked: LockCheck) -> CheckTold:
    """Check whether everything that a lock file names is approved in a feed."""
    feed = parse_feed_name(asked.feed)
    found = await locks.check(gear, actor, feed, asked.document, asked.document_name)
    files = [
        LockedFileTold(
            name=one.name,
            version=one.version,
            filename=one.filename,
            sha256=one.sha256,
            is_approved=one.is_approved,
            reason=one.reason,
        )
        for one in found
    ]
    return CheckTold(files=files, all_approved=all(one.is_approved for one in files))


@router.post("/lock")
async def lock(gear: GearPart, actor: ActorPart, asked: LockOrder) -> LockTold:
    """Lock requirements to what a feed serves."""
    feed = parse_feed_name(asked.feed)
    return LockTold(pylock=await locks.lock(gear, actor, feed, asked.requirements))
