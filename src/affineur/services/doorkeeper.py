"""Who is let in at a feed's index, asked anew only when something happened.

Who somebody is, and what that somebody may do, changes with an audit event or with time. As
long as the log of events stands still, what was found out about a secret is still true.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import Actor
from affineur.core.tokens import digest
from affineur.services import access
from affineur.services.access import Known
from affineur.services.feeds import enter
from affineur.services.gear import Gear
from affineur.services.pulse import Made
from affineur.store.changes import Door, Watermarks

_MOST_KNOWN = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who was let in, and how far everything was when that happened."""

    actor: Actor
    until: datetime | None
    """When the credentials expire."""
    door: Door
    marks: Watermarks

    def made(
        self,
        project: ProjectName | None,
        until: datetime | None = None,
        as_of: int | None = None,
    ) -> Made:
        """Say of what something is made; `as_of` is how far changes were then, if not as here."""
        changes = self.marks.changes if as_of is None else as_of
        return Made(self.door.name, project, self.door.revision, changes, until)


@dataclass(slots=True)
class Doorkeeper:
    """Remembers the bearers of secrets, by their digests. For one event loop."""

    _known: OrderedDict[str, tuple[int, Known]] = field(default_factory=OrderedDict)
    _reading: asyncio.Task[Watermarks] | None = None

    async def enter(self, gear: Gear, secret: str | None, feed: FeedName) -> Entry:
        """Let somebody in at a feed, or raise as `feeds.require_readable` does."""
        marks = await self.marks(gear)
        known = await self._identify(gear, secret, marks)
        return Entry(known.actor, known.until, enter(marks, known.actor, feed), marks)

    async def marks(self, gear: Gear) -> Watermarks:
        """Give the watermarks as they are now, or were after this was asked."""
        marks = gear.pulse.current(gear.db)
        if marks is not None:
            return marks
        before = self._reading
        if before is not None and not before.done():
            await asyncio.wait([before])  # begun before we asked: it may not know of what is new
            marks = gear.pulse.current(gear.db)
            if marks is not None:
                return marks
        if self._reading is before or self._reading is None:
            self._reading = asyncio.create_task(asyncio.to_thread(gear.pulse.read, gear.db))
        return await asyncio.shield(self._reading)

    async def _identify(self, gear: Gear, secret: str | None, marks: Watermarks) -> Known:
        if secret is None:
            return access.identify(gear, None)
        key = digest(secret)
        audit, known = self._known.get(key, (-1, None))
        if known is None or audit != marks.audit or _is_over(known, gear.clock.now()):
            known = await asyncio.to_thread(access.identify, gear, secret)
            self._known[key] = (marks.audit, known)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return known


def _is_over(known: Known, now: datetime) -> bool:
    return known.until is not None and known.until <= now
