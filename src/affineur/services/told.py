"""What this process remembers of the origins of wheels that we do not hold; bounded.

Core metadata that was found stays for the next client, and that an origin gives no pieces of
files, or no core metadata beside them, is not found out anew for every wheel.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from affineur.core.names import Sha256
from affineur.store.told import Saying

_MOST_BYTES = 16 * 1024 * 1024
_MOST_ORIGINS = 1000
_MOST_UNWRITTEN = 10_000
_AT_ONCE = 32
"""How many wheels of one connector are read in pieces at the same time."""
_REST = timedelta(minutes=10)
"""How long an origin is not asked again for what it lacks."""


class Lack(StrEnum):
    """What an origin may lack."""

    RANGES = "ranges"
    METADATA = "metadata"


@dataclass(slots=True)
class Told:
    """The memory. For one event loop."""

    unwritten: list[Saying] = field(default_factory=list)
    """What was told and is not in the database yet."""
    _bodies: OrderedDict[tuple[int, Sha256], bytes] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lacks: dict[tuple[str, Lack], datetime] = field(default_factory=dict)
    _turns: dict[int, asyncio.Semaphore] = field(default_factory=dict)

    def turn(self, connector_id: int) -> asyncio.Semaphore:
        """Give what to wait at before wheels of a connector are read in pieces."""
        return self._turns.setdefault(connector_id, asyncio.Semaphore(_AT_ONCE))

    def body(self, connector_id: int, sha256: Sha256) -> bytes | None:
        """Give the core metadata that a connector's origin told of a wheel, if remembered."""
        packed = self._bodies.get((connector_id, sha256))
        if packed is None:
            return None
        self._bodies.move_to_end((connector_id, sha256))
        return zlib.decompress(packed)

    def keep(self, saying: Saying, body: bytes) -> None:
        """Remember core metadata, forgetting what was not asked for the longest."""
        key = (saying.connector_id, saying.sha256)
        packed = zlib.compress(body, 1)
        self._bytes += len(packed) - len(self._bodies.pop(key, b""))
        self._bodies[key] = packed
        while self._bytes > _MOST_BYTES:
            _, oldest = self._bodies.popitem(last=False)
            self._bytes -= len(oldest)
        if len(self.unwritten) < _MOST_UNWRITTEN:
            self.unwritten.append(saying)

    def take_unwritten(self) -> list[Saying]:
        """Give what is not in the database yet, to whoever writes it now."""
        taken, self.unwritten = self.unwritten, []
        return taken

    def lacks(self, origin: str, what: Lack, now: datetime) -> bool:
        """Whether an origin said lately that it has no such thing."""
        until = self._lacks.get((origin, what))
        return until is not None and now < until

    def note_lack(self, origin: str, what: Lack, now: datetime) -> None:
        """Remember for a while that an origin has no such thing."""
        if len(self._lacks) >= _MOST_ORIGINS:
            self._lacks.clear()
        self._lacks[origin, what] = now + _REST
