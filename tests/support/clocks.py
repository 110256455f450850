"""A clock that a test sets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


class SetClock:
    """A clock that stands until a test moves it."""

    def __init__(self, moment: datetime = NOON) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment

    def move(self, **forward: float) -> None:
        """Move on by days, hours, minutes or seconds, as `timedelta` names them."""
        self._moment += timedelta(**forward)
