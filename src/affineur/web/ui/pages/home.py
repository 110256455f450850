"""The page at `/`: where everybody begins."""

from __future__ import annotations

from affineur.web.http import Answer
from affineur.web.ui.answers import page
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit


async def home(visit: Visit) -> Answer:
    """Show how to install from here and how to ask."""
    index = f"{visit.gear.public_url}/pypi/internal/simple/"
    return await page(visit, "home/home.html", title="Home", index=index)


ROUTES = (Route("GET", "/", home),)
