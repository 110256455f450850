"""Views of a feed: as it is, or as it was at a moment, which never changes.

A date means the end of that day, UTC. A moment counts as past a minute after it: whatever was
begun before it is written down by then, and clocks of several servers differ by less.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from affineur.core.errors import BadInput
from affineur.core.names import FeedName, parse_feed_name

SETTLES = timedelta(minutes=1)
"""How long after a moment what was at that moment is certainly known."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")
_END_OF_DAY = time(23, 59, 59, 999_999)


@dataclass(frozen=True, slots=True)
class View:
    """A feed, perhaps at a moment in the past."""

    feed: FeedName
    at: datetime | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """How it stands in URLs, always the same for the same view."""
        if self.at is None:
            return self.feed
        if self.at.time() == _END_OF_DAY:
            return f"{self.feed}@{self.at.date().isoformat()}"
        return f"{self.feed}@{self.at.isoformat().replace('+00:00', 'Z')}"


def parse_view(text: str, now: datetime) -> View:
    """Read `FEED`, `FEED@2026-11-01` or `FEED@2026-11-01T12:00:00Z`; the moment must be past."""
    name, is_dated, when = text.partition("@")
    feed = parse_feed_name(name)
    if not is_dated:
        return View(feed)
    at = _moment(when)
    if at > now - SETTLES:
        raise BadInput(
            f"What '{feed}' is at {when} may still change, so it cannot be shown.",
            hint="Ask for an earlier moment; a date means the end of that day, UTC.",
        )
    return View(feed, at)


def _moment(text: str) -> datetime:
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), _END_OF_DAY, UTC)
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadInput(
        f"{text[:60]!r} is neither a date nor a moment.",
        hint="Write FEED@2026-11-01, or FEED@2026-11-01T12:00:00Z.",
    )
