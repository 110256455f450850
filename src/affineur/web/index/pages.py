"""Project pages and the list of all projects, in both representations (PEP 503, PEP 691).

The permission is asked first, always; then the cache; then the service for the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from affineur.core.names import FeedName, parse_project
from affineur.core.permissions import Actor
from affineur.services import access, serve
from affineur.services.feeds import enter as enter_feed
from affineur.services.gear import Gear
from affineur.web.conditions import is_unchanged
from affineur.web.credentials import secret_of
from affineur.web.http import Answer, Headers, Request
from affineur.web.index import simple_html, simple_json
from affineur.web.index.cache import Key, PageCache, Rendered
from affineur.web.index.links import links_of
from affineur.web.index.negotiate import Form, negotiate

_Render = Callable[[], Awaitable[tuple[bytes, datetime | None]]]


async def project(
    gear: Gear, cache: PageCache, request: Request, at: tuple[FeedName, str]
) -> Answer:
    """Answer with a project's page, or lead to the URL that is its one right spelling."""
    feed, spelling = at
    form = negotiate(request.headers.get("accept"))
    actor, revision = await _enter(gear, request, feed)
    name = parse_project(spelling)
    if spelling != name or request.segments[-1] != "":
        up = "../" if request.segments[-1] == "" else ""
        return moved(f"{up}{name}/")

    async def render() -> tuple[bytes, datetime | None]:
        page = await serve.page(gear, actor, feed, name)
        write = simple_json.project if form is Form.JSON else simple_html.project
        return await asyncio.to_thread(write, links_of(page)), page.changes_at

    page = await _rendered(gear, cache, ((feed, name, form), revision), render)
    return _answer(request, form, page)


async def root(gear: Gear, cache: PageCache, request: Request, feed: FeedName) -> Answer:
    """Answer with the names of all projects that have files here."""
    form = negotiate(request.headers.get("accept"))
    actor, revision = await _enter(gear, request, feed)
    if request.segments[-1] != "":
        return moved("simple/")

    async def render() -> tuple[bytes, datetime | None]:
        names = await serve.project_names(gear, actor, feed)
        write = simple_json.root if form is Form.JSON else simple_html.root
        return await asyncio.to_thread(write, names), None

    page = await _rendered(gear, cache, ((feed, "", form), revision), render)
    return _answer(request, form, page)


def moved(location: str) -> Answer:
    """Lead to another URL, relative to the one that was asked for."""
    return Answer(301, (("location", location), ("cache-control", "no-store")))


def caching(request: Request) -> Headers:
    """Say how caches may keep it: never without asking again, and never one client's for others."""
    whose = "private, " if "authorization" in request.headers else ""
    return (
        ("cache-control", f"{whose}max-age=0, must-revalidate"),
        ("vary", "Accept, Authorization"),
    )


async def _enter(gear: Gear, request: Request, feed: FeedName) -> tuple[Actor, int]:
    """Find out who is asking, let them in or raise, and read the feed's revision: one hop."""
    secret = secret_of(request.headers)

    def enter() -> tuple[Actor, int]:
        actor = access.authenticate(gear, secret)
        with gear.db.reading() as conn:
            return actor, enter_feed(conn, actor, feed)

    return await asyncio.to_thread(enter)


async def _rendered(gear: Gear, cache: PageCache, at: tuple[Key, int], render: _Render) -> Rendered:
    key, revision = at
    known = cache.find(key, revision, gear.clock.now())
    if known is not None:
        return known
    body, changes_at = await render()
    page = Rendered.of(body, revision, changes_at)
    cache.keep(key, page)
    return page


def _answer(request: Request, form: Form, page: Rendered) -> Answer:
    headers = (("etag", page.etag), *caching(request))
    if is_unchanged(request.headers, page.etag):
        return Answer(304, headers)
    return Answer(200, (("content-type", form.content_type), *headers), page.body)
