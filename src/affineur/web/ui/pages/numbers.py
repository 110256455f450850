"""The page at `/numbers`: requests, waits, who decides, the index, what is held."""

from __future__ import annotations

from affineur.services import numbers as service
from affineur.web.http import Answer
from affineur.web.ui.answers import page
from affineur.web.ui.number_plots import plots
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_SPANS = (12, 26, 52)


async def numbers(visit: Visit) -> Answer:
    """Show the plots of the last weeks, with the table behind each."""
    asked = visit.query("weeks")
    weeks = int(asked) if asked in {str(one) for one in _SPANS} else _SPANS[0]
    found = await visit.ask(service.numbers, weeks)
    return await page(
        visit,
        "numbers/numbers.html",
        title="Numbers",
        weeks=weeks,
        spans=_SPANS,
        plots=plots(found),
        feeds=found.feeds,
    )


ROUTES = (Route("GET", "/numbers", numbers),)
