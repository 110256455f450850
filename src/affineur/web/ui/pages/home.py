"""The page at `/`: what concerns whoever is there, what is new, and how to install from here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from affineur.core.feeds import Feed
from affineur.core.permissions import Permission
from affineur.core.requests import Request
from affineur.services import drafts, feeds, health, latest, queue, requests
from affineur.services.gear import Gear
from affineur.services.health import Health
from affineur.services.latest import LatestRelease
from affineur.services.queue import Queue
from affineur.services.requests import RequestQuery
from affineur.store.drafts import DraftLine
from affineur.web.http import Answer
from affineur.web.ui.answers import page
from affineur.web.ui.client_setup import Server, Setup, installing, publishing
from affineur.web.ui.request_view import title_of
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_USUAL = "internal"
_MOST_WAITING = 8
_MOST_OWN = 8
_MOST_LATEST = 12


@dataclass(frozen=True, slots=True)
class _Own:
    """What somebody asked for."""

    requests: tuple[Request, ...]
    drafts: tuple[DraftLine, ...]


async def home(visit: Visit) -> Answer:
    """Show each what they came for: what waits, what became of theirs, what is new."""
    seen = await visit.ask(feeds.visible)
    readable = [one for one in seen if feeds.readable(visit.actor, one)]
    feed = _chosen(readable, visit.query("feed"))
    waiting, own, seen_health, new = await asyncio.gather(
        _queue(visit), _own(visit), _health(visit), _latest(visit, feed)
    )
    return await page(
        visit,
        "home/home.html",
        title="Home" if visit.signed else "affineur",
        queue=waiting,
        title_of=title_of,
        own=own,
        health=seen_health,
        latest=new,
        feed=feed,
        feeds=[one.name for one in readable],
        setups=_setups(visit, feed),
    )


def _chosen(readable: list[Feed], wanted: str) -> Feed | None:
    """Choose the feed that clients are configured for: the one that is asked for, or the usual."""
    by_name = {str(one.name): one for one in readable}
    first = readable[0] if readable else None
    return by_name.get(wanted) or by_name.get(_USUAL) or first


async def _queue(visit: Visit) -> Queue | None:
    if visit.signed is None or not visit.may_somewhere(Permission.REQUEST_DECIDE):
        return None
    return await visit.ask(queue.waiting, _MOST_WAITING)


async def _own(visit: Visit) -> _Own | None:
    if visit.signed is None or not visit.may_somewhere(Permission.REQUEST_CREATE):
        return None
    made = await visit.ask(requests.recent, RequestQuery(mine=True, limit=_MOST_OWN))
    return _Own(made, await visit.ask(drafts.mine))


async def _health(visit: Visit) -> Health | None:
    if visit.signed is None or not visit.may(Permission.SERVER_ADMIN):
        return None
    return await visit.ask(health.health)


async def _latest(visit: Visit, feed: Feed | None) -> tuple[LatestRelease, ...]:
    if feed is None:
        return ()
    return await visit.ask(latest.newly_available, feed.name, _MOST_LATEST)


def _setups(visit: Visit, feed: Feed | None) -> tuple[Setup, ...]:
    if feed is None:
        return ()
    server = _server(visit.gear, feed)
    publishes = visit.may(Permission.FEED_PUBLISH, feed.name) or visit.signed is None
    return (*installing(server), *([publishing(server)] if publishes else []))


def _server(gear: Gear, feed: Feed) -> Server:
    return Server(gear.public_url, feed.name, needs_token=not feed.reads_anonymous)


ROUTES = (Route("GET", "/", home),)
