"""Feeds: making and changing them, their policy, their reserved names."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from affineur.core.names import FeedName, NamePattern, parse_feed_name
from affineur.services import connectors, rights
from affineur.services import feeds as service
from affineur.services.feeds import KEEP, FeedChange, NewFeed
from affineur.web.api.base import ActorPart, Done, GearPart
from affineur.web.api.feed_models import (
    FeedChangeAsked,
    FeedsTold,
    FeedTold,
    NewFeedAsked,
    PatternAsked,
    tell_feed,
)
from affineur.web.api.rights_models import MembersTold, RightsTold, tell_members, tell_rights

router = APIRouter(prefix="/feeds", tags=["feeds"])


@router.get("")
async def list_feeds(gear: GearPart, actor: ActorPart) -> FeedsTold:
    """List the feeds that you may know of."""
    found = await asyncio.to_thread(service.visible, gear, actor)
    return FeedsTold(feeds=[tell_feed(feed) for feed in found])


@router.post("", status_code=201)
async def create_feed(gear: GearPart, actor: ActorPart, asked: NewFeedAsked) -> FeedTold:
    """Make a feed, with a connector if one is named."""
    new = NewFeed(
        parse_feed_name(asked.name),
        _feed_or_none(asked.source),
        asked.merge,
        asked.reads_anonymous,
        asked.requester_may_approve,
    )
    first = connectors.first_connector(_feed_or_none(asked.reads), asked.mirrors)
    made = (
        await asyncio.to_thread(service.create, gear, actor, new)
        if first is None
        else await asyncio.to_thread(connectors.create_connected, gear, actor, new, first)
    )
    return tell_feed(made)


@router.get("/{feed}")
async def show_feed(gear: GearPart, actor: ActorPart, feed: str) -> FeedTold:
    """Show one feed; a hidden one looks like one that does not exist."""
    found = await asyncio.to_thread(service.show, gear, actor, parse_feed_name(feed))
    return tell_feed(found)


@router.patch("/{feed}")
async def change_feed(
    gear: GearPart, actor: ActorPart, feed: str, asked: FeedChangeAsked
) -> FeedTold:
    """Change a feed; what is left out stays."""
    change = FeedChange(
        _feed_or_none(asked.source) if "source" in asked.model_fields_set else KEEP,
        asked.merge,
        asked.reads_anonymous,
        asked.requester_may_approve,
    )
    name = parse_feed_name(feed)
    return tell_feed(await asyncio.to_thread(service.update, gear, actor, name, change))


@router.get("/{feed}/rights")
async def explain_rights(
    gear: GearPart,
    actor: ActorPart,
    feed: str,
    user: Annotated[str | None, Query(max_length=128, description="You, when left out.")] = None,
    token: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="His token.")] = None,
) -> RightsTold:
    """Say of each permission whether a user, or one of his tokens, has it at a feed, and why."""
    name = parse_feed_name(feed)
    return tell_rights(await asyncio.to_thread(rights.explain, gear, actor, name, user, token))


@router.get("/{feed}/members")
async def list_members(gear: GearPart, actor: ActorPart, feed: str) -> MembersTold:
    """List who has a role at a feed, the roles on every feed included."""
    found = await asyncio.to_thread(rights.members, gear, actor, parse_feed_name(feed))
    return tell_members(found)


@router.post("/{feed}/reserved", status_code=201)
async def reserve(gear: GearPart, actor: ActorPart, feed: str, asked: PatternAsked) -> Done:
    """Reserve names for a feed: no external index is asked for them again, by any feed."""
    pattern = NamePattern.parse(asked.pattern)
    await asyncio.to_thread(service.reserve, gear, actor, parse_feed_name(feed), pattern)
    return Done()


@router.delete("/{feed}/reserved/{pattern}")
async def unreserve(gear: GearPart, actor: ActorPart, feed: str, pattern: str) -> Done:
    """End a reservation; names that the feed holds files of stay its own."""
    parsed = NamePattern.parse(pattern)
    await asyncio.to_thread(service.unreserve, gear, actor, parse_feed_name(feed), parsed)
    return Done()


def _feed_or_none(text: str | None) -> FeedName | None:
    return None if text is None else parse_feed_name(text)
