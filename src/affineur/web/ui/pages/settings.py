"""The way to everything that administrators keep, and how the server is."""

from __future__ import annotations

from affineur.core.permissions import Permission, require
from affineur.services import server_state
from affineur.web.http import Answer
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.forms import read_number
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

SERVER = "/settings/server"


async def show(visit: Visit) -> Answer:
    """Show what there is to keep."""
    require(visit.actor, Permission.SERVER_ADMIN)
    return await page(visit, "settings/hub.html", title="Settings")


async def show_server(visit: Visit) -> Answer:
    """Show how the server is."""
    found = await visit.ask(server_state.state)
    return await page(
        visit,
        "settings/server.html",
        title="Server",
        server=found,
        can_be_tried_again=server_state.can_be_tried_again,
    )


async def try_again(visit: Visit, number: str) -> Answer:
    """Let a job that was put aside be done once more."""
    await visit.ask(server_state.try_again, read_number(number))
    return redirect(visit, SERVER, said=f"Job {number} is tried again.")


ROUTES = (
    Route("GET", "/settings", show),
    Route("GET", SERVER, show_server),
    Route("POST", f"{SERVER}/jobs/{{number}}/retry", try_again),
)
