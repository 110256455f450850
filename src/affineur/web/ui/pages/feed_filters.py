"""The filters of a feed's connectors: what they keep back, trying one, adding it, ending one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from affineur.core.errors import DomainError
from affineur.core.names import FeedName, parse_feed_name
from affineur.core.permissions import Permission, require
from affineur.services import connectors, filter_trials
from affineur.services.connectors import NewFilter
from affineur.services.filter_trials import FilterTrial
from affineur.store.feeds import StandingFilter
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.forms import Fields, read_number
from affineur.web.ui.links import url
from affineur.web.ui.pages.feed_frame import frame
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

_FIELDS = ("connector", "action", "names", "versions", "min_age_days", "kind", "show", "reason")


@dataclass(frozen=True, slots=True)
class Shown:
    """A connector with its filters."""

    name: str
    leads_to: str
    filters: tuple[StandingFilter, ...]


async def show(visit: Visit, feed: str) -> Answer:
    """Show the filters of every connector, and the form for a new one."""
    return await _page(visit, parse_feed_name(feed), visit.asked)


async def try_or_add(visit: Visit, feed: str) -> Answer:
    """Try a filter, and show what it would withhold; or add the one that was just tried."""
    name, form = parse_feed_name(feed), visit.form
    connector = form.text("connector")
    try:
        new = _new(form)
        if form.text("do") == "add":
            made = await visit.ask(connectors.add_filter, name, connector, new)
            told = f"Filter {made.id} of {connector} holds now."
            return redirect(visit, _here(name), said=told)
        trial = await visit.ask(filter_trials.try_filter, name, connector, new)
    except DomainError as error:
        return await _page(visit, name, form, error=error)
    return await _page(visit, name, form, trial=trial)


async def end(visit: Visit, feed: str, connector: str, number: str) -> Answer:
    """End a filter."""
    name = parse_feed_name(feed)
    await visit.ask(connectors.end_filter, name, connector, read_number(number))
    return redirect(visit, _here(name), said=f"Filter {number} of {connector} is ended.")


def _new(form: Fields) -> NewFilter:
    return NewFilter(
        action=form.text("action"),
        reason=form.text("reason"),
        names=tuple(form.text("names").replace(",", " ").split()),
        versions=form.text("versions") or None,
        min_age_days=form.number("min_age_days"),
        kind=form.text("kind") or None,
        show=form.text("show") or "explain",
    )


def _here(name: FeedName) -> str:
    return url("/feeds", name, "filters")


async def _page(
    visit: Visit,
    name: FeedName,
    form: Fields,
    *,
    error: DomainError | None = None,
    trial: FilterTrial | None = None,
) -> Answer:
    require(visit.actor, Permission.FEED_MANAGE, name)
    known = await visit.ask(connectors.connectors, name)
    shown = [
        Shown(
            one.connector.name,
            str(one.connector.target or one.connector.url),
            await visit.ask(connectors.filters, name, one.connector.name),
        )
        for one in known
    ]
    values: dict[str, Any] = {"typed": {field: form.text(field) for field in _FIELDS}}  # Any: texts
    return await page(
        visit,
        "feeds/filters.html",
        title=f"Filters of {name}",
        status=200 if error is None else status_of(error),
        frame=await frame(visit, name, "Filters"),
        connectors=shown,
        form=form,
        error=error,
        trial=trial,
        **values,
    )


ROUTES = (
    Route("GET", "/feeds/{feed}/filters", show),
    Route("POST", "/feeds/{feed}/filters", try_or_add),
    Route("POST", "/feeds/{feed}/filters/{connector}/{number}/end", end),
)
