"""The connectors of a feed: how their indexes are, adding one, their order, ending one."""

from __future__ import annotations

from affineur.core.errors import BadInput, DomainError
from affineur.core.names import FeedName, parse_feed_name
from affineur.core.permissions import Permission, require
from affineur.services import condition, connector_orders, connectors, feeds
from affineur.services.connectors import NewConnector
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.forms import Fields
from affineur.web.ui.links import url
from affineur.web.ui.pages.feed_frame import frame
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit


async def show(visit: Visit, feed: str) -> Answer:
    """Show the connectors with the health of their indexes."""
    return await _page(visit, parse_feed_name(feed), Fields())


async def add(visit: Visit, feed: str) -> Answer:
    """Add a connector behind the others."""
    name, form = parse_feed_name(feed), visit.form
    try:
        made = await visit.ask(connectors.add_connector, name, _new(form))
    except DomainError as error:
        return await _page(visit, name, form, error)
    told = f"The connector {made.connector.name} is added; it is asked last."
    return redirect(visit, _here(name), said=told)


async def move(visit: Visit, feed: str, connector: str) -> Answer:
    """Let a connector be asked one place earlier."""
    name = parse_feed_name(feed)
    known = await visit.ask(connectors.connectors, name)
    names = [one.connector.name for one in known]
    at = names.index(connector) if connector in names else 0
    if at:
        names[at - 1], names[at] = names[at], names[at - 1]
        await visit.ask(connector_orders.order, name, names)
    return redirect(visit, _here(name), said=f"{connector} is asked earlier now." if at else "")


async def end(visit: Visit, feed: str, connector: str) -> Answer:
    """End a connector."""
    name = parse_feed_name(feed)
    await visit.ask(connectors.end_connector, name, connector)
    return redirect(visit, _here(name), said=f"The connector {connector} is ended.")


async def ask(visit: Visit, feed: str, connector: str) -> Answer:
    """Ask its external index now, and tell what came of it."""
    name = parse_feed_name(feed)
    found = await condition.ask_now(visit.gear, visit.actor, name, connector)
    if found.trouble is None:
        said = f"{connector} answered about {found.project} in {found.took_s:.2f} s."
    else:
        said = f"{connector} gave no answer: {found.trouble.message}"
    return redirect(visit, _here(name), said=said)


def _new(form: Fields) -> NewConnector:
    to_feed, to_url = form.text("target"), form.text("url")
    if to_feed and to_url:
        raise BadInput("Choose a feed or write a URL, not both.")
    return NewConnector(
        form.text("name"),
        parse_feed_name(to_feed) if to_feed else None,
        to_url or None,
        tuple(form.text("origins").split()),
        form.text("username") or None,
        form.text("password") or None,
    )


def _here(name: FeedName) -> str:
    return url("/feeds", name, "connectors")


async def _page(
    visit: Visit, name: FeedName, form: Fields, error: DomainError | None = None
) -> Answer:
    require(visit.actor, Permission.FEED_MANAGE, name)
    known = await visit.ask(connectors.connectors, name)
    conditions = await visit.ask(condition.conditions, name)
    others = [one.name for one in await visit.ask(feeds.visible) if one.name != name]
    return await page(
        visit,
        "feeds/connectors.html",
        title=f"Connectors of {name}",
        status=200 if error is None else status_of(error),
        frame=await frame(visit, name, "Connectors"),
        connectors=known,
        conditions={one.connector.id: one for one in conditions},
        others=others,
        form=form,
        error=error,
    )


ROUTES = (
    Route("GET", "/feeds/{feed}/connectors", show),
    Route("POST", "/feeds/{feed}/connectors", add),
    Route("POST", "/feeds/{feed}/connectors/{connector}/earlier", move),
    Route("POST", "/feeds/{feed}/connectors/{connector}/end", end),
    Route("POST", "/feeds/{feed}/connectors/{connector}/ask", ask),
)
