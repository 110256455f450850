"""Whether an external index may be asked now: a circuit breaker, and an allowance for names.

A breaker is closed while its index answers. When several questions in a row failed, or the
index itself says when to come back, it opens: nobody asks for a pause. Then it is half-open:
one question is the probe, and all others wait for what becomes of it. If the probe fails, the
next pause is longer; any answer closes the breaker.

The clock may jump. A pause is never longer than `LONGEST_PAUSE_S`, whatever the clock says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MOST_FAILURES = 3
"""How many different questions must fail, with no answer between them, to open a breaker."""
FIRST_PAUSE_S = 1.0
LONGEST_BACKOFF_S = 15.0
LONGEST_PAUSE_S = 300.0
"""How long an index is left alone at most, even if it asks for more."""
_LONGEST_PROBE_S = 120.0
_SPREAD = 0.2
"""Pauses vary by so much, lest many servers come back at the same moment."""
_MOST_STEPS = 10


class State(StrEnum):
    """Whether an index is asked."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that an index did not answer."""

    question: str
    """What was asked for: the same question failing again proves nothing new."""
    cause: str
    at: datetime
    retry_after_s: float | None = None
    """When the index itself says to come back."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of how an index answers; changed by making another."""

    failing: frozenset[str] = frozenset()
    """The questions that failed since the last answer, while it is closed."""
    opened_at: datetime | None = None
    next_try_at: datetime | None = None
    probe_until: datetime | None = None
    """Until when, at most, one question is trying whether the index is back."""
    steps: int = 0
    """How many pauses there were since it was closed."""
    turn: int = 0
    """Rises when it opens and when a probe begins: what was asked before tells nothing new."""
    answered_at: datetime | None = None
    last_failure: Failure | None = None

    def state(self, now: datetime) -> State:
        """Say whether the index is asked at this moment."""
        if self.opened_at is None:
            return State.CLOSED
        return State.OPEN if self._rest_s(now) > 0 else State.HALF_OPEN

    def wait_s(self, now: datetime) -> float:
        """Say in how many seconds it may be asked; 0 when it may be asked now."""
        rest_s = self._rest_s(now)
        if rest_s > 0 or self.opened_at is None or not self._is_probing(now):
            return rest_s
        return FIRST_PAUSE_S

    def ask(self, now: datetime) -> Breaker:
        """Note that it is asked, which it may be now; the new `turn` belongs to the question."""
        if self.opened_at is None:
            return self
        until = now + timedelta(seconds=_LONGEST_PROBE_S)
        return replace(self, probe_until=until, turn=self.turn + 1)

    def answer(self, now: datetime) -> Breaker:
        """Note that the index answered, to whichever question."""
        return Breaker(turn=self.turn, answered_at=now, last_failure=self.last_failure)

    def fail(self, failure: Failure, turn: int, draw: float) -> Breaker:
        """Note that a question failed which was asked in that turn; `draw` is random, 0 to 1."""
        noted = replace(self, last_failure=failure)
        if turn != self.turn:
            return noted
        failing = self.failing | {failure.question}
        is_told = failure.retry_after_s is not None
        if self.opened_at is None and len(failing) < MOST_FAILURES and not is_told:
            return replace(noted, failing=failing)
        pause_s = _pause_s(self.steps, failure.retry_after_s, draw)
        return replace(
            noted,
            failing=frozenset(),
            opened_at=self.opened_at or failure.at,
            next_try_at=failure.at + timedelta(seconds=pause_s),
            probe_until=None,
            steps=min(self.steps + 1, _MOST_STEPS),
            turn=self.turn + 1,
        )

    def drop(self, turn: int) -> Breaker:
        """Note that a question was dropped before anybody knew how it ends."""
        return replace(self, probe_until=None) if turn == self.turn else self

    def _rest_s(self, now: datetime) -> float:
        if self.next_try_at is None:
            return 0.0
        left_s = (self.next_try_at - now).total_seconds()
        return left_s if 0 < left_s <= LONGEST_PAUSE_S else 0.0

    def _is_probing(self, now: datetime) -> bool:
        if self.probe_until is None:
            return False
        return 0 < (self.probe_until - now).total_seconds() <= _LONGEST_PROBE_S


def _pause_s(steps: int, retry_after_s: float | None, draw: float) -> float:
    backoff_s = min(LONGEST_BACKOFF_S, FIRST_PAUSE_S * 2.0**steps)
    spread_s = backoff_s * (1 - _SPREAD + 2 * _SPREAD * draw)
    return min(LONGEST_PAUSE_S, max(spread_s, retry_after_s or 0.0))


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many names that nobody has may still be asked of external indexes.

    It is full at first, is spent one by one, and fills again with time.
    """

    most: float
    per_s: float
    spent: float = 0.0
    as_of: datetime | None = None

    def wait_s(self, now: datetime) -> float:
        """Say in how many seconds there is one to spend; 0 when there is now."""
        lacking = self._spent(now) + 1 - self.most
        return max(0.0, lacking / self.per_s)

    def spend(self, now: datetime, count: float = 1) -> Allowance:
        """Spend some; what was asked at the same time may overdraw it, by no more than it holds."""
        return replace(self, spent=min(self._spent(now) + count, 2 * self.most), as_of=now)

    def _spent(self, now: datetime) -> float:
        if self.as_of is None:
            return 0.0
        passed_s = max(0.0, (now - self.as_of).total_seconds())
        return max(0.0, self.spent - passed_s * self.per_s)
