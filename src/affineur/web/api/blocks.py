"""Promotion by hand, and blocks: withdrawing a project or a release everywhere."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field

from affineur.core.blocks import Block, Target
from affineur.core.names import parse_feed_name, parse_project, parse_version
from affineur.core.permissions import Actor
from affineur.services import blocks as service
from affineur.services import promotion
from affineur.services import takers as taker_service
from affineur.services.blocks import BlockOrder
from affineur.services.gear import Gear
from affineur.services.promotion import Promotion
from affineur.web.api.base import ActorPart, Asked, GearPart, Told
from affineur.web.api.request_models import DecisionTold, tell_decision
from affineur.web.api.taker_models import (
    PreviewTold,
    TakersTold,
    TargetAsked,
    tell_preview,
    tell_taker,
)

router = APIRouter(tags=["promotion and blocks"])


class NewPromotion(Asked):
    """Which release goes from where to where."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)

    name: str
    version: str
    source: str = Field(alias="from", description="The feed that serves it.")
    target: str = Field(alias="to", description="The feed that it is to be listed in.")
    comment: str = Field("", max_length=4000)


class NewBlock(Asked):
    """What is to be withdrawn."""

    name: str
    version: str | None = Field(None, description="Without it, the whole project is blocked.")
    sha256: str | None = Field(None, description="Of one file, which alone is blocked then.")
    reason: str = Field(max_length=4000, description="What refused clients read.")
    malware: bool = Field(default=False, description="Hide it, instead of explaining.")


class EndedBlock(Asked):
    """Which block is lifted, and why."""

    name: str
    version: str | None = None
    sha256: str | None = None
    reason: str = Field(max_length=4000)


class BlockTold(Told):
    """A block that holds."""

    id: int
    name: str
    version: str | None
    sha256: str | None
    reason: str
    by: str
    at: datetime
    malware: bool


class BlocksTold(Told):
    """The blocks that hold now."""

    blocks: list[BlockTold]


class LiftedTold(Told):
    """How many blocks were lifted."""

    lifted: int


@router.post("/promotions", status_code=201)
async def promote(gear: GearPart, actor: ActorPart, asked: NewPromotion) -> DecisionTold:
    """List the files of a release in another feed, as exactly the same bytes."""
    order = Promotion(
        parse_project(asked.name),
        parse_version(asked.version),
        parse_feed_name(asked.source),
        parse_feed_name(asked.target),
        asked.comment,
    )
    return tell_decision(await promotion.promote(gear, actor, order))


@router.get("/blocks")
async def list_blocks(gear: GearPart, actor: ActorPart) -> BlocksTold:
    """List the blocks that hold now."""
    found = await asyncio.to_thread(service.current, gear, actor)
    return BlocksTold(blocks=[_tell(block) for block in found])


@router.post("/blocks", status_code=201)
async def block(gear: GearPart, actor: ActorPart, asked: NewBlock) -> BlockTold:
    """Withdraw a project, a release or a file: no feed serves it from this moment on."""
    target = await _target(gear, actor, asked.name, asked.version, asked.sha256)
    what = (target.project, target.version, asked.reason, asked.malware, target.sha256)
    return _tell(await asyncio.to_thread(service.block, gear, actor, BlockOrder(*what)))


@router.post("/blocks/end")
async def end_block(gear: GearPart, actor: ActorPart, asked: EndedBlock) -> LiftedTold:
    """Lift the blocks on exactly this project, release or file."""
    target = await _target(gear, actor, asked.name, asked.version, asked.sha256)
    lifted = await asyncio.to_thread(service.unblock, gear, actor, target, asked.reason)
    return LiftedTold(lifted=lifted)


@router.get("/blocks/preview")
async def preview(
    gear: GearPart, actor: ActorPart, asked: Annotated[TargetAsked, Depends()]
) -> PreviewTold:
    """Tell what a block of this would withdraw; nothing is changed."""
    target = await _target(gear, actor, asked.name, asked.version, asked.sha256)
    return tell_preview(await asyncio.to_thread(taker_service.preview, gear, actor, target))


@router.get("/takers")
async def list_takers(
    gear: GearPart, actor: ActorPart, asked: Annotated[TargetAsked, Depends()]
) -> TakersTold:
    """List who took a project, a release or a file, the latest first."""
    target = await _target(gear, actor, asked.name, asked.version, asked.sha256)
    found = await asyncio.to_thread(taker_service.takers, gear, actor, target)
    return TakersTold(takers=[tell_taker(one) for one in found])


async def _target(
    gear: Gear, actor: Actor, name: str, version: str | None, sha256: str | None
) -> Target:
    find = taker_service.target_of
    return await asyncio.to_thread(find, gear, actor, name, version, sha256)


def _tell(block: Block) -> BlockTold:
    return BlockTold(
        id=block.id,
        name=block.project,
        version=None if block.version is None else str(block.version),
        sha256=block.sha256,
        reason=block.reason,
        by=block.by,
        at=block.at,
        malware=block.is_malware,
    )
