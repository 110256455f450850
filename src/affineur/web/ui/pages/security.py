"""The pages at `/security`: what speaks against something approved, and news of it."""

from __future__ import annotations

from affineur.core.errors import BadInput
from affineur.services import incidents
from affineur.web.http import Answer
from affineur.web.ui.answers import page
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit


async def listed_incidents(visit: Visit) -> Answer:
    """List incidents, newest first."""
    kind, before = visit.query("kind"), visit.asked.number("before")
    if kind and kind not in incidents.KINDS:
        raise BadInput(
            f"There is no kind of incident '{kind[:40]}'.", hint="Choose one of the list."
        )
    found = await visit.ask(incidents.listed, before=before, kind=kind)
    return await page(
        visit,
        "security/incidents.html",
        title="Incidents",
        found=found,
        kind=kind,
        kinds=incidents.KINDS,
        is_first=before is None,
        next_before=found[-1].id if len(found) == incidents.PAGE else None,
    )


ROUTES = (Route("GET", "/security/incidents", listed_incidents),)
