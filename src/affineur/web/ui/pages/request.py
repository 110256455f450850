"""The page of one request: everything that an approver decides on, and what its requester reads."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from affineur.core.errors import DomainError, NotFound
from affineur.core.requests import RequestState
from affineur.services import powers, requests
from affineur.services.requests import Progress
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import fragment, page, redirect
from affineur.web.ui.links import url
from affineur.web.ui.request_view import view
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

ON_THE_WAY = frozenset({RequestState.RESOLVING, RequestState.VETTING})
_MOST_ROWS = 400
"""Of more releases the page shows the riskiest; programs get them all."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that was not done, with what was typed, so that nothing of it is lost."""

    error: DomainError
    panel: str
    """Where it was typed: approve, reject, chosen, say, waive or withdraw."""
    typed: Mapping[str, str] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()

    def says(self, panel: str, name: str) -> str:
        """Give what was typed into a field."""
        return self.typed.get(name, "") if panel == self.panel else ""


async def show_request(visit: Visit, number: str) -> Answer:
    """Show one request."""
    return await request_page(visit, parse_number(number))


async def request_page(visit: Visit, number: int, refused: Refused | None = None) -> Answer:
    """Show one request; `refused` is what was just tried in vain."""
    request = await visit.ask(requests.show, number)
    shown = await visit.gear.compose(view, request)
    on_the_way = request.state in ON_THE_WAY
    return await page(
        visit,
        "requests/request.html",
        title=f"Request {number}: {shown.title}",
        status=status_of(refused.error) if refused else 200,
        request=request,
        shown=shown,
        rows=shown.items[:_MOST_ROWS],
        may=await visit.ask(powers.powers, request),
        refused=refused,
        is_tree=visit.query("view") == "tree",
        progress=await visit.ask(requests.progress, number) if on_the_way else None,
        is_own=request.requester == visit.actor.name,
        quoted=shlex.join(request.ask.requirements),
        index_url=f"{visit.gear.public_url}/pypi/internal/simple/",
    )


async def show_progress(visit: Visit, number: str) -> Answer:
    """Show how far a request is; when it has arrived, let the script load the page again."""
    request_id = parse_number(number)
    told: Progress = await visit.ask(requests.progress, request_id)
    if not visit.is_partial:
        return redirect(visit, url("/requests", request_id))
    answer = await fragment(visit, "requests/_progress.html", progress=told, number=request_id)
    if told.state in ON_THE_WAY:
        return answer
    return Answer(answer.status, (*answer.headers, ("hx-refresh", "true")), answer.body)


def parse_number(text: str) -> int:
    """Read the number of a request out of a URL."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound(f"There is no request '{text[:40]}'.", hint="See: /requests")
    return int(text)


ROUTES = (
    Route("GET", "/requests/{number}", show_request),
    Route("GET", "/requests/{number}/progress", show_progress),
)
