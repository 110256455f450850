"""Numbers over time: requests by week, answers of the index by day, what is held.

Weeks begin on Mondays, in UTC, and are named by that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import quantiles

from affineur.core.names import FeedName
from affineur.core.requests import RequestState
from affineur.core.usage import Kind

POLICY = "policy"
"""Who decides when the policy does."""
ANSWERS = (Kind.PAGE, Kind.UNCHANGED, Kind.FILE, Kind.METADATA)
"""The kinds of answers that give something; every other kind is a refusal, by its rule."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A request that came to its answer."""

    created_at: datetime
    settled_at: datetime
    state: RequestState
    by: str | None
    """None: nobody had to decide, for all of it stood there already."""

    @property
    def is_by_policy(self) -> bool:
        """Whether no person was needed."""
        return self.by == POLICY or (self.by is None and self.state is RequestState.DENIED)

    @property
    def is_by_people(self) -> bool:
        """Whether a person decided."""
        return self.by is not None and self.by != POLICY


@dataclass(frozen=True, slots=True)
class Week:
    """The requests of a week."""

    monday: date
    made: Mapping[RequestState, int] = field(default_factory=dict)
    """Those made in the week, by how they stand now."""
    by_policy: int = 0
    """How many were decided in the week by the policy alone."""
    by_people: int = 0
    median_s: float | None = None
    """How long those waited that people decided in the week; None when there were none."""
    slow_s: float | None = None
    """Nine of ten did not wait longer."""

    @property
    def count(self) -> int:
        """How many were made."""
        return sum(self.made.values())

    @property
    def policy_share(self) -> float | None:
        """Which part of what was decided needed no person."""
        decided = self.by_policy + self.by_people
        return self.by_policy / decided if decided else None


@dataclass(frozen=True, slots=True)
class IndexDay:
    """The answers of the index on a day."""

    day: date
    answers: Mapping[str, int] = field(default_factory=dict)
    """By kind: page, unchanged, file, metadata."""
    refusals: Mapping[str, int] = field(default_factory=dict)
    """By rule, or `unknown`."""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class FeedUse:
    """The answers of one feed over all days that are shown."""

    feed: FeedName
    answers: int
    refusals: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StorageDay:
    """What was held at the end of a day, as far as it was looked at."""

    day: date
    files: int
    size_bytes: int
    cached_bytes: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything that is drawn, the oldest first."""

    weeks: tuple[Week, ...]
    days: tuple[IndexDay, ...]
    feeds: tuple[FeedUse, ...]
    """The busiest first."""
    storage: tuple[StorageDay, ...] | None
    """None for whoever may not see it."""


def monday_of(day: date) -> date:
    """Give the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_of(
    now: datetime,
    count: int,
    made: Iterable[tuple[date, RequestState, int]],
    settled: Iterable[Settled],
) -> tuple[Week, ...]:
    """Put the requests of days together to the last weeks, that of `now` among them."""
    last = monday_of(now.date())
    mondays = [last - timedelta(weeks=back) for back in range(count - 1, -1, -1)]
    by_state: dict[date, dict[RequestState, int]] = {one: {} for one in mondays}
    for day, state, number in made:
        states = by_state.get(monday_of(day))
        if states is not None:
            states[state] = states.get(state, 0) + number
    answered: dict[date, list[Settled]] = {one: [] for one in mondays}
    for one in settled:
        answered.get(monday_of(one.settled_at.date()), []).append(one)
    return tuple(_week(one, by_state[one], answered[one]) for one in mondays)


def _week(monday: date, made: Mapping[RequestState, int], settled: Sequence[Settled]) -> Week:
    waits = sorted(
        (one.settled_at - one.created_at).total_seconds() for one in settled if one.is_by_people
    )
    return Week(
        monday,
        made,
        by_policy=sum(one.is_by_policy for one in settled),
        by_people=len(waits),
        median_s=_percentile(waits, 50),
        slow_s=_percentile(waits, 90),
    )


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    if len(ordered) < 2:
        return ordered[0] if ordered else None
    return quantiles(ordered, n=100, method="inclusive")[percent - 1]


def days_of(
    today: date, count: int, traffic: Iterable[tuple[date, str, int, int]]
) -> tuple[IndexDay, ...]:
    """Put counts and bytes by day and kind together to the last days, today among them."""
    first = today - timedelta(days=count - 1)
    answers: list[dict[str, int]] = [{} for _ in range(count)]
    refusals: list[dict[str, int]] = [{} for _ in range(count)]
    sizes = [0] * count
    for day, kind, number, size_bytes in traffic:
        at = (day - first).days
        if 0 <= at < count:
            counts = answers[at] if kind in ANSWERS else refusals[at]
            counts[kind] = counts.get(kind, 0) + number
            sizes[at] += size_bytes
    return tuple(
        IndexDay(first + timedelta(days=at), answers[at], refusals[at], sizes[at])
        for at in range(count)
    )
