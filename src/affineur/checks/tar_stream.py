"""A gzipped tar archive as a stream of blocks, inflated within a budget.

`tarfile` may only go forward in it. What tar readers disagree about is what comes after the
end, so that is looked at: a second gzip member, or content behind the end of the tar.
"""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO

from affineur.checks.members import CHUNK_BYTES, BrokenOff, Budget, Defects

_GZIP = 16 + zlib.MAX_WBITS
_PACKED_BYTES = 64 * 1024


class TarStream(io.RawIOBase):
    """The inflated bytes, readable once, forward only."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        super().__init__()
        self._file = file
        self._budget = budget
        self._decoder = zlib.decompressobj(_GZIP)
        self._ready = b""
        self._at = 0
        self._position = 0
        self.last = b""
        """What the latest `read` gave."""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that `seek` works, forward."""
        return True

    def tell(self) -> int:
        """Count what was read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go forward by reading."""
        if whence != io.SEEK_SET or offset < self._position:
            raise BrokenOff("unreadable", "The tar archive refers back to what was read before.")
        while self._position < offset and self.read(min(CHUNK_BYTES, offset - self._position)):
            pass
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Give exactly `size` bytes unless it ends before."""
        parts: list[bytes] = []
        wanted = size
        while wanted > 0 and self._fill():
            part = self._ready[self._at : self._at + wanted]
            self._at += len(part)
            wanted -= len(part)
            parts.append(part)
        self.last = b"".join(parts)
        self._position += len(self.last)
        return self.last

    def finish(self, defects: Defects) -> None:
        """Read what follows the end of the tar archive: only zeros may."""
        is_empty = not self.last.strip(b"\0")
        while rest := self.read(CHUNK_BYTES):
            is_empty = is_empty and not rest.strip(b"\0")
        if not is_empty:
            defects.add("trailing-data", "Something is hidden behind the end of the tar archive.")
        if self._decoder.unused_data.strip(b"\0") or self._file.read(CHUNK_BYTES).strip(b"\0"):
            defects.add("trailing-data", "Something stands behind the end of the gzip stream.")

    def _fill(self) -> bool:
        """Have something ready; False at the end."""
        while self._at >= len(self._ready):
            if self._decoder.eof:
                return False
            packed = self._decoder.unconsumed_tail or self._file.read(_PACKED_BYTES)
            try:
                self._ready = self._decoder.decompress(packed, CHUNK_BYTES)
            except zlib.error as error:
                raise BrokenOff("unreadable", f"It is no gzip archive: {error}.") from error
            self._at = 0
            if not self._ready and not packed and not self._decoder.eof:
                raise BrokenOff("unreadable", "The gzip stream is cut off.")
            self._budget.spend(len(self._ready))
        return True
