"""Policies of feeds: reading, setting and trying them, and what they say of a release."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from affineur.core.names import parse_feed_name, parse_project, parse_version
from affineur.services import policies as service
from affineur.web.api.base import ActorPart, GearPart
from affineur.web.api.policy_models import (
    DifferenceTold,
    ExplainedTold,
    FlawsTold,
    PoliciesTold,
    PolicyAsked,
    PolicyTold,
    TrialAsked,
    TrialTold,
    tell_difference,
    tell_explained,
    tell_flaws,
    tell_trial,
    tell_version,
)

router = APIRouter(prefix="/feeds/{feed}/policy", tags=["policies"])


@router.get("")
async def show_policy(
    gear: GearPart,
    actor: ActorPart,
    feed: str,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="An earlier one.")] = None,
) -> PolicyTold:
    """Show a feed's policy: its own, or the one that affineur ships with."""
    name = parse_feed_name(feed)
    found = await asyncio.to_thread(service.show, gear, actor, name, version)
    return PolicyTold(toml=found.toml, version=found.number)


@router.put("")
async def set_policy(gear: GearPart, actor: ActorPart, feed: str, asked: PolicyAsked) -> PolicyTold:
    """Give a feed its own policy, or with null the shipped one again."""
    name = parse_feed_name(feed)
    await asyncio.to_thread(service.set_policy, gear, actor, name, asked.toml)
    found = await asyncio.to_thread(service.show, gear, actor, name)
    return PolicyTold(toml=found.toml, version=found.number)


@router.get("/versions")
async def list_versions(gear: GearPart, actor: ActorPart, feed: str) -> PoliciesTold:
    """List the versions of a feed's policy, newest first."""
    found = await asyncio.to_thread(service.history, gear, actor, parse_feed_name(feed))
    return PoliciesTold(versions=[tell_version(one) for one in found])


@router.post("/check")
async def check_policy(gear: GearPart, actor: ActorPart, feed: str, asked: TrialAsked) -> FlawsTold:
    """Say what is wrong with a policy, and in which line, without setting it."""
    name = parse_feed_name(feed)
    return tell_flaws(await asyncio.to_thread(service.check, gear, actor, name, asked.toml))


@router.get("/difference")
async def compare_versions(
    gear: GearPart,
    actor: ActorPart,
    feed: str,
    older: Annotated[int, Query(ge=0, le=2**31 - 1, description="0 is the shipped policy.")],
    newer: Annotated[int | None, Query(ge=0, le=2**31 - 1, description="Else what holds.")] = None,
) -> DifferenceTold:
    """Give the lines in which two versions of a feed's policy differ."""
    name = parse_feed_name(feed)
    found = await asyncio.to_thread(service.compare, gear, actor, name, older, newer)
    return tell_difference(found)


@router.post("/test")
async def test_policy(gear: GearPart, actor: ActorPart, feed: str, asked: TrialAsked) -> TrialTold:
    """Say which releases that stand in a feed a policy would answer for more strictly, and why."""
    name = parse_feed_name(feed)
    return tell_trial(await asyncio.to_thread(service.try_out, gear, actor, name, asked.toml))


@router.get("/explain")
async def explain_release(
    gear: GearPart,
    actor: ActorPart,
    feed: str,
    name: Annotated[str, Query()],
    version: Annotated[str, Query()],
) -> ExplainedTold:
    """Show every rule and threshold with what it says of a release, by its last vetting."""
    found = await asyncio.to_thread(
        service.explain_release,
        gear,
        actor,
        parse_feed_name(feed),
        parse_project(name),
        parse_version(version),
    )
    return tell_explained(found)
