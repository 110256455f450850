"""Connectors of a feed, and their filters."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from affineur.core.names import parse_feed_name
from affineur.services import condition, connector_orders, filter_trials
from affineur.services import connectors as service
from affineur.services.connectors import NewConnector, NewFilter
from affineur.web.api.base import ActorPart, Done, GearPart, NumberPart
from affineur.web.api.condition_models import AskedTold, ConditionsTold, tell_asked, tell_condition
from affineur.web.api.feed_models import (
    ConnectorsTold,
    ConnectorTold,
    FiltersTold,
    FilterTold,
    NewConnectorAsked,
    NewFilterAsked,
    OrderAsked,
    tell_connector,
    tell_filter,
)
from affineur.web.api.filter_trial_models import FilterTrialTold, tell_trial

router = APIRouter(prefix="/feeds/{feed}/connectors", tags=["connectors"])
status_router = APIRouter(prefix="/connectors", tags=["connectors"])


@status_router.get("/status")
async def show_status(
    gear: GearPart,
    actor: ActorPart,
    feed: Annotated[str | None, Query(description="Only of this feed's connectors.")] = None,
) -> ConditionsTold:
    """Show how the external indexes are: of one feed's connectors, or of all that you manage."""
    name = None if feed is None else parse_feed_name(feed)
    found = await asyncio.to_thread(condition.conditions, gear, actor, name)
    return ConditionsTold(connectors=[tell_condition(one) for one in found])


@router.get("")
async def list_connectors(gear: GearPart, actor: ActorPart, feed: str) -> ConnectorsTold:
    """List a feed's connectors, in the order in which they are asked."""
    found = await asyncio.to_thread(service.connectors, gear, actor, parse_feed_name(feed))
    return ConnectorsTold(connectors=[tell_connector(one) for one in found])


@router.post("", status_code=201)
async def add_connector(
    gear: GearPart, actor: ActorPart, feed: str, asked: NewConnectorAsked
) -> ConnectorTold:
    """Connect a feed to another one, or to an external index."""
    new = NewConnector(
        asked.name,
        None if asked.target is None else parse_feed_name(asked.target),
        asked.url,
        tuple(asked.origins),
        asked.username,
        asked.password,
    )
    name = parse_feed_name(feed)
    return tell_connector(await asyncio.to_thread(service.add_connector, gear, actor, name, new))


@router.post("/order")
async def order_connectors(
    gear: GearPart, actor: ActorPart, feed: str, asked: OrderAsked
) -> ConnectorsTold:
    """Put a feed's connectors in another order; views at an earlier date keep the old one."""
    name = parse_feed_name(feed)
    await asyncio.to_thread(connector_orders.order, gear, actor, name, asked.names)
    found = await asyncio.to_thread(service.connectors, gear, actor, name)
    return ConnectorsTold(connectors=[tell_connector(one) for one in found])


@router.post("/{connector}/ask")
async def ask_index(gear: GearPart, actor: ActorPart, feed: str, connector: str) -> AskedTold:
    """Ask a connector's external index for a page now, to see whether it answers."""
    found = await condition.ask_now(gear, actor, parse_feed_name(feed), connector)
    return tell_asked(found)


@router.delete("/{connector}")
async def end_connector(gear: GearPart, actor: ActorPart, feed: str, connector: str) -> Done:
    """End a connector: what came through it is no longer on the feed's pages."""
    name = parse_feed_name(feed)
    await asyncio.to_thread(service.end_connector, gear, actor, name, connector)
    return Done()


@router.get("/{connector}/filters")
async def list_filters(gear: GearPart, actor: ActorPart, feed: str, connector: str) -> FiltersTold:
    """List a connector's filters, oldest first."""
    name = parse_feed_name(feed)
    found = await asyncio.to_thread(service.filters, gear, actor, name, connector)
    return FiltersTold(filters=[tell_filter(one) for one in found])


@router.post("/{connector}/filters", status_code=201)
async def add_filter(
    gear: GearPart, actor: ActorPart, feed: str, connector: str, asked: NewFilterAsked
) -> FilterTold:
    """Add a filter to a connector; it holds at once."""
    name = parse_feed_name(feed)
    new = _new_filter(asked)
    made = await asyncio.to_thread(service.add_filter, gear, actor, name, connector, new)
    return tell_filter(made)


@router.post("/{connector}/filters/test")
async def test_filter(
    gear: GearPart, actor: ActorPart, feed: str, connector: str, asked: NewFilterAsked
) -> FilterTrialTold:
    """Say what a filter would withhold of what was used in 30 days, and of what stands."""
    name = parse_feed_name(feed)
    new = _new_filter(asked)
    return tell_trial(
        await asyncio.to_thread(filter_trials.try_filter, gear, actor, name, connector, new)
    )


@router.delete("/{connector}/filters/{number}")
async def end_filter(
    gear: GearPart, actor: ActorPart, feed: str, connector: str, number: NumberPart
) -> Done:
    """End a connector's filter."""
    name = parse_feed_name(feed)
    await asyncio.to_thread(service.end_filter, gear, actor, name, connector, number)
    return Done()


def _new_filter(asked: NewFilterAsked) -> NewFilter:
    return NewFilter(
        asked.action,
        asked.reason,
        tuple(asked.names),
        asked.versions,
        asked.min_age_days,
        asked.kind,
        asked.show,
    )
