"""The change page: a version held against the last approved one, for whoever has a minute.

What is new comes first, then the tree of files, then their lines with the findings beside them.
Of a large change the first files stand on the page, and any other is one link away.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from affineur.core.differences import Group, State, Touched
from affineur.core.errors import BadInput, DomainError, NotFound, Unavailable
from affineur.core.lines import DiffCaps, Lines
from affineur.core.names import parse_feed_name, parse_project, parse_version
from affineur.core.permissions import Permission
from affineur.core.requests import Item, Request, RequestState
from affineur.services import changing, requests
from affineur.services.changing import Asked, Change, NotFetched, NothingBefore
from affineur.web.http import Answer
from affineur.web.ui.answers import fragment, page, redirect
from affineur.web.ui.change_view import VIEWS, Anchors, Place, sheet, spots, tree
from affineur.web.ui.forms import Fields
from affineur.web.ui.links import url
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_ON_THE_PAGE = 30
"""Files whose lines stand on the page when nobody chose one."""
_CAPS = DiffCaps(
    files=_ON_THE_PAGE,
    shown_per_file=250,
    shown=1_200,
    file_s=1.0,
    total_s=5.0,
    is_coloured=True,
    colours_s=2.0,
)
_MORE_AROUND = (3, 12, 60, 10_000)
_OF_ONE = 4_000
_MOST_VERSIONS = 200
_QUERY = ("from", "of", "view", "file", "request")


async def show(visit: Visit, feed: str, project: str, version: str) -> Answer:
    """Show what became of a release."""
    asked = _asked(visit, feed, project, version)
    opened = await _opened_from(visit, asked)
    try:
        change = await changing.find(visit.gear, visit.actor, asked)
    except NothingBefore as error:
        return await _nothing(visit, asked, error, opened)
    except NotFetched as error:
        return await _not_fetched(visit, asked, error)
    place = _place(visit, change, opened)
    chosen = _chosen(visit, change)
    told, trouble = await _lines(visit, change, chosen)
    counted = _counted(visit, change, told)
    anchors = Anchors()
    sheets = [sheet(place, one, told.get(one.path), anchors) for one in chosen.files]
    shown = frozenset(one.path for one in chosen.files)
    return await page(
        visit,
        "change/change.html",
        title=f"{project} {change.old.filename.version} \u2192 {version}",
        place=place,
        change=change,
        opened=opened,
        trouble=trouble,
        sheets=sheets,
        spots=spots(place, sheets),
        anchors=anchors.shown,
        branches=tree(place, counted or told, shown=shown, here=chosen.path),
        is_counted=counted is not None,
        tree_url=place.tree(chosen.path),
        totals=_totals(counted),
        chosen=chosen,
        versions=change.versions[:_MOST_VERSIONS],
    )


async def show_tree(visit: Visit, feed: str, project: str, version: str) -> Answer:
    """Show the tree again, with the lines counted if that is done; by itself it is no page."""
    asked = _asked(visit, feed, project, version)
    if not visit.is_partial:
        return redirect(visit, _page_of(asked, visit.asked))
    change = await changing.find(visit.gear, visit.actor, asked)
    place = _place(visit, change, await _opened_from(visit, asked))
    chosen = _chosen(visit, change)
    counted = changing.counts(visit.gear, change)
    return await fragment(
        visit,
        "change/_tree.html",
        place=place,
        change=change,
        branches=tree(
            place,
            counted or {},
            shown=frozenset(one.path for one in chosen.files),
            here=chosen.path,
        ),
        is_counted=counted is not None,
        tree_url=place.tree(chosen.path),
        totals=_totals(counted),
    )


async def fetch(visit: Visit, feed: str, project: str, version: str) -> Answer:
    """Fetch the files that are to be compared, and go on to the change."""
    asked = _asked(visit, feed, project, version)
    await changing.fetch(visit.gear, visit.actor, asked)
    return redirect(visit, _page_of(asked, visit.form))


def _asked(visit: Visit, feed: str, project: str, version: str) -> Asked:
    old = visit.query("from") or visit.form.text("from")
    return Asked(
        parse_feed_name(feed),
        parse_project(project),
        parse_version(version),
        parse_version(old) if old else None,
        visit.query("of") or visit.form.text("of") or None,
    )


def _page_of(asked: Asked, told: Fields) -> str:
    """Link to the page, with what a query or a form said about it."""
    path = url("/feeds", asked.feed, "packages", asked.project, asked.new, "change")
    return url(path, **{name: told.text(name) for name in _QUERY})


def _place(visit: Visit, change: Change, opened: _From | None) -> Place:
    view = visit.query("view", VIEWS[0])
    return Place(
        change,
        visit.query("from"),
        visit.query("of"),
        view if view in VIEWS else VIEWS[0],
        opened.request.id if opened else None,
    )


# --- which files stand on the page -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The files whose lines stand on the page."""

    files: tuple[Touched, ...]
    caps: DiffCaps
    path: str | None = None
    """The one file that was asked for."""
    before: Touched | None = None
    after: Touched | None = None
    onward: Touched | None = None
    """The next file of which something new is said, and that is not on the page."""
    more_around: int | None = None
    """So many lines around each change are the next step."""


