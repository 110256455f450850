"""The page that shows a new token: once, with what to copy for the clients that use it."""

from __future__ import annotations

from dataclasses import dataclass

from affineur.core.names import FeedName
from affineur.core.permissions import Permission
from affineur.services import feeds
from affineur.services.access import NewToken
from affineur.web.http import Answer
from affineur.web.ui import token_use
from affineur.web.ui.answers import page
from affineur.web.ui.visit import Visit

_MOST_FEEDS = 3


@dataclass(frozen=True, slots=True)
class Made:
    """A token that was just made, and what it is limited to."""

    token: NewToken
    owner: str
    feeds: frozenset[FeedName] | None
    permissions: frozenset[Permission] | None
    back: str
    """The page to go on to."""


async def show_made(visit: Visit, made: Made) -> Answer:
    """Show the secret, this once: the answer to the form that made it is kept nowhere."""
    chosen = await _feeds(visit, made)
    server, secret = visit.gear.public_url, made.token.secret
    recipes = [
        recipe
        for feed in chosen
        for recipe in (
            *(token_use.publishing(server, feed, secret) if _may(made, "publish") else ()),
            *(token_use.installing(server, feed, secret) if _may(made, "read") else ()),
        )
    ]
    if made.permissions is None:
        recipes.append(token_use.asking(server, secret))
    return await page(
        visit, "settings/token_made.html", title="A new token", made=made, recipes=recipes
    )


async def _feeds(visit: Visit, made: Made) -> list[FeedName]:
    """Choose the feeds that configurations are shown for."""
    if made.feeds is not None:
        return sorted(made.feeds)[:_MOST_FEEDS]
    seen = await visit.ask(feeds.visible)
    names = [feed.name for feed in seen]
    usual = [name for name in names if name == "internal"]
    return usual or names[:1]


def _may(made: Made, what: str) -> bool:
    """Whether to show how it publishes or reads: without limits it is for a person, who reads."""
    if made.permissions is None:
        return what == "read"
    return Permission(f"feed:{what}") in made.permissions
