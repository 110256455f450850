"""The approvers' queue: worst risk first, then who waited longest; those asked back come last."""

from __future__ import annotations

import re
from dataclasses import dataclass

from affineur.core.errors import BadInput
from affineur.core.requests import Request

_PLACE = re.compile(r"([01])-(\d{1,6})-(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request stands in the queue; the one with the lowest place is decided next."""

    awaits_requester: bool
    risk: int
    request_id: int

    def __str__(self) -> str:
        return f"{self.awaits_requester:d}-{self.risk}-{self.request_id}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for an approver, and what of it is still open."""

    request: Request
    """Without its items."""
    risk: int
    """That of its riskiest open item."""
    open_items: int
    to_look_at: int
    """How many of these a person should look at."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.request.awaits_requester, self.risk, self.request.id)


def parse_place(text: str) -> Place:
    """Read a place as it stands in a link to what comes after it."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise BadInput(f"{text[:40]!r} is no place in the queue.", hint="Begin at its front.")
    return Place(found[1] == "1", int(found[2]), int(found[3]))
