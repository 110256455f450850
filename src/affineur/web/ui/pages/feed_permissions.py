"""Who may do what at a feed, and why."""

from __future__ import annotations

from affineur.core.errors import DomainError
from affineur.core.names import parse_feed_name
from affineur.core.permissions import Permission
from affineur.services import rights
from affineur.services.rights import Member
from affineur.web.http import Answer
from affineur.web.problems import status_of
from affineur.web.ui.answers import page
from affineur.web.ui.pages.feed_frame import frame
from affineur.web.ui.routing import Route
from affineur.web.ui.visit import Visit


async def show(visit: Visit, feed: str) -> Answer:
    """Show what the visitor, or whoever is asked about, can do here, and who else can."""
    name = parse_feed_name(feed)
    head = await frame(visit, name, "Permissions")
    asked, error = visit.query("user"), None
    may_ask = head.may_manage or visit.may(Permission.SERVER_ADMIN)
    try:
        found = await visit.ask(rights.explain, name, asked or None)
    except DomainError as trouble:
        error = trouble
        found = await visit.ask(rights.explain, name)
    members: tuple[Member, ...] = ()
    if may_ask:
        members = await visit.ask(rights.members, name)
    return await page(
        visit,
        "feeds/permissions.html",
        title=f"Permissions at {name}",
        status=200 if error is None else status_of(error),
        frame=head,
        found=found,
        asked=asked,
        may_ask=may_ask,
        members=members,
        error=error,
    )


ROUTES = (Route("GET", "/feeds/{feed}/permissions", show),)
