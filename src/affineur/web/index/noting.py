"""What the index notes of its answers: who took what, and who wanted what in vain.

The server's own resolver is not counted, and neither is what is asked for with HEAD: both
install nothing. What was wanted of a view of the past is not counted either, for nobody can
approve it there any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from affineur.core.names import FeedName, ProjectName
from affineur.core.usage import Kind, Lack, Use, Wish
from affineur.core.views import View
from affineur.services.doorkeeper import Entry
from affineur.services.gear import Gear
from affineur.services.serve import NoFile, NoProject, Withheld
from affineur.web.http import Answer, Request


@dataclass(frozen=True, slots=True)
class Noting:
    """Notes what one request to a feed comes to."""

    gear: Gear
    entry: Entry
    is_counted: bool
    is_past: bool

    @classmethod
    def of(cls, gear: Gear, request: Request, feed: View, entry: Entry) -> Noting:
        """Begin, when it is known who is asking."""
        is_counted = request.method == "GET" and not entry.actor.is_server
        return cls(gear, entry, is_counted, feed.at is not None)

    @property
    def feed(self) -> FeedName:
        """The feed that is asked."""
        return self.entry.door.name

    def use(
        self, kind: Kind, project: ProjectName | None, file: tuple[str, str] = ("", "")
    ) -> Use | None:
        """Say what an answer is; `file` is its filename and digest."""
        if not self.is_counted:
            return None
        actor = self.entry.actor
        return Use(self.feed, kind, actor.name, actor.token_id or 0, project, *file)

    def want(self, project: ProjectName, version: str, lack: Lack) -> None:
        """Note that something was wanted in vain."""
        if not self.is_counted or self.is_past:
            return
        actor = self.entry.actor
        wish = Wish(self.feed, project, version, actor.name, actor.token_id or 0, lack)
        self.gear.usage.want(self.gear.clock.now(), wish)

    @contextmanager
    def refusals(self, project: ProjectName, *, is_wish: bool = True) -> Iterator[None]:
        """Note a refusal of a project, or of a file of it, that comes by."""
        try:
            yield
        except (Withheld, NoFile, NoProject) as error:
            found = error.lack
            if self.is_counted:
                kind = Kind.UNKNOWN if found is None else found.rule
                self.gear.usage.refused(self.gear.clock.now(), self.feed, kind)
            if is_wish and found is not None:
                self.want(project, error.version, found)
            raise


def note(gear: Gear, request: Request, use: Use | None, told: Answer) -> None:
    """Count an answer that is about to be sent; `told` is what the client gets of it."""
    if use is None:
        return
    now = gear.clock.now()
    if told.status == 304:
        gear.usage.unchanged(now, use)
    elif told.status in {200, 206}:
        gear.usage.sent(now, use, told.size_bytes or 0, is_taken=_is_taken(request, use, told))


def _is_taken(request: Request, use: Use, told: Answer) -> bool:
    """Whether a file is taken: whole, or in parts, of which the first one counts.

    Clients that are told of no core metadata read the end of a wheel for it.
    """
    if use.kind is not Kind.FILE:
        return False
    asked = request.headers.get("range", "").replace(" ", "").lower()
    return told.status == 200 or asked.startswith("bytes=0-")
