"""What was used and wanted, gathered in this process until it is written down (decision 0027).

Counting must not cost an answer anything: answers from memory add one to a number, all others
take a lock for a moment. Everything is bounded, for each person too, so that nobody's flood
drowns what others did; what goes beyond is not counted. What was gathered in the last seconds
is lost with its process.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from affineur.core.names import FeedName, ProjectName
from affineur.core.usage import WITHIN, Count, Kind, Use, Wish

_MOST_TAKINGS = 50_000
_MOST_TAKINGS_EACH = 10_000
_MOST_WISHES = 20_000
_MOST_WISHES_EACH = 500

Day = str
TrafficKey = tuple[Day, FeedName, str]
"""Day, feed, kind."""
TakingKey = tuple[Day, Use]
_Wisher = tuple[str, int, FeedName, ProjectName]


class Tally:
    """How often an answer was given from memory. Plain numbers, raised without a lock."""

    __slots__ = ("is_over", "sent", "size_bytes", "told_sent", "told_unchanged", "unchanged", "use")

    def __init__(self, use: Use | None, size_bytes: int) -> None:
        self.use = use
        self.size_bytes = size_bytes
        self.sent = 0
        self.unchanged = 0
        self.told_sent = 0
        self.told_unchanged = 0
        self.is_over = False

    @property
    def has_news(self) -> bool:
        """Whether there is anything to read in it."""
        is_told = self.sent == self.told_sent and self.unchanged == self.told_unchanged
        return self.is_over or not is_told


@dataclass(slots=True)
class Gathered:
    """Counts to be written down."""

    traffic: dict[TrafficKey, Count] = field(default_factory=dict)
    takings: dict[TakingKey, Count] = field(default_factory=dict)
    wishes: dict[Wish, Count] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.traffic or self.takings or self.wishes)


@dataclass(slots=True)
class _Lately:
    """What somebody wanted of a project since a moment."""

    since: datetime
    wishes: dict[str, Wish] = field(default_factory=dict)
    """By version."""


class Usage:
    """What is not in the database yet. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.writing = threading.Lock()
        """Held while counts are taken and written down, so that who asks next finds them."""
        self._new = Gathered()
        self._tallies: set[Tally] = set()
        self._takers: Counter[str] = Counter()
        self._lately: dict[_Wisher, _Lately] = {}
        self._wishers: Counter[str] = Counter()

    def begin(self, use: Use | None, size_bytes: int) -> Tally:
        """Begin to count an answer that will be given from memory, until `end`.

        Without a use nobody ever looks at the tally.
        """
        tally = Tally(use, size_bytes)
        if use is not None:
            with self._lock:
                self._tallies.add(tally)
        return tally

    def end(self, tally: Tally) -> None:
        """Say that this answer is given no more; what was counted stays."""
        tally.is_over = True

    def sent(self, now: datetime, use: Use, size_bytes: int, *, is_taken: bool) -> None:
        """Count an answer; `is_taken` says that a file was given as a whole."""
        with self._lock:
            self._count(now, use.feed, use.kind, (1, size_bytes))
            if is_taken:
                self._take(now, use, (1, size_bytes))

    def unchanged(self, now: datetime, use: Use) -> None:
        """Count that somebody was told to have it already."""
        with self._lock:
            self._count(now, use.feed, Kind.UNCHANGED, (1, 0))

    def refused(self, now: datetime, feed: FeedName, kind: str) -> None:
        """Count a refusal; `kind` is its rule, or that nobody has it."""
        with self._lock:
            self._count(now, feed, kind, (1, 0))

    def want(self, now: datetime, wish: Wish) -> None:
        """Count a wish, unless it is one with what was just wanted.

        Clients ask for a page first, and for a file of it next: who wants a version did not
        want any before. A wish for any that was counted is taken back then.
        """
        key = (wish.who, wish.token_id, wish.feed, wish.project)
        with self._lock:
            lately = self._lately.get(key)
            if lately is None or now - lately.since >= WITHIN:
                lately = _Lately(now)
            known = lately.wishes
            if wish.version in known or (known and not wish.version):
                return
            if not self._has_room(wish.who):
                return
            self._lately[key] = lately
            if "" in known:
                self._wish(now, known.pop(""), -1)
            known[wish.version] = wish
            self._wish(now, wish, 1)

    def take(self, now: datetime) -> Gathered:
        """Give what is not written down yet, to whoever writes it now, holding `writing`."""
        with self._lock:
            tallies = tuple(self._tallies)
        news = [one for one in tallies if one.has_news]  # of thousands, without the lock
        with self._lock:
            for tally in news:
                self._read(now, tally)
            taken, self._new = self._new, Gathered()
            self._takers.clear()
            self._forget_lately(now)
            return taken

    def give_back(self, taken: Gathered) -> None:
        """Take again what could not be written down, as far as there is room."""
        with self._lock:
            new = self._new
            for kind, count in taken.traffic.items():
                _merge(new.traffic.setdefault(kind, Count()), count)
            for taking, count in taken.takings.items():
                if taking in new.takings or len(new.takings) < _MOST_TAKINGS:
                    _merge(new.takings.setdefault(taking, Count()), count)
            for wish, count in taken.wishes.items():
                if wish in new.wishes or len(new.wishes) < _MOST_WISHES:
                    _merge(new.wishes.setdefault(wish, Count()), count)

    # --- under the lock ------------------------------------------------------------------

    def _count(self, now: datetime, feed: FeedName, kind: str, more: tuple[int, int]) -> None:
        key = (now.date().isoformat(), feed, kind)
        self._new.traffic.setdefault(key, Count()).add(*more, now, now)

    def _take(self, now: datetime, use: Use, more: tuple[int, int]) -> None:
        key, takings = (now.date().isoformat(), use), self._new.takings
        if key not in takings:
            if len(takings) >= _MOST_TAKINGS or self._takers[use.taker] >= _MOST_TAKINGS_EACH:
                return
            self._takers[use.taker] += 1
        takings.setdefault(key, Count()).add(*more, now, now)

    def _read(self, now: datetime, tally: Tally) -> None:
        """Count what a tally says since it was read last."""
        is_over, sent, unchanged = tally.is_over, tally.sent, tally.unchanged
        use, more = tally.use, sent - tally.told_sent
        if use is None:
            return
        if more:
            self._count(now, use.feed, use.kind, (more, more * tally.size_bytes))
            if use.kind is Kind.FILE:
                self._take(now, use, (more, more * tally.size_bytes))
        if unchanged > tally.told_unchanged:
            self._count(now, use.feed, Kind.UNCHANGED, (unchanged - tally.told_unchanged, 0))
        tally.told_sent, tally.told_unchanged = sent, unchanged
        if is_over:
            self._tallies.discard(tally)

    def _wish(self, now: datetime, wish: Wish, count: int) -> None:
        wishes = self._new.wishes
        said = wishes.setdefault(wish, Count())
        said.add(count, 0, now, now)
        if not said.count:
            del wishes[wish]

    def _has_room(self, who: str) -> bool:
        """Whether one more wish of somebody is counted, and reckon with it."""
        most = max(len(self._lately), len(self._new.wishes))
        if self._wishers[who] >= _MOST_WISHES_EACH or most >= _MOST_WISHES:
            return False
        self._wishers[who] += 1
        return True

    def _forget_lately(self, now: datetime) -> None:
        self._lately = {key: one for key, one in self._lately.items() if now - one.since < WITHIN}
        self._wishers = Counter()
        for (who, *_), one in self._lately.items():
            self._wishers[who] += len(one.wishes)


def _merge(into: Count, more: Count) -> None:
    if more.first_at is not None and more.last_at is not None:
        into.add(more.count, more.size_bytes, more.first_at, more.last_at)
