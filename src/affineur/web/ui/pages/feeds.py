"""The feeds that one may read, and the packages of each: searched, filtered, sorted, paged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from affineur.core.errors import DomainError
from affineur.core.feeds import Feed
from affineur.core.names import parse_feed_name, parse_project
from affineur.core.permissions import Permission
from affineur.core.project_lists import Sort, Source, Wanted, needle
from affineur.services import feeds as service
from affineur.services import projects
from affineur.services.projects import ProjectPage
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import fragment, page
from affineur.web.ui.forms import Fields
from affineur.web.ui.pages.feed_frame import frame
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_LIMIT = 50
_SINCE = {"1": "the last day", "7": "the last 7 days", "30": "the last 30 days"}
_MARKS = {"findings": "with findings", "blocked": "blocked", "yanked": "with yanked files"}
_SORTS = {
    Sort.NAME: "by name",
    Sort.CHANGED: "last changed first",
    Sort.DOWNLOADS: "most taken first",
}
_SOURCES = {
    Source.OWN: "its own",
    Source.REVIEWED: "reviewed, of another feed",
    Source.FEED: "of another feed",
    Source.OUTSIDE: "of an external index",
}
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a list, as it stands in the form and in the links to further parts."""

    search: str
    sort: Sort
    source: Source | None
    mark: str
    since: str

    @property
    def query(self) -> dict[str, object]:
        """What a link to a part of the same list carries."""
        return {
            "search": self.search,
            "sort": None if self.sort is Sort.NAME else self.sort,
            "source": self.source,
            "mark": self.mark,
            "since": self.since,
        }

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the whole list was asked for."""
        return bool(self.search or self.source or self.mark or self.since)


async def show_all(visit: Visit) -> Answer:
    """Show every feed that one may read, and how packages flow through them."""
    found = await visit.ask(service.visible)
    counts = await visit.ask(projects.counted)
    return await page(
        visit,
        "feeds/all.html",
        title="Feeds",
        feeds=found,
        counts=counts,
        flow=_flow(found),
        source_words=_SOURCES,
    )


async def show(visit: Visit, feed: str) -> Answer:
    """Show the packages of a feed; a script that searches gets the list alone."""
    name = parse_feed_name(feed)
    asked = _asked(visit.asked)
    found = await visit.ask(projects.listed, name, _wanted(visit, asked))
    if visit.is_partial:
        return await fragment(visit, "feeds/_packages.html", **_values(visit, feed, asked, found))
    values = _values(visit, feed, asked, found)
    return await page(
        visit,
        "feeds/packages.html",
        title=feed,
        frame=await frame(visit, name, "Packages"),
        sorts=[(str(sort), words) for sort, words in _SORTS.items()],
        sources=[("", "anywhere"), *((str(one), _SOURCES[one]) for one in found.counts)],
        marks=[("", "all"), *_MARKS.items()],
        sinces=[("", "at any time"), *_SINCE.items()],
        **values,
    )


async def look_up(visit: Visit, feed: str) -> Answer:
    """Look a name up, external indexes asked as an install would ask them."""
    name = parse_feed_name(feed)
    typed = visit.form.text("name")
    found, error = None, None
    try:
        found = await projects.look_up(visit.gear, visit.actor, name, parse_project(typed))
    except DomainError as trouble:
        error = trouble
    return await page(
        visit,
        "feeds/looked_up.html",
        title=f"Look up {typed[:60]}",
        status=200 if error is None else status_of(error),
        frame=await frame(visit, name, ""),
        typed=typed,
        found=found,
        error=error,
        may_ask=visit.may(Permission.REQUEST_CREATE, name),
    )


def _asked(fields: Fields) -> Asked:
    """Read what was asked; what makes no sense is left out, so that no link leads nowhere."""
    mark, since = fields.text("mark"), fields.text("since")
    return Asked(
        search=fields.text("search")[:200],
        sort=_word(Sort, fields.text("sort")) or Sort.NAME,
        source=_word(Source, fields.text("source")),
        mark=mark if mark in _MARKS else "",
        since=since if since in _SINCE else "",
    )


def _word(kind: type[_Word], text: str) -> _Word | None:
    return kind(text) if text in {str(one) for one in kind} else None


def _wanted(visit: Visit, asked: Asked) -> Wanted:
    now = visit.gear.clock.now()
    return Wanted(
        search=asked.search,
        sort=asked.sort,
        source=asked.source,
        has_findings=asked.mark == "findings",
        is_blocked=asked.mark == "blocked",
        is_yanked=asked.mark == "yanked",
        changed_since=now - timedelta(days=int(asked.since)) if asked.since else None,
        after=visit.query("after") or None,
        limit=_LIMIT,
    )


def _values(
    visit: Visit, feed: str, asked: Asked, found: ProjectPage
) -> dict[str, Any]:  # Any: values of a template
    name = parse_feed_name(feed)
    return {
        "feed": feed,
        "asked": asked,
        "found": found,
        "is_first": not visit.query("after"),
        "source_words": _SOURCES,
        "exact": _exact(asked.search),
        "may_ask": visit.may(Permission.REQUEST_CREATE, name),
        "may_publish": visit.may(Permission.FEED_PUBLISH, name),
    }


def _exact(search: str) -> str:
    """Give what was searched as a name, if it is one."""
    try:
        return parse_project(needle(search)) if search else ""
    except DomainError:
        return ""


def _flow(feeds: tuple[Feed, ...]) -> list[tuple[Feed, list[str]]]:
    """Put feeds in the order in which packages flow, each with what it reads."""
    named = {one.name: one for one in feeds}
    placed: dict[str, int] = {}

    def depth(feed: Feed, path: tuple[str, ...]) -> int:
        if feed.name in placed or feed.name in path:
            return placed.get(feed.name, 0)
        targets = [one.target for one in feed.connectors if one.target]
        reads = [*targets, *([feed.source] if feed.source else [])]
        behind = [depth(named[one], (*path, feed.name)) for one in reads if one in named]
        placed[feed.name] = 1 + max(behind, default=0)
        return placed[feed.name]

    ordered = sorted(feeds, key=lambda one: (depth(one, ()), one.name))
    return [(one, [str(link.target or link.name) for link in one.connectors]) for one in ordered]


ROUTES = (
    Route("GET", "/feeds", show_all),
    Route("GET", "/feeds/{feed}", show),
    Route("POST", "/feeds/{feed}/lookup", look_up),
)
