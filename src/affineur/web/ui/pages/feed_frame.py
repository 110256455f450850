"""What the pages of one feed have in common: its name, its URL, and the way to its other pages."""

from __future__ import annotations

from dataclasses import dataclass

from affineur.core.feeds import Feed
from affineur.core.names import FeedName
from affineur.core.permissions import Permission
from affineur.services import feeds
from affineur.web.ui.links import url
from affineur.web.ui.visit import Visit


@dataclass(frozen=True, slots=True)
class Frame:
    """The head of a feed's page."""

    feed: Feed
    index: str
    """The URL of its index, ready to copy."""
    here: str
    """Which of the pages this is."""
    tabs: tuple[tuple[str, str], ...]
    may_manage: bool


async def frame(visit: Visit, name: FeedName, here: str) -> Frame:
    """Make the head of a feed's page; pages that one may not see are not offered."""
    feed = await visit.ask(feeds.show, name)
    may_manage = visit.may(Permission.FEED_MANAGE, name)
    may_see_policy = visit.may(Permission.REQUEST_READ, name) or may_manage
    tabs = [("", "Packages", True), ("connectors", "Connectors", may_manage)]
    tabs += [("filters", "Filters", may_manage), ("policy", "Policy", may_see_policy)]
    tabs += [("permissions", "Permissions", True), ("rules", "Rules", may_manage)]
    offered = tuple(
        (url("/feeds", name, part) if part else url("/feeds", name), words)
        for part, words, is_offered in tabs
        if is_offered
    )
    index = f"{visit.gear.public_url}/pypi/{name}/simple/"
    return Frame(feed, index, here, offered, may_manage)
