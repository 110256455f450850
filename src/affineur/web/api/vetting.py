"""Vetting on demand, of a release or of a file that is sent along."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from affineur.core.errors import TooLarge
from affineur.core.files import Filename
from affineur.core.names import FeedName, parse_feed_name, parse_project, parse_version
from affineur.core.ports import Staged
from affineur.core.vetted import to_json
from affineur.services import vetting_now as service
from affineur.services.gear import Gear
from affineur.web.api.base import ActorPart, Asked, GearPart, Told
from affineur.web.api.request_models import WhereTold

router = APIRouter(prefix="/vet", tags=["vetting"])


class NewVetting(Asked):
    """Which release is to be vetted."""

    name: str
    version: str
    feed: str = Field("internal", description="The feed from which it is to be installed.")


class SeenTold(Told):
    """One thing that a check saw."""

    id: str = Field(description="Stable, for programs.")
    key: str = Field(description="The same for the same finding in another version.")
    check: str
    severity: str = Field(description="block, review or info.")
    where: WhereTold | None
    what: str = Field(description="The finding, with its evidence.")
    why: str = Field(description="Why it matters.")
    todo: str = Field(description="What to do about it.")
    is_new: bool = Field(
        default=True, description="Whether the version that it is compared with had it not."
    )


class NotSeenTold(Told):
    """A check that could not look; that is never the same as clean."""

    check: str
    reason: str


class CheckTold(Told):
    """A check that looked, with the age of its data."""

    check: str
    version: int
    data_as_of: str | None
    not_applicable: str | None


class VettedTold(Told):
    """One file, what the checks saw, and the answer of the feed's policy."""

    file: str
    name: str
    version: str
    sha256: str
    verdict: str = Field(description="allow, review or deny.")
    reasons: list[str]
    findings: list[SeenTold] = Field(description="The worst first, of these what is new.")
    not_assessed: list[NotSeenTold]
    against: str | None = Field(description="The version that it is compared with.")
    gone: list[SeenTold] = Field(description="What that version had, and this one has not.")
    facts: dict[str, dict[str, object]] = Field(description="What policy decides on, by check.")
    checks: list[CheckTold]


class VettingTold(Told):
    """The files that were vetted."""

    files: list[VettedTold]


@router.post("")
async def vet_release(gear: GearPart, actor: ActorPart, asked: NewVetting) -> VettingTold:
    """Vet a release as if it were asked for; nothing is decided, nothing is listed."""
    found = await service.vet_release(
        gear,
        actor,
        parse_feed_name(asked.feed),
        parse_project(asked.name),
        parse_version(asked.version),
    )
    return VettingTold(files=[VettedTold(**to_json(one)) for one in found])


@router.post("/files/{filename}", openapi_extra={"requestBody": {"content": {"*/*": {}}}})
async def vet_file(
    gear: GearPart,
    actor: ActorPart,
    request: Request,
    filename: Annotated[str, Path(max_length=255)],
    feed: Annotated[str, Query(description="Whose policy answers.")] = "internal",
) -> VettingTold:
    """Vet a distribution that is the body of this request; its bytes are not kept."""
    parsed, target = Filename.parse(filename), parse_feed_name(feed)
    announced = request.headers.get("content-length", "0")
    size = int(announced) if announced.isdecimal() else 0
    _limit(gear, size)
    staged = await asyncio.to_thread(service.receive, gear, actor, target, size)
    try:
        async for chunk in request.stream():
            await asyncio.to_thread(staged.write, chunk)
            _limit(gear, staged.size_bytes)
        vetted = await asyncio.to_thread(_vet, gear, target, staged, parsed)
    finally:
        await asyncio.to_thread(staged.discard)
    return VettingTold(files=[vetted])


def _vet(gear: Gear, feed: FeedName, staged: Staged, filename: Filename) -> VettedTold:
    return VettedTold(**to_json(service.vet_shown(gear, feed, staged, filename)))


def _limit(gear: Gear, size_bytes: int) -> None:
    most = gear.settings.max_file_bytes
    if size_bytes > most:
        raise TooLarge(f"A file may have {most >> 20} MiB at most.")