def _chosen(visit: Visit, change: Change) -> _Chosen:
    path = visit.query("file")
    suspects = [one for one in change.files if one.group is Group.SUSPECT]
    if not path:
        first = _first(change)
        return _Chosen(first, _CAPS, onward=next((s for s in suspects if s not in first), None))
    places = {one.path: place for place, one in enumerate(change.files)}
    if path not in places:
        raise NotFound(
            f"{path[:200]} is as it was, or in neither file.",
            hint="Choose a file in the tree of the change.",
        )
    place = places[path]
    context = _context(visit)
    return _Chosen(
        (change.files[place],),
        DiffCaps(shown_per_file=_OF_ONE, context=context, is_coloured=True),
        path,
        change.files[place - 1] if place else None,
        change.files[place + 1] if place + 1 < len(change.files) else None,
        next((one for one in suspects if places[one.path] > place), None),
        next((one for one in _MORE_AROUND if one > context), None),
    )


def _context(visit: Visit) -> int:
    text = visit.query("around", str(_MORE_AROUND[0]))
    if not text.isdecimal() or int(text) not in _MORE_AROUND:
        around = ", ".join(map(str, _MORE_AROUND))
        raise BadInput(f"{text[:20]!r} lines around a change cannot be shown.", hint=around)
    return int(text)


def _first(change: Change) -> tuple[Touched, ...]:
    """Choose what stands on the page by itself: not what is gone, which can do nothing now."""
    there = [one for one in change.files if one.state is not State.REMOVED]
    return tuple(there[:_ON_THE_PAGE])


async def _lines(
    visit: Visit, change: Change, chosen: _Chosen
) -> tuple[dict[str, Lines], DomainError | None]:
    """Give the lines that stand on the page, or why there are none; the rest is told anyway."""
    try:
        return await changing.lines(visit.gear, change, chosen.files, chosen.caps), None
    except Unavailable as error:
        return {}, error


# --- how many lines ----------------------------------------------------------------------


def _counted(visit: Visit, change: Change, told: dict[str, Lines]) -> dict[str, Lines] | None:
    """Give the counts of all files, if they are known; else they begin to be made."""
    if all(one.path in told for one in change.files if one.is_text):
        return told
    return changing.counts(visit.gear, change)


def _totals(counted: dict[str, Lines] | None) -> tuple[int, int] | None:
    """Sum the lines that came and went; None when nobody could count them, or did yet."""
    if not counted:
        return None
    lines = counted.values()
    return sum(one.added for one in lines), sum(one.removed for one in lines)


# --- the request that it was opened from -------------------------------------------------


@dataclass(frozen=True, slots=True)
class _From:
    """The request that the page was opened from, and this release in it."""

    request: Request
    item: Item
    may_decide: bool
    open_count: int
    """How many of its releases nobody answered yet."""


async def _opened_from(visit: Visit, asked: Asked) -> _From | None:
    """Find the request; None when it may not be seen, or does not ask for this release."""
    number = visit.query("request")
    if not number.isdecimal() or len(number) > 18:
        return None
    with suppress(DomainError):
        request = await visit.ask(requests.show, int(number))
        release = asked.project, asked.new
        for item in request.items:
            if (item.release.project, item.release.version) == release:
                is_open = request.state is RequestState.REVIEW and item.answer is None
                may = is_open and visit.may(Permission.REQUEST_DECIDE, request.feed)
                left = sum(one.answer is None for one in request.items)
                return _From(request, item, may, left)
    return None


# --- when there is nothing to compare ----------------------------------------------------


async def _nothing(
    visit: Visit, asked: Asked, error: NothingBefore, opened: _From | None
) -> Answer:
    return await page(
        visit,
        "change/nothing.html",
        title=f"{asked.project} {asked.new}",
        asked=asked,
        error=error,
        opened=opened,
        versions=error.versions[:_MOST_VERSIONS],
    )


async def _not_fetched(visit: Visit, asked: Asked, error: NotFetched) -> Answer:
    return await page(
        visit,
        "change/fetch.html",
        title=f"{asked.project} {asked.new}",
        status=409,
        asked=asked,
        error=error,
        fields={name: visit.query(name) for name in _QUERY},
    )


_PATH = "/feeds/{feed}/packages/{project}/{version}/change"

ROUTES = (
    Route("GET", _PATH, show),
    Route("GET", f"{_PATH}/tree", show_tree),
    Route("POST", f"{_PATH}/fetch", fetch),
)
