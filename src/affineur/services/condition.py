"""How the external indexes behind connectors are, as this process sees them.

What they said is in the database, whoever asked; whether they answer is known to each process
for itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from affineur.core.breakers import Breaker, State
from affineur.core.errors import BadInput, Conflict, UpstreamTrouble
from affineur.core.feeds import Connector, Feed
from affineur.core.names import FeedName, ProjectName
from affineur.core.permissions import Actor, Permission, require
from affineur.services import snapshots as refreshing
from affineur.services.connectors import connector_of
from affineur.services.feeds import existing
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import snapshots
from affineur.store.snapshots import Key, Tally

_CANDIDATES = 20
_SURELY_THERE = ProjectName("pip")


@dataclass(frozen=True, slots=True)
class Condition:
    """How one external index is."""

    feed: FeedName
    connector: Connector
    as_of: datetime
    pages: Breaker
    files: Breaker
    tally: Tally
    missing: int
    """How many names it has not, as far as that is remembered."""
    asking: int
    """How many questions about pages are under way."""
    waiting: int
    """How many wait for their turn."""

    @property
    def state(self) -> State:
        """Whether it is asked for pages."""
        return self.pages.state(self.as_of)

    @property
    def answered_at(self) -> datetime | None:
        """When it last gave a page, to whichever process."""
        moments = (self.pages.answered_at, self.tally.newest_at)
        return max((moment for moment in moments if moment is not None), default=None)


def conditions(gear: Gear, actor: Actor, name: FeedName | None) -> tuple[Condition, ...]:
    """Give the condition of a feed's external indexes, or of those of all feeds one manages."""
    if name is not None:
        require(actor, Permission.FEED_MANAGE, name)
    with gear.db.reading() as conn:
        feeds = feed_store.load_all(conn) if name is None else (existing(conn, name),)
        managed = [feed for feed in feeds if actor.may(Permission.FEED_MANAGE, feed.name)]
        if not managed:
            require(actor, Permission.FEED_MANAGE)
        return _conditions(conn, gear, managed)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking an external index on purpose."""

    project: ProjectName
    """What it was asked for."""
    took_s: float
    trouble: UpstreamTrouble | None
    """Why it gave no answer; None when it did."""


async def ask_now(gear: Gear, actor: Actor, name: FeedName, connector_name: str) -> Asked:
    """Ask a connector's external index for a page, to see whether it answers.

    It is asked for the page that is oldest here, or for `pip`; never for a name of the house.
    """
    require(actor, Permission.FEED_MANAGE, name)
    key = await gear.db.read(_what_to_ask, name, connector_name)
    began = time.monotonic()
    wait_s = gear.settings.unknown_wait_s
    trouble = await refreshing.refresh(gear, [key], wait_s, for_good=True)
    return Asked(key.project, time.monotonic() - began, trouble)


def _what_to_ask(conn: Connection, name: FeedName, connector_name: str) -> Key:
    connector = connector_of(existing(conn, name), connector_name)
    if not connector.is_external:
        raise BadInput(
            f"'{connector_name}' leads to the feed '{connector.target}', which always answers.",
            hint="Only external indexes are asked.",
        )
    for project in (*snapshots.oldest(conn, connector.id, _CANDIDATES), _SURELY_THERE):
        if not feed_store.owners(conn, project):
            return Key(connector.id, project)
    raise Conflict("Every name that it could be asked for belongs to the house.")


def states(gear: Gear) -> tuple[tuple[int, State, float], ...]:
    """Give the number of each external index, its state, and in how many seconds it is tried.

    For whoever asks whether the server is ready, so without any name.
    """
    now = gear.clock.now()
    with gear.db.reading() as conn:
        found = _externals(feed_store.load_all(conn))
    lines = [(connector.id, gear.outside.line(connector.id).pages) for _feed, connector in found]
    return tuple(
        (number, guard.breaker.state(now), guard.breaker.wait_s(now)) for number, guard in lines
    )


def _conditions(conn: Connection, gear: Gear, managed: Sequence[Feed]) -> tuple[Condition, ...]:
    found = _externals(managed)
    tallies = snapshots.tallies(conn, [connector.id for _feed, connector in found])
    return tuple(
        _condition(gear, feed, connector, tallies.get(connector.id, Tally()))
        for feed, connector in found
    )


def _externals(feeds: Sequence[Feed]) -> list[tuple[FeedName, Connector]]:
    return [(feed.name, one) for feed in feeds for one in feed.connectors if one.is_external]


def _condition(gear: Gear, feed: FeedName, connector: Connector, tally: Tally) -> Condition:
    line = gear.outside.line(connector.id)
    return Condition(
        feed=feed,
        connector=connector,
        as_of=gear.clock.now(),
        pages=line.pages.breaker,
        files=line.files.breaker,
        tally=tally,
        missing=tally.missing + gear.outside.missing_of(connector.id),
        asking=line.gate.inside,
        waiting=line.gate.waiting,
    )
