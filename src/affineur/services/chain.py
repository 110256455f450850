"""How far this process has checked the chain of the log, and a check under way.

Checking a million events takes a minute, so no page does it: it is begun, runs in a thread of
its own, and what it found is remembered until the process ends.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime

from affineur.core.events import GENESIS


@dataclass(frozen=True, slots=True)
class ChainState:
    """What is known of the chain."""

    checked_seq: int = 0
    """Every event up to this one follows from the one before."""
    checked_hash: str = GENESIS
    checked_at: datetime | None = None
    """When the last check ended; None before the first."""
    problem: str | None = None
    """What is wrong first, as far as it was found."""
    is_running: bool = False
    target_seq: int = 0
    """How far the check that runs will go."""

    @property
    def percent(self) -> int:
        """How far the check that runs is."""
        return 100 * self.checked_seq // self.target_seq if self.target_seq else 0


@dataclass(slots=True)
class Chain:
    """The memory. Safe to use from any thread."""

    state: ChainState = field(default_factory=ChainState)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, target_seq: int, *, from_beginning: bool) -> ChainState | None:
        """Begin a check; None when one runs already."""
        with self._lock:
            if self.state.is_running:
                return None
            start = ChainState() if from_beginning or self.state.problem else self.state
            self.state = replace(start, is_running=True, target_seq=target_seq)
            return self.state

    def advance(self, seq: int, digest: str) -> None:
        """Note how far it is."""
        with self._lock:
            self.state = replace(self.state, checked_seq=seq, checked_hash=digest)

    def end(self, now: datetime, problem: str | None) -> ChainState:
        """Note what it came to."""
        with self._lock:
            self.state = replace(self.state, is_running=False, checked_at=now, problem=problem)
            return self.state

    def give_up(self) -> None:
        """Note that no check runs any more, whether it came to its end or not."""
        with self._lock:
            self.state = replace(self.state, is_running=False)
