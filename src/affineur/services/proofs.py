"""Provenances that origins told lately, in memory; bounded. For one event loop."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

_MOST_BYTES = 8 * 1024 * 1024


@dataclass(slots=True)
class Proofs:
    """The memory."""

    _known: OrderedDict[str, tuple[bytes, datetime]] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def find(self, name: str, now: datetime) -> bytes | None:
        """Give what was told, while it holds."""
        packed, until = self._known.get(name, (b"", now))
        return zlib.decompress(packed) if now < until else None

    def keep(self, name: str, body: bytes, until: datetime) -> None:
        """Remember what was told until a moment, forgetting what was told first."""
        packed = zlib.compress(body, 1)
        self._bytes += len(packed) - len(self._known.pop(name, (b"", until))[0])
        self._known[name] = packed, until
        while self._bytes > _MOST_BYTES:
            _, (oldest, _until) = self._known.popitem(last=False)
            self._bytes -= len(oldest)
