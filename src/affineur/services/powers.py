"""What somebody may do with a request now, so that a page offers just that.

It asks what `services.requests`, `talk` and `waiving` ask again when it is done.
"""

from __future__ import annotations

from dataclasses import dataclass

from affineur.core.permissions import Actor, Permission
from affineur.core.requests import OPEN, Request, RequestState
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store


@dataclass(frozen=True, slots=True)
class Powers:
    """What is offered to somebody at a request."""

    approve: bool = False
    reject: bool = False
    ask_back: bool = False
    waive: bool = False
    withdraw: bool = False
    is_for_others: bool = False
    """It is their own, and in its feed somebody else approves."""


def powers(gear: Gear, actor: Actor, request: Request) -> Powers:
    """Say what somebody who sees a request may do with it."""
    if request.is_draft or request.state not in OPEN:
        return Powers()
    with gear.db.reading() as conn:
        feed = feed_store.load(conn, request.feed)
    decides = actor.may(Permission.REQUEST_DECIDE, request.feed)
    is_own = request.requester == actor.name
    is_for_others = is_own and feed is not None and not feed.requester_may_approve
    is_ready = request.state is RequestState.REVIEW
    return Powers(
        approve=decides and is_ready and not is_for_others,
        reject=decides and is_ready,
        ask_back=decides and not is_own,
        waive=is_ready and actor.may(Permission.WAIVE, request.feed),
        withdraw=decides or is_own,
        is_for_others=decides and is_ready and is_for_others,
    )
