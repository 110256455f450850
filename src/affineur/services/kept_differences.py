"""Differences that were made lately, kept in memory for whoever looks again.

They are kept by the digests of both files, which never change; who may see them is asked before
anybody looks here. What several ask for at the same time is made once, and few are made at a
time: each takes a process.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock

from affineur.core.comparing import Comparison
from affineur.core.differences import Side
from affineur.core.errors import Unavailable
from affineur.core.lines import Lines

_MOST_ROWS = 30_000
_MOST_PAIRS = 8
_AT_A_TIME = 2
_MOST_BEGUN = 40
_EMPTY = 20
"""What a file counts as that has no rows: its name and its numbers take memory, too."""

Pair = tuple[Side, Side, Comparison]
"""The old and the new archive, and how they compare."""
Files = dict[str, Lines]
"""The lines of files, by their comparable paths."""


@dataclass(slots=True)
class KeptDifferences:
    """The last ones, as many as there is room for."""

    most_rows: int = _MOST_ROWS
    _kept: OrderedDict[Hashable, Files] = field(default_factory=OrderedDict)
    _pairs: OrderedDict[Hashable, Pair] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _begun: dict[Hashable, asyncio.Task[Files]] = field(default_factory=dict)
    _children: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_A_TIME))

    def pair(self, key: Hashable, make: Callable[[], Pair]) -> Pair:
        """Give two archives held against each other, from any thread."""
        with self._lock:
            known = self._pairs.get(key)
        if known is not None:
            return known
        made = make()
        with self._lock:
            self._pairs[key] = made
            while len(self._pairs) > _MOST_PAIRS:
                self._pairs.popitem(last=False)
        return made

    def known(self, key: Hashable) -> Files | None:
        """Give what is kept under a key."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    @property
    def is_busy(self) -> bool:
        """Whether so much is being made that nothing more is begun."""
        return len(self._begun) >= _MOST_BEGUN

    async def of(self, key: Hashable, make: Callable[[], Awaitable[Files]]) -> Files:
        """Give what is kept under a key, or what `make` makes of it; raise `Unavailable`."""
        known = self.known(key)
        if known is not None:
            return known
        if self.is_busy and key not in self._begun:
            raise Unavailable("Too much is being compared now.", hint="Try again in a moment.")
        return await asyncio.shield(self.begin(key, make))

    def begin(self, key: Hashable, make: Callable[[], Awaitable[Files]]) -> asyncio.Task[Files]:
        """Begin to make it, unless somebody did."""
        if key not in self._begun:
            task = asyncio.create_task(self._make(key, make))
            self._begun[key] = task
            task.add_done_callback(lambda done: self._end(key, done))
        return self._begun[key]

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[Files]]) -> Files:
        async with self._children:
            made = await make()
        self._kept[key] = made
        while len(self._kept) > 1 and sum(map(_weight, self._kept.values())) > self.most_rows:
            self._kept.popitem(last=False)
        return made

    def _end(self, key: Hashable, done: asyncio.Task[Files]) -> None:
        self._begun.pop(key, None)
        if not done.cancelled():
            done.exception()  # whoever waited was told; nobody else needs to know


def _weight(files: Files) -> int:
    return sum(_EMPTY + sum(len(one.rows) for one in lines.hunks) for lines in files.values())
