"""What this process knows to be still true, so that a hot answer needs no question.

`Pulse` holds the last watermarks that were read, and which projects changed since the process
began. They count for as long as no transaction was committed: this process counts its own,
and a `Watcher` looks several times a second whether another process committed one. When the
watcher falls silent nothing is believed any more, and every request reads the watermarks
anew. So a change shows at once in its own process, and in less than a second in others.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from affineur.core.names import FeedName, ProjectName
from affineur.store.changes import Watermarks, changed_since, fingerprint, watermarks
from affineur.store.database import Database

_LOG = logging.getLogger(__name__)
_BEAT_S = 0.2
_BELIEVED_S = 0.9
"""How long after the watcher last looked its silence is taken for peace."""
_MOST_CHANGED = 50_000
"""Projects whose changes are remembered one by one; beyond, all pages count as changed."""


@dataclass(frozen=True, slots=True)
class Made:
    """Of what, and when, something was made that is to be given again while it is true."""

    feed: FeedName
    project: ProjectName | None
    """None for what is made of all projects of the feed."""
    revision: int
    """The feed's revision, read before it was made."""
    changes: int
    """How far the changes of projects were, read before it was made."""
    until: datetime | None = None
    """When time alone makes it untrue."""


class Pulse:
    """The watermarks, as this process knows them. Safe to use from any thread."""

    def __init__(self) -> None:
        self._marks = Watermarks()
        self._as_of = -1
        self._believed_until = 0.0
        self._changed: dict[ProjectName, int] = {}
        self._floor = 0
        self._reading = threading.Lock()

    def current(self, db: Database) -> Watermarks | None:
        """Give the watermarks if they are certainly those of the database, else None.

        The same object is given while nothing changed, so that `is` tells whether it did.
        """
        is_current = self._as_of == db.commits and time.monotonic() < self._believed_until
        return self._marks if is_current else None

    def read(self, db: Database) -> Watermarks:
        """Read them in the database. Blocking."""
        with self._reading:
            as_of = db.commits
            with db.reading() as conn:
                marks = watermarks(conn)
                news: dict[ProjectName, int] = {}
                if self._as_of >= 0 and marks.changes > self._marks.changes:
                    news = changed_since(conn, self._marks.changes, _MOST_CHANGED + 1)
            self._learn(marks, news)
            self._as_of = as_of
            return self._marks

    def is_true(self, made: Made, marks: Watermarks, now: datetime) -> bool:
        """Whether what was made is what would be made now."""
        door = marks.door(made.feed)
        if door is None or door.revision != made.revision:
            return False
        if made.until is not None and now >= made.until:
            return False
        if made.project is None:
            return made.changes == marks.changes
        return self._changed.get(made.project, self._floor) <= made.changes

    def believe(self, looked_at: float) -> None:
        """Take it that every commit of others before that moment (monotonic) was counted."""
        self._believed_until = looked_at + _BELIEVED_S

    def _learn(self, marks: Watermarks, news: dict[ProjectName, int]) -> None:
        if marks == self._marks:
            return
        if self._as_of < 0 or len(self._changed) + len(news) > _MOST_CHANGED:
            self._changed, self._floor = {}, marks.changes
        else:
            self._changed |= news
        self._marks = marks


class Watcher:
    """Looks for commits of other processes, in a thread of its own, while in a `with`."""

    def __init__(self, pulse: Pulse, db: Database) -> None:
        self._pulse = pulse
        self._db = db
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_BEAT_S):
            try:
                self._look_while_connected()
            except Exception as error:  # noqa: BLE001  the edge of the thread: nobody replaces it
                _LOG.warning("Until the database answers again, nothing is remembered: %s", error)

    def _look_while_connected(self) -> None:
        """Compare fingerprints on one connection; what it missed before counts as a change."""
        with self._db.watching() as connection:
            last: object = None
            while not self._ended.wait(_BEAT_S if last is not None else 0):
                looked_at = time.monotonic()
                with connection.begin():
                    seen = fingerprint(connection)
                if seen != last:
                    self._db.count_commit()
                    last = seen
                self._pulse.believe(looked_at)
