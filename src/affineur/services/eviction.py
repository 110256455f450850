"""Letting go of cached files that nobody needs, so that the disk is never full of them.

What is approved, published, asked for or blocked is never touched (`store.cached`). A file
goes in two steps, each safe to interrupt and to repeat: first its row goes, and every page of
its project counts as changed, so that no answer that leads to the bytes is given any more;
only some seconds later, when nobody can be on the way to them, the bytes go. Whoever wants
the file meanwhile takes it back (`services.cache`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from sqlalchemy import Connection

from affineur.core.names import Sha256
from affineur.services.gear import Gear
from affineur.store import cached, changes, jobs
from affineur.store.cached import Holdings

KEEP_HOUSE = "keep-house"
"""The kind of job that keeps the limits; done again and again."""
DELETE_BYTES = "delete-bytes"
"""The kind of job that deletes what was let go."""

GRACE = timedelta(seconds=10)
"""How long bytes outlive their row: other processes hear of it within a second, and who was
told a path before has opened it by then."""

_SETTLING = timedelta(minutes=1)
"""How long a file stays after its last use, come what may: somebody is at work with it."""
_REST = timedelta(minutes=1)
"""How soon after enough came the limits are looked after."""
_PART = 50
"""Which part of the limit is enough: with a million files, looking takes some ten seconds."""
_ENOUGH_BYTES = 256 * 1024 * 1024
"""How much is enough where there is no limit."""
_BATCH = 500
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CacheState:
    """What is held, and how much of it may be."""

    holdings: Holdings
    limit_bytes: int
    """0: there is none."""
    free_bytes: int | None
    """None: nobody knows."""
    keep_free_bytes: int

    @property
    def excess_bytes(self) -> int:
        """How much must go: beyond the limit, or for want of room on the disk."""
        beyond = self.holdings.cached_bytes - self.limit_bytes if self.limit_bytes else 0
        if self.free_bytes is None:
            return max(0, beyond)
        soon_free = self.free_bytes + self.holdings.discarded_bytes
        return max(0, beyond, 2 * self.keep_free_bytes - soon_free)


@dataclass(frozen=True, slots=True)
class Evicted:
    """What was let go."""

    files: int = 0
    size_bytes: int = 0


def state(gear: Gear) -> CacheState:
    """Look how much is held. It reads the row of every file."""
    write_down_uses(gear)
    with gear.db.reading() as conn:
        holdings = cached.holdings(conn)
    settings = gear.settings
    return CacheState(
        holdings, settings.cache_bytes, gear.blobs.free_bytes(), settings.keep_free_bytes
    )


def keep_limits(gear: Gear) -> tuple[CacheState, Evicted]:
    """Let go of what is too much; come again soon when it was used too lately to go.

    Return what was held before, and what of it went.
    """
    before = state(gear)
    done = evict(gear, before.excess_bytes)
    stays_bytes = before.holdings.cached_bytes - done.size_bytes
    if stays_bytes > 0 and done.size_bytes < before.excess_bytes:
        with gear.db.writing() as conn:
            _soon(conn, gear)
    return before, done


def evict(gear: Gear, excess_bytes: int) -> Evicted:
    """Let go of cached files, those not used for longest first, until so many bytes are gone."""
    done = Evicted()
    if excess_bytes <= 0:
        return done
    for batch in _chosen(gear, excess_bytes):
        with gear.db.writing() as conn:
            now = gear.clock.now()
            gone = cached.discard(conn, now, batch, now - _SETTLING)
            _tell(conn, [one.sha256 for one in gone])
            jobs.enqueue(conn, now, DELETE_BYTES, "", now + GRACE)
        done = Evicted(done.files + len(gone), done.size_bytes + sum(g.size_bytes for g in gone))
    if done.files:
        _LOG.info("%d cached files with %d bytes were let go.", done.files, done.size_bytes)
    return done


def delete_bytes(gear: Gear) -> int:
    """Delete the bytes that were let go a while ago; return how many blobs went."""
    deleted = 0
    while True:
        with gear.db.writing() as conn:  # nobody takes one back meanwhile
            now = gear.clock.now()
            due = cached.discarded(conn, now - GRACE, _BATCH)
            unnamed = set(due) - cached.named(conn, due)
            for digest in unnamed:
                gear.blobs.delete(digest)
            cached.forget_discarded(conn, due)
            deleted += len(unnamed)
            if len(due) < _BATCH:
                _go_on_later(conn, gear)
                return deleted


def came(conn: Connection, gear: Gear, size_bytes: int) -> None:
    """Look after the limits before long, when enough came since it was done last."""
    limit = gear.settings.cache_bytes
    enough = limit // _PART if limit else _ENOUGH_BYTES
    if gear.uses.come(size_bytes, enough):
        _soon(conn, gear)


def at_once(gear: Gear) -> None:
    """Look after the limits at once, because there is no room; asks before it writes."""
    now = gear.clock.now()
    with gear.db.reading() as conn:
        due = jobs.waits_until(conn, KEEP_HOUSE)
    if due is None or due > now:
        with gear.db.writing() as conn:
            jobs.hasten(conn, now, KEEP_HOUSE, now)


def write_down_uses(gear: Gear) -> None:
    """Write down which files were used since this was done last."""
    uses = gear.uses.take(gear.clock.now())
    if uses:
        with gear.db.writing() as conn:
            cached.note_uses(conn, uses)


def _soon(conn: Connection, gear: Gear) -> None:
    now = gear.clock.now()
    jobs.hasten(conn, now, KEEP_HOUSE, now + _REST)


def _chosen(gear: Gear, excess_bytes: int) -> list[list[Sha256]]:
    """Choose who goes, in batches; whether each still may is asked again when it goes."""
    with gear.db.reading() as conn:
        found = cached.longest_unused(conn, gear.clock.now() - _SETTLING, excess_bytes)
    chosen = [one.sha256 for one in found]
    return [chosen[start : start + _BATCH] for start in range(0, len(chosen), _BATCH)]


def _tell(conn: Connection, digests: Sequence[Sha256]) -> None:
    """Say that the pages changed from which these files were served."""
    projects = cached.projects_of(conn, digests)
    if len(projects) < len(digests):  # nobody knows from which: then from any
        changes.raise_all(conn)
    changes.pages_changed(conn, chain.from_iterable(projects.values()))


def _go_on_later(conn: Connection, gear: Gear) -> None:
    first = cached.next_discarded_at(conn)
    if first is not None:
        jobs.enqueue(conn, gear.clock.now(), DELETE_BYTES, "", first + GRACE)
