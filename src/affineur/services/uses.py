"""When cached files were last used, and how much came: remembered, not written each time.

A download from memory passes by here unnoticed, until something changes and it takes the long
way again; and what was noticed in the last minute is lost with its process. Which file goes
first needs no more truth than that.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from affineur.core.names import Sha256

_REST = timedelta(minutes=1)
_MOST_UNWRITTEN = 50_000


@dataclass(slots=True)
class Uses:
    """What is not in the database yet; bounded. Safe to use from any thread."""

    _unwritten: dict[Sha256, datetime] = field(default_factory=dict)
    _due_at: datetime | None = None
    _came_bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, sha256: Sha256, now: datetime) -> bool:
        """Remember a use; say whether it is time to write down what is remembered."""
        with self._lock:
            if sha256 in self._unwritten or len(self._unwritten) < _MOST_UNWRITTEN:
                self._unwritten[sha256] = now
            return self._due_at is None or now >= self._due_at

    def come(self, size_bytes: int, enough_bytes: int) -> bool:
        """Count what came; say whether it is enough by now, and count anew then."""
        with self._lock:
            self._came_bytes += size_bytes
            is_enough = self._came_bytes >= enough_bytes
            if is_enough:
                self._came_bytes = 0
            return is_enough

    def take(self, now: datetime) -> Mapping[Sha256, datetime]:
        """Give what is not written down yet, to whoever writes it now."""
        with self._lock:
            taken, self._unwritten = self._unwritten, {}
            self._due_at = now + _REST
            return taken
