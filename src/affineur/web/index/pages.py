"""Project pages and the list of all projects, in both representations (PEP 503, PEP 691).

The permission is asked first, always; then the cache; then the service for the page.
"""

from __future__ import annotations

from dataclasses import replace

from affineur.core.names import ProjectName, parse_project
from affineur.core.usage import Kind, lack_of
from affineur.core.views import View
from affineur.services import roots, serve
from affineur.web.http import Answer, Request
from affineur.web.index import simple_html, simple_json
from affineur.web.index.caching import NEGOTIATED
from affineur.web.index.desk import Desk
from affineur.web.index.giving import Body, Wanted, give, moved
from affineur.web.index.links import links_of
from affineur.web.index.negotiate import Form, negotiate
from affineur.web.index.noting import Noting


async def project(desk: Desk, request: Request, at: tuple[View, str]) -> Answer:
    """Answer with a project's page, or lead to the URL that is its one right spelling."""
    feed, spelling = at
    form = negotiate(request.headers.get("accept"))
    entry = await desk.enter(request, feed.feed)
    name = parse_project(spelling)
    if spelling != name or request.segments[-1] != "":
        up = "../" if request.segments[-1] == "" else ""
        return moved(f"{up}{name}/")

    noting = Noting.of(desk.gear, request, feed, entry)

    async def render() -> Body:
        page = await serve.page(desk.gear, entry.actor, feed, name)
        write = simple_json.project if form is Form.JSON else simple_html.project
        files_url = f"{desk.gear.public_url}/pypi/{feed}/files"
        body = await desk.gear.compose(lambda: write(links_of(page, files_url)))
        return Body(body, page.changes_at, page.as_of, lack_of(page))

    with noting.refusals(name):
        return await give(desk, request, (noting, _wanted(feed, name, form)), render)


async def root(desk: Desk, request: Request, feed: View) -> Answer:
    """Answer with the names of all projects that have files here, or behind it."""
    form = negotiate(request.headers.get("accept"))
    entry = await desk.enter(request, feed.feed)
    if request.segments[-1] != "":
        return moved("simple/")

    noting = Noting.of(desk.gear, request, feed, entry)
    wanted, now = _wanted(feed, None, form), desk.gear.clock.now()
    listed = None
    if desk.pages.find(wanted.key, desk.gear.pulse, entry.marks, now) is None:
        listed = await roots.root(desk.gear, entry.actor, feed)
        if listed.connectors:
            answer = await desk.shelf.give(desk.gear, request, (entry, listed, form))
            return replace(answer, use=noting.use(Kind.PAGE, None))

    async def render() -> Body:
        made_of = listed or await roots.root(desk.gear, entry.actor, feed)
        write = simple_json.root if form is Form.JSON else simple_html.root
        return Body(await desk.gear.compose(lambda: write(made_of.known_names())))

    return await give(desk, request, (noting, wanted), render)


def _wanted(feed: View, project: ProjectName | None, form: Form) -> Wanted:
    return Wanted((feed.text, project or "", form), project, form.content_type, NEGOTIATED)
