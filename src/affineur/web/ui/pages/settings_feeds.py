"""Making feeds, in the three shapes that most are made in, and the way to each feed's own pages."""

from __future__ import annotations

from affineur.core.errors import BadInput, DomainError
from affineur.core.names import parse_feed_name
from affineur.core.permissions import Permission, require
from affineur.services import connectors, feeds
from affineur.services.feeds import NewFeed
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.forms import Fields
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit

HERE = "/settings/feeds"


async def show(visit: Visit) -> Answer:
    """List the feeds, with the forms that make one."""
    return await _page(visit, Fields())


async def create(visit: Visit) -> Answer:
    """Make a feed in one of the shapes, and show it in the list with what to do next."""
    form = visit.form
    try:
        name = parse_feed_name(form.text("name"))
        await _make(visit, form)
    except DomainError as error:
        return await _page(visit, form, error)
    return redirect(visit, f"{HERE}?made={name}", said=f"The feed {name} is made.")


async def _make(visit: Visit, form: Fields) -> None:
    name, anonymous = parse_feed_name(form.text("name")), form.has("anonymous")
    match form.text("shape"):
        case "team":
            first = connectors.first_connector(parse_feed_name(form.text("reads")), None)
        case "mirror":
            first = connectors.first_connector(None, form.text("mirrors"))
        case "reviewed":
            source = parse_feed_name(form.text("source"))
            new = NewFeed(
                name,
                source=source,
                reads_anonymous=anonymous,
                requester_may_approve=not form.has("two_people"),
            )
            await visit.ask(feeds.create, new)
            return
        case _:
            raise BadInput("There is no such shape of feed.")
    new = NewFeed(name, reads_anonymous=anonymous)
    if first is not None:
        await visit.ask(connectors.create_connected, new, first)


async def _page(visit: Visit, form: Fields, error: DomainError | None = None) -> Answer:
    require(visit.actor, Permission.SERVER_ADMIN)
    found = await visit.ask(feeds.visible)
    names = [feed.name for feed in found]
    return await page(
        visit,
        "settings/feeds.html",
        title="Feeds",
        status=200 if error is None else status_of(error),
        feeds=found,
        names=names,
        form=form,
        error=error,
        made=visit.query("made") if visit.query("made") in names else "",
    )


ROUTES = (Route("GET", HERE, show), Route("POST", HERE, create))
