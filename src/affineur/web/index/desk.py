"""What the handlers of the index share: the server's parts, who is let in, rendered pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from affineur.core.names import FeedName
from affineur.services.doorkeeper import Doorkeeper, Entry
from affineur.services.gear import Gear
from affineur.web.credentials import secret_of
from affineur.web.http import Request
from affineur.web.index.cache import PageCache
from affineur.web.index.roots import Shelf


@dataclass(frozen=True, slots=True)
class Desk:
    """Where every request to the index begins."""

    gear: Gear
    doorkeeper: Doorkeeper = field(default_factory=Doorkeeper)
    pages: PageCache = field(default_factory=PageCache)
    shelf: Shelf = field(default_factory=Shelf)

    async def enter(self, request: Request, feed: FeedName) -> Entry:
        """Find out who is asking, and let them in at a feed or raise."""
        return await self.doorkeeper.enter(self.gear, secret_of(request.headers), feed)
