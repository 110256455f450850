"""Keeping what external indexes said, many answers in one transaction.

A transaction costs a flush to the disk. So an answer for which nobody waits is kept together
with those that come in the next moments; one that somebody waits for is kept at once, and
takes along what lies ready. A page is kept with the digests it shows for the first time and
the incidents of those that changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from affineur.core.errors import DomainError
from affineur.core.events import Event
from affineur.core.permissions import Actor
from affineur.services import origin_news
from affineur.store import audit, changes, sights, snapshots
from affineur.store.database import Database
from affineur.store.snapshots import Key, Snapshot

_PATIENCE_S = 0.5
_MOST_TOGETHER = 100

SYSTEM = Actor(name="system")
"""Who acts when nobody in particular does."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The page is what it was: only its age is news."""

    key: Key
    digest: str
    """Of the snapshot that was compared: another one in its place is not touched."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """The page is another one, or there is none any more."""

    key: Key
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class NotThere:
    """An index said before that it has no such project, and nothing was kept of that."""

    key: Key
    at: datetime


News = Unchanged | Changed | NotThere


@dataclass(eq=False, slots=True)
class _Waiting:
    answers: Sequence[News]
    kept: asyncio.Future[None]


@dataclass(slots=True)
class Keeper:
    """Collects answers and keeps them. For one event loop."""

    _waiting: list[_Waiting] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None
    _hurry: asyncio.Event | None = None

    async def keep(self, db: Database, answers: Sequence[News], *, is_urgent: bool) -> None:
        """Keep answers; return when they are on the disk."""
        one = _Waiting(answers, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._task is None or self._task.done():
            self._hurry = asyncio.Event()
            self._task = asyncio.create_task(self._keep_all(db, self._hurry))
        if is_urgent or len(self._waiting) >= _MOST_TOGETHER:
            self.hurry()
        await one.kept

    def hurry(self) -> None:
        """Keep what lies ready now: somebody waits for some of it."""
        if self._hurry is not None:
            self._hurry.set()

    async def _keep_all(self, db: Database, hurry: asyncio.Event) -> None:
        while self._waiting:
            with suppress(TimeoutError):
                await asyncio.wait_for(hurry.wait(), _PATIENCE_S)
            hurry.clear()
            batch, self._waiting = self._waiting, []
            await _keep_together(db, batch)


async def _keep_together(db: Database, batch: Sequence[_Waiting]) -> None:
    """Keep a batch; one that cannot be kept does not take the others with it."""
    try:
        await db.write(_write, [answer for one in batch for answer in one.answers])
    except Exception as error:  # noqa: BLE001  whatever it was, those who wait must hear it
        if len(batch) > 1 and not isinstance(error, DomainError):
            for one in batch:
                await _keep_together(db, [one])
            return
        for one in batch:
            if not one.kept.done():
                one.kept.set_exception(error)
        return
    for one in batch:
        if not one.kept.done():
            one.kept.set_result(None)


def _write(conn: Connection, answers: Sequence[News]) -> None:
    unchanged = [(one.key, one.digest, one.at) for one in answers if isinstance(one, Unchanged)]
    snapshots.touch(conn, unchanged)
    for one in answers:
        if isinstance(one, NotThere):
            snapshots.keep_first(conn, one.key, Snapshot(one.at, is_missing=True, files=()))
    changed = [one for one in answers if isinstance(one, Changed)]
    changes.pages_changed(conn, [one.key.project for one in changed if _keep(conn, one)])


def _keep(conn: Connection, one: Changed) -> bool:
    """Keep a page; return whether it says anything else than the one before."""
    key, new = one.key, one.snapshot
    altered = sights.remember(conn, key, new.files, new.fetched_at)
    if altered:
        event = Event(
            "incident.changed-upstream",
            f"project:{key.project}",
            after={"connector": key.connector_id, "filenames": list(altered)},
        )
        audit.record(conn, new.fetched_at, SYSTEM, event)
    return origin_news.keep(conn, SYSTEM, key, new)
