"""The queue of somebody who decides: what waits, worst risk first, and how much there is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from affineur.core.permissions import Actor, Permission, require
from affineur.core.queueing import Place, Waiting, parse_place
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import queue as store
from affineur.store.queue import Desk

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Queue:
    """A part of somebody's queue."""

    rows: tuple[Waiting, ...] = ()
    count: int = 0
    """How many wait in all, these included."""
    asked_back: int = 0
    """How many of all wait for their requester to answer."""
    after: Place | None = None
    """Where the next part begins; None at the end."""


def waiting(gear: Gear, actor: Actor, limit: int = 50, after: str = "") -> Queue:
    """Give what somebody may decide now; `after` is the place at which the last part ended."""
    if actor.is_anonymous:
        require(actor, Permission.REQUEST_READ)
    begin = parse_place(after) if after else None
    most = max(1, min(limit, _LONGEST))
    with gear.db.reading() as conn:
        desk = _desk(conn, actor)
        if not desk.feeds:
            return Queue()
        found = store.waiting(conn, desk, most + 1, begin)
        count, asked_back = store.count(conn, desk)
    rows = found[:most]
    return Queue(rows, count, asked_back, rows[-1].place if len(found) > most else None)


def next_one(gear: Gear, actor: Actor) -> int | None:
    """Give the request that somebody should decide next; None when none waits for them."""
    with gear.db.reading() as conn:
        desk = _desk(conn, actor)
        found = store.waiting(conn, desk, 1) if desk.feeds else ()
    return found[0].request.id if found and not found[0].request.awaits_requester else None


def _desk(conn: Connection, actor: Actor) -> Desk:
    every = [one.name for one in feed_store.load_all(conn)]
    mine = [name for name in every if actor.may(Permission.REQUEST_DECIDE, name)]
    return Desk(mine, actor.name)
