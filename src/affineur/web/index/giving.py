"""How everything that is rendered is given: from the cache while it is true, prepared once.

Permission was asked before anybody comes here: what is given is the same for all who may.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from affineur.core.names import ProjectName
from affineur.core.usage import Kind, Lack
from affineur.services.pages import ASK_AGAIN
from affineur.web.encodings import Encoding, choose
from affineur.web.http import Answer, Headers, Lasting, Request
from affineur.web.index.cache import Encoded, Key, Rendered
from affineur.web.index.caching import caching
from affineur.web.index.desk import Desk
from affineur.web.index.noting import Noting


@dataclass(frozen=True, slots=True)
class Body:
    """What was rendered."""

    body: bytes
    changes_at: datetime | None = None
    """When time alone makes it untrue."""
    as_of: int | None = None
    """How far changes were when it was made; None: as far as when the client was let in."""
    lack: Lack | None = None
    """Why nothing that it shows can be had."""


Render = Callable[[], Awaitable[Body]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: where it is kept, what it is about, how it is sent."""

    key: Key
    project: ProjectName | None
    """None for what is made of all projects of the feed."""
    content_type: str
    vary: str


async def give(desk: Desk, request: Request, at: tuple[Noting, Wanted], render: Render) -> Answer:
    """Give what was rendered before, if it is still true; else render it.

    What shows nothing to be had is not kept to be given at once: who asks for it is noted.
    """
    noting, wanted = at
    entry = noting.entry
    as_of = desk.gear.clock.now()
    if entry.actor.wants_fresh:  # what was made without asking anew does not last that long
        as_of += ASK_AGAIN
    page = desk.pages.find(wanted.key, desk.gear.pulse, entry.marks, as_of)
    if page is None:
        new = await render()
        made = entry.made(wanted.project, new.changes_at, new.as_of)
        page = await desk.gear.compose(Rendered.of, new.body, made, new.lack)
        desk.pages.keep(wanted.key, page)
    encoding = choose(request.headers.get("accept-encoding"))
    encoded = page.ready(encoding)
    if encoded is None:
        encoded = await desk.gear.compose(page.prepare, encoding)
    answer = _sent(request, wanted, encoded)
    use = noting.use(Kind.PAGE, wanted.project)
    if page.lack is None or wanted.project is None:
        return replace(answer, lasting=Lasting(page.made, entry), use=use)
    noting.want(wanted.project, "", page.lack)
    return replace(answer, use=use)


def moved(location: str) -> Answer:
    """Lead to another URL, relative to the one that was asked for."""
    return Answer(301, (("location", location), ("cache-control", "no-store")))


def _sent(request: Request, wanted: Wanted, page: Encoded) -> Answer:
    headers: Headers = (
        ("content-type", wanted.content_type),
        ("etag", page.etag),
        *caching(request, wanted.vary),
    )
    if page.encoding is not Encoding.IDENTITY:
        headers = (*headers, ("content-encoding", page.encoding.value))
    return Answer(200, headers, page.body)
