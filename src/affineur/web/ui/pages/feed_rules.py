"""The rules of a feed that are no policy: reserved names, who may read, who may approve."""

from __future__ import annotations

from affineur.core.errors import DomainError
from affineur.core.names import FeedName, NamePattern, parse_feed_name
from affineur.core.permissions import Permission, require
from affineur.services import feeds
from affineur.services.feeds import FeedChange
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import page, redirect
from affineur.web.ui.links import url
from affineur.web.ui.pages.feed_frame import frame
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit


async def show(visit: Visit, feed: str) -> Answer:
    """Show the rules."""
    return await _page(visit, parse_feed_name(feed))


async def change(visit: Visit, feed: str) -> Answer:
    """Change who may read, whether connectors are merged, and whether people approve their own."""
    name, form = parse_feed_name(feed), visit.form
    is_about_approving = form.has("approving")
    wanted = FeedChange(
        merge=form.has("merge"),
        reads_anonymous=form.has("reads_anonymous"),
        requester_may_approve=not form.has("two_people") if is_about_approving else None,
    )
    try:
        await visit.ask(feeds.update, name, wanted)
    except DomainError as error:
        return await _page(visit, name, error=error)
    return redirect(visit, _here(name), said="The rules of the feed are as you set them.")


async def reserve(visit: Visit, feed: str) -> Answer:
    """Reserve names."""
    name, typed = parse_feed_name(feed), visit.form.text("pattern")
    try:
        pattern = NamePattern.parse(typed)
        await visit.ask(feeds.reserve, name, pattern)
    except DomainError as error:
        return await _page(visit, name, typed, error)
    return redirect(visit, _here(name), said=f"{pattern.text} belongs to {name} now.")


async def unreserve(visit: Visit, feed: str) -> Answer:
    """End a reservation."""
    name, pattern = parse_feed_name(feed), NamePattern.parse(visit.form.text("pattern"))
    await visit.ask(feeds.unreserve, name, pattern)
    return redirect(visit, _here(name), said=f"{pattern.text} is not reserved any more.")


def _here(name: FeedName) -> str:
    return url("/feeds", name, "rules")


async def _page(
    visit: Visit, name: FeedName, typed: str = "", error: DomainError | None = None
) -> Answer:
    require(visit.actor, Permission.FEED_MANAGE, name)
    return await page(
        visit,
        "feeds/rules.html",
        title=f"Rules of {name}",
        status=200 if error is None else status_of(error),
        frame=await frame(visit, name, "Rules"),
        typed=typed,
        error=error,
        is_admin=visit.may(Permission.SERVER_ADMIN),
    )


ROUTES = (
    Route("GET", "/feeds/{feed}/rules", show),
    Route("POST", "/feeds/{feed}/rules", change),
    Route("POST", "/feeds/{feed}/rules/reserve", reserve),
    Route("POST", "/feeds/{feed}/rules/unreserve", unreserve),
)
