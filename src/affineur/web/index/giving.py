"""How everything that is rendered is given: from the cache while it is true, prepared once.

Permission was asked before anybody comes here: what is given is the same for all who may.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from affineur.core.names import ProjectName
from affineur.services.doorkeeper import Entry
from affineur.services.pages import ASK_AGAIN
from affineur.web.encodings import Encoding, choose
from affineur.web.http import Answer, Headers, Lasting, Request
from affineur.web.index.cache import Encoded, Key, Rendered
from affineur.web.index.caching import caching
from affineur.web.index.desk import Desk

Render = Callable[[], Awaitable[tuple[bytes, datetime | None, int | None]]]
"""Makes a body, and says when time alone makes it untrue, and how far changes were then."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: where it is kept, what it is about, how it is sent."""

    key: Key
    project: ProjectName | None
    """None for what is made of all projects of the feed."""
    content_type: str
    vary: str


async def give(desk: Desk, request: Request, at: tuple[Entry, Wanted], render: Render) -> Answer:
    """Give what was rendered before, if it is still true; else render it."""
    entry, wanted = at
    as_of = desk.gear.clock.now()
    if entry.actor.wants_fresh:  # what was made without asking anew does not last that long
        as_of += ASK_AGAIN
    page = desk.pages.find(wanted.key, desk.gear.pulse, entry.marks, as_of)
    if page is None:
        body, changes_at, changes = await render()
        made = entry.made(wanted.project, changes_at, changes)
        page = await desk.gear.compose(Rendered.of, body, made)
        desk.pages.keep(wanted.key, page)
    encoding = choose(request.headers.get("accept-encoding"))
    encoded = page.ready(encoding)
    if encoded is None:
        encoded = await desk.gear.compose(page.prepare, encoding)
    return _sent(request, wanted, encoded, Lasting(page.made, entry))


def moved(location: str) -> Answer:
    """Lead to another URL, relative to the one that was asked for."""
    return Answer(301, (("location", location), ("cache-control", "no-store")))


def _sent(request: Request, wanted: Wanted, page: Encoded, lasting: Lasting) -> Answer:
    headers: Headers = (
        ("content-type", wanted.content_type),
        ("etag", page.etag),
        *caching(request, wanted.vary),
    )
    if page.encoding is not Encoding.IDENTITY:
        headers = (*headers, ("content-encoding", page.encoding.value))
    return Answer(200, headers, page.body, lasting)
