"""Rendered pages in memory while they are true.

Nobody is let past a permission by this cache: it is looked into only after it was asked.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from affineur.core.usage import Lack
from affineur.services.pulse import Made, Pulse
from affineur.store.changes import Watermarks
from affineur.web.encodings import Encoding, decode_zstd, encode

Key = tuple[str, str, str]
"""View of a feed, project ('' for the list of all) and representation."""

_CAPACITY_BYTES = 24 * 1024 * 1024
_WORTH_ENCODING_BYTES = 600


@dataclass(frozen=True, slots=True)
class Encoded:
    """The bytes of a page as they are sent, with their own strong ETag."""

    encoding: Encoding
    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page's bytes, and how long they are true.

    A large one is kept as zstd, which takes a fifth of the memory: what else is asked for is
    made of it, and then kept by `web.memory` for those who ask often.
    """

    made: Made
    kept: Encoded
    digest: str
    """Of the bytes as they are; the ETag of every encoding begins with it."""
    lack: Lack | None = None
    """Why nothing that it shows can be had; None when something can."""

    @classmethod
    def of(cls, body: bytes, made: Made, lack: Lack | None = None) -> Rendered:
        """Make it of the bytes as they are. It takes milliseconds for a large page."""
        digest = hashlib.sha256(body).hexdigest()[:40]
        is_small = len(body) < _WORTH_ENCODING_BYTES
        encoding = Encoding.IDENTITY if is_small else Encoding.ZSTD
        return cls(made, _encoded(encoding, body, digest), digest, lack)

    @property
    def size_bytes(self) -> int:
        """How much memory its body takes."""
        return len(self.kept.body)

    def ready(self, encoding: Encoding) -> Encoded | None:
        """Give it in an encoding, if it is kept so or is not worth encoding."""
        is_as_wanted = self.kept.encoding in {encoding, Encoding.IDENTITY}
        return self.kept if is_as_wanted else None

    def prepare(self, encoding: Encoding) -> Encoded:
        """Make another encoding of it. It takes milliseconds for a large page."""
        return _encoded(encoding, decode_zstd(self.kept.body), self.digest)


def _encoded(encoding: Encoding, body: bytes, digest: str) -> Encoded:
    mark = "" if encoding is Encoding.IDENTITY else f"-{encoding}"
    return Encoded(encoding, encode(encoding, body), f'"{digest}{mark}"')


class PageCache:
    """The pages asked for last, up to a total size. For one event loop."""

    def __init__(self, capacity_bytes: int = _CAPACITY_BYTES) -> None:
        self._pages: OrderedDict[Key, Rendered] = OrderedDict()
        self._left_bytes = capacity_bytes

    def find(self, key: Key, pulse: Pulse, marks: Watermarks, now: datetime) -> Rendered | None:
        """Find a page that is true now; forget it when it no longer is."""
        page = self._pages.get(key)
        if page is None:
            return None
        if not pulse.is_true(page.made, marks, now):
            self._forget(key)
            return None
        self._pages.move_to_end(key)
        return page

    def keep(self, key: Key, page: Rendered) -> None:
        """Keep a page, and let go of those that were not asked for longest."""
        self._forget(key)
        self._pages[key] = page
        self._left_bytes -= page.size_bytes
        while self._left_bytes < 0:
            self._forget(next(iter(self._pages)))

    def _forget(self, key: Key) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self._left_bytes += page.size_bytes
