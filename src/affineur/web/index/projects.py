"""Answers of the JSON API beside the simple one: a project, or one release of it.

Who asks otherwise than in the one right spelling is led to it, as on the simple pages.
"""

from __future__ import annotations

from functools import partial

from packaging.version import InvalidVersion, Version

from affineur.core.errors import NotFound
from affineur.core.names import parse_project
from affineur.core.views import View
from affineur.services.describing import describe
from affineur.web.http import Answer, Request
from affineur.web.index import project_json
from affineur.web.index.caching import ONE_FORM
from affineur.web.index.desk import Desk
from affineur.web.index.giving import Body, Wanted, give, moved
from affineur.web.index.noting import Noting

_JSON = "application/json"


async def project(desk: Desk, request: Request, at: tuple[View, str, str | None]) -> Answer:
    """Answer with a project and its latest release, or with the release of one version."""
    feed, spelling, text = at
    entry = await desk.enter(request, feed.feed)
    name = parse_project(spelling)
    version = None if text is None else _version(text)
    if spelling != name or request.segments[-1] == "":
        up = "../" * (len(request.segments) - 4)
        return moved(f"{up}{name}/{f'{version}/' if version else ''}json")

    noting = Noting.of(desk.gear, request, feed, entry)

    async def render() -> Body:
        told = await describe(desk.gear, entry.actor, feed, name, version)
        index = f"{desk.gear.public_url}/pypi/{feed}"
        write = partial(project_json.project, told, index, all_releases=version is None)
        body = await desk.gear.compose(write)
        return Body(body, told.changes_at)

    key = (feed.text, name, f"{_JSON} {version or ''}")
    with noting.refusals(name, is_wish=False):
        return await give(desk, request, (noting, Wanted(key, name, _JSON, ONE_FORM)), render)


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise NotFound(f"There is no release {text[:60]!r}: that is no version.") from error
