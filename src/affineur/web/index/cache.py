"""Rendered pages in memory: valid while the feed's revision stays and time changes nothing.

Nobody is let past a permission by this cache: it is looked into only after it was asked.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from affineur.core.names import FeedName
from affineur.web.index.negotiate import Form

Key = tuple[FeedName, str, Form]
"""Feed, project ('' for the list of all) and representation."""

_CAPACITY_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page's bytes, and how long they are true."""

    body: bytes
    etag: str
    revision: int
    """The feed's revision, read before the page was made."""
    changes_at: datetime | None

    @classmethod
    def of(cls, body: bytes, revision: int, changes_at: datetime | None) -> Rendered:
        """Make it, with the strong ETag of these very bytes."""
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:40]}"', revision, changes_at)

    def is_true(self, revision: int, now: datetime) -> bool:
        """Whether it is what would be rendered now."""
        return self.revision == revision and (self.changes_at is None or now < self.changes_at)


class PageCache:
    """The pages asked for last, up to a total size. For one event loop."""

    def __init__(self, capacity_bytes: int = _CAPACITY_BYTES) -> None:
        self._pages: OrderedDict[Key, Rendered] = OrderedDict()
        self._left_bytes = capacity_bytes

    def find(self, key: Key, revision: int, now: datetime) -> Rendered | None:
        """Find a page that is true now; forget it when it no longer is."""
        page = self._pages.get(key)
        if page is None:
            return None
        if not page.is_true(revision, now):
            self._forget(key)
            return None
        self._pages.move_to_end(key)
        return page

    def keep(self, key: Key, page: Rendered) -> None:
        """Keep a page, and let go of those that were not asked for longest."""
        self._forget(key)
        self._pages[key] = page
        self._left_bytes -= len(page.body)
        while self._left_bytes < 0:
            self._forget(next(iter(self._pages)))

    def _forget(self, key: Key) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self._left_bytes += len(page.body)
