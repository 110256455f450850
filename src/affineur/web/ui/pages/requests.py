"""The queue of whoever decides, and the lists of requests that somebody may see."""

from __future__ import annotations

from dataclasses import replace

from affineur.core.names import parse_feed_name
from affineur.core.permissions import Permission
from affineur.core.requests import RequestState
from affineur.services import queue, requests
from affineur.services.requests import RequestQuery
from affineur.web.http import Answer
from affineur.web.ui.answers import page
from affineur.web.ui.links import url
from affineur.web.ui.request_view import title_of
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_AT_ONCE = 50


async def list_requests(visit: Visit) -> Answer:
    """Show what waits for whoever is there, else their own requests, else all they may see."""
    decides = visit.may_somewhere(Permission.REQUEST_DECIDE)
    shown = visit.query("show") or ("waiting" if decides and not _is_searching(visit) else "all")
    if shown == "waiting" and decides:
        return await _queue(visit)
    return await _list(visit, is_mine=shown == "mine", decides=decides)


async def _queue(visit: Visit) -> Answer:
    found = await visit.ask(queue.waiting, _AT_ONCE, visit.query("after"))
    return await page(
        visit,
        "requests/queue.html",
        title="Requests",
        queue=found,
        title_of=title_of,
        decides=True,
        next_url=url("/requests", show="waiting", after=found.after) if found.after else "",
        first_url=url("/requests", show="waiting") if visit.query("after") else "",
    )


async def _list(visit: Visit, *, is_mine: bool, decides: bool) -> Answer:
    typed = {name: visit.query(name) for name in ("state", "feed", "by", "q")}
    state = typed["state"] if typed["state"] in set(RequestState) else ""
    query = RequestQuery(
        state=RequestState(state) if state else None,
        mine=is_mine,
        feed=parse_feed_name(typed["feed"]) if typed["feed"] else None,
        limit=_AT_ONCE,
        before=visit.asked.number("before"),
        requester=typed["by"] or None,
        text=typed["q"][:200] or None,
    )
    found = await visit.ask(requests.recent, replace(query, limit=_AT_ONCE + 1))
    rows = found[:_AT_ONCE]
    here = {"show": "mine" if is_mine else "all", **typed}
    last = rows[-1].id if len(found) > _AT_ONCE else None
    return await page(
        visit,
        "requests/list.html",
        title="Requests",
        rows=rows,
        title_of=title_of,
        decides=decides,
        is_mine=is_mine,
        typed=typed,
        state_options=[(str(one), str(one)) for one in RequestState],
        is_searching=_is_searching(visit),
        next_url=url("/requests", **here, before=last) if last else "",
        first_url=url("/requests", **here) if query.before else "",
    )


def _is_searching(visit: Visit) -> bool:
    return any(visit.query(name) for name in ("state", "feed", "by", "q", "before"))


ROUTES = (Route("GET", "/requests", list_requests),)
