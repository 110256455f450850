"""Rendered pages in memory, in every encoding that was asked for, while they are true.

Nobody is let past a permission by this cache: it is looked into only after it was asked.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from affineur.core.names import FeedName
from affineur.services.pulse import Made, Pulse
from affineur.store.changes import Watermarks
from affineur.web.encodings import Encoding, encode

Key = tuple[FeedName, str, str]
"""Feed, project ('' for the list of all) and representation."""

_CAPACITY_BYTES = 48 * 1024 * 1024
_WORTH_ENCODING_BYTES = 600


@dataclass(frozen=True, slots=True)
class Encoded:
    """The bytes of a page as they are sent, with their own strong ETag."""

    encoding: Encoding
    body: bytes
    etag: str


@dataclass(slots=True)
class Rendered:
    """A page's bytes, and how long they are true."""

    made: Made
    plain: Encoded
    encoded: dict[Encoding, Encoded] = field(default_factory=dict)

    @classmethod
    def of(cls, body: bytes, made: Made) -> Rendered:
        """Make it of the bytes as they are."""
        digest = hashlib.sha256(body).hexdigest()[:40]
        return cls(made, Encoded(Encoding.IDENTITY, body, f'"{digest}"'))

    @property
    def size_bytes(self) -> int:
        """How much memory its bodies take."""
        return len(self.plain.body) + sum(len(one.body) for one in self.encoded.values())

    def ready(self, encoding: Encoding) -> Encoded | None:
        """Give it in an encoding, if that was prepared or is not worth preparing."""
        is_plain = encoding is Encoding.IDENTITY or len(self.plain.body) < _WORTH_ENCODING_BYTES
        return self.plain if is_plain else self.encoded.get(encoding)

    def prepare(self, encoding: Encoding) -> Encoded:
        """Encode it once for everybody. It takes milliseconds for a large page."""
        etag = f'{self.plain.etag[:-1]}-{encoding}"'
        return self.encoded.setdefault(
            encoding, Encoded(encoding, encode(encoding, self.plain.body), etag)
        )


class PageCache:
    """The pages asked for last, up to a total size. For one event loop."""

    def __init__(self, capacity_bytes: int = _CAPACITY_BYTES) -> None:
        self._pages: OrderedDict[Key, tuple[Rendered, int]] = OrderedDict()
        self._left_bytes = capacity_bytes

    def find(self, key: Key, pulse: Pulse, marks: Watermarks, now: datetime) -> Rendered | None:
        """Find a page that is true now; forget it when it no longer is."""
        found = self._pages.get(key)
        if found is None:
            return None
        if not pulse.is_true(found[0].made, marks, now):
            self._forget(key)
            return None
        self._pages.move_to_end(key)
        return found[0]

    def keep(self, key: Key, page: Rendered) -> None:
        """Keep a page, also again when it grew, and let go of those not asked for longest."""
        self._forget(key)
        size = page.size_bytes
        self._pages[key] = (page, size)
        self._left_bytes -= size
        while self._left_bytes < 0:
            self._forget(next(iter(self._pages)))

    def _forget(self, key: Key) -> None:
        found = self._pages.pop(key, None)
        if found is not None:
            self._left_bytes += found[1]
