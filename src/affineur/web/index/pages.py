"""Project pages and the list of all projects, in both representations (PEP 503, PEP 691).

The permission is asked first, always; then the cache; then the service for the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from affineur.core.names import FeedName, parse_project
from affineur.services import serve
from affineur.services.doorkeeper import Entry
from affineur.web.encodings import Encoding, choose
from affineur.web.http import Answer, Headers, Lasting, Request
from affineur.web.index import simple_html, simple_json
from affineur.web.index.cache import Encoded, Key, Rendered
from affineur.web.index.desk import Desk
from affineur.web.index.links import links_of
from affineur.web.index.negotiate import Form, negotiate

_Render = Callable[[], Awaitable[tuple[bytes, datetime | None]]]
_VARY = "Accept, Accept-Encoding, Authorization"


async def project(desk: Desk, request: Request, at: tuple[FeedName, str]) -> Answer:
    """Answer with a project's page, or lead to the URL that is its one right spelling."""
    feed, spelling = at
    form = negotiate(request.headers.get("accept"))
    entry = await desk.enter(request, feed)
    name = parse_project(spelling)
    if spelling != name or request.segments[-1] != "":
        up = "../" if request.segments[-1] == "" else ""
        return moved(f"{up}{name}/")

    async def render() -> tuple[bytes, datetime | None]:
        page = await serve.page(desk.gear, entry.actor, feed, name)
        write = simple_json.project if form is Form.JSON else simple_html.project
        return await asyncio.to_thread(write, links_of(page)), page.changes_at

    return await _answer(desk, request, (entry, (feed, name, form)), render)


async def root(desk: Desk, request: Request, feed: FeedName) -> Answer:
    """Answer with the names of all projects that have files here."""
    form = negotiate(request.headers.get("accept"))
    entry = await desk.enter(request, feed)
    if request.segments[-1] != "":
        return moved("simple/")

    async def render() -> tuple[bytes, datetime | None]:
        names = await serve.project_names(desk.gear, entry.actor, feed)
        write = simple_json.root if form is Form.JSON else simple_html.root
        return await asyncio.to_thread(write, names), None

    return await _answer(desk, request, (entry, (feed, "", form)), render)


def moved(location: str) -> Answer:
    """Lead to another URL, relative to the one that was asked for."""
    return Answer(301, (("location", location), ("cache-control", "no-store")))


def caching(request: Request, vary: str = _VARY) -> Headers:
    """Say how caches may keep it: never without asking again, and never one client's for others."""
    whose = "private, " if "authorization" in request.headers else ""
    return (("cache-control", f"{whose}max-age=0, must-revalidate"), ("vary", vary))


async def _answer(desk: Desk, request: Request, at: tuple[Entry, Key], render: _Render) -> Answer:
    entry, key = at
    page = desk.pages.find(key, desk.gear.pulse, entry.marks, desk.gear.clock.now())
    if page is None:
        body, changes_at = await render()
        page = Rendered.of(body, entry.made(parse_project(key[1]) if key[1] else None, changes_at))
        desk.pages.keep(key, page)
    encoding = choose(request.headers.get("accept-encoding"))
    encoded = page.ready(encoding)
    if encoded is None:
        encoded = await asyncio.to_thread(page.prepare, encoding)
        desk.pages.keep(key, page)
    return _sent(request, key[2], encoded, Lasting(page.made, entry))


def _sent(request: Request, form: Form, page: Encoded, lasting: Lasting) -> Answer:
    headers: Headers = (
        ("content-type", form.content_type),
        ("etag", page.etag),
        *caching(request),
    )
    if page.encoding is not Encoding.IDENTITY:
        headers = (*headers, ("content-encoding", page.encoding.value))
    return Answer(200, headers, page.body, lasting)
