"""Which handler answers which URL of the index.

/pypi/{feed}/simple/                        the names of all projects
/pypi/{feed}/simple/{project}/              a project's page
/pypi/{feed}/files/{sha256}/{filename}      a file; `.metadata` and `.provenance` of it
/pypi/{feed}/pypi/{project}/json            a project in the older JSON API
/pypi/{feed}/pypi/{project}/{version}/json  a release in it
/pypi/{feed}/legacy/                        uploads

Of each but the last there is a view as it was at a date: /pypi/{feed}@2026-11-01/simple/.
"""

from __future__ import annotations

from affineur.core.errors import DomainError, NotFound
from affineur.core.names import FeedName
from affineur.core.views import View, parse_view
from affineur.services.gear import Gear
from affineur.web.http import Answer, Request
from affineur.web.index import files, pages, projects, upload
from affineur.web.index.desk import Desk
from affineur.web.problems import NotAllowed
from affineur.web.unread import read_out


class Index:
    """The package index of one server."""

    def __init__(self, gear: Gear) -> None:
        self._desk = Desk(gear)

    async def answer(self, request: Request) -> Answer:
        """Answer a request whose path begins with /pypi."""
        try:
            match request.segments:
                case ["pypi", feed, *rest] if rest:
                    view = parse_view(feed, self._desk.gear.clock.now())
                    return await self._in_feed(request, view, rest)
                case _:
                    raise _nothing()
        except DomainError:
            await read_out(request)
            raise

    async def _in_feed(self, request: Request, feed: View, rest: list[str]) -> Answer:
        match rest:
            case ["simple"] | ["simple", ""]:
                _only(request, "GET", "HEAD")
                return await pages.root(self._desk, request, feed)
            case ["simple", project] | ["simple", project, ""]:
                _only(request, "GET", "HEAD")
                return await pages.project(self._desk, request, (feed, project))
            case ["files", _, filename] if filename:
                _only(request, "GET", "HEAD")
                return await files.file(self._desk, request, feed)
            case ["pypi", project, "json"] | ["pypi", project, "json", ""]:
                _only(request, "GET", "HEAD")
                return await projects.project(self._desk, request, (feed, project, None))
            case ["pypi", project, version, "json"] | ["pypi", project, version, "json", ""]:
                _only(request, "GET", "HEAD")
                return await projects.project(self._desk, request, (feed, project, version))
            case ["legacy"] | ["legacy", ""]:
                _only(request, "POST")
                return await upload.receive(self._desk.gear, request, _as_it_is(feed))
            case _:
                raise _nothing()


def _as_it_is(view: View) -> FeedName:
    """Give the feed of a view that is no past one; the past takes no uploads."""
    if view.at is not None:
        raise NotFound(
            f"'{view}' is how the feed was, and takes no uploads.",
            hint=f"Upload to /pypi/{view.feed}/legacy/.",
        )
    return view.feed


def _nothing() -> NotFound:
    return NotFound(
        "There is nothing at this URL of the index.",
        hint="A feed's index is at /pypi/FEED/simple/.",
    )


def _only(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise NotAllowed(request.method, methods)
