"""A gzipped tar archive as a stream of blocks, inflated within a budget.

It only goes forward. What tar readers disagree about is what comes after the end, so that is
looked at: a second gzip member, or content behind the end of the tar.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

from affineur.checks.members import CHUNK_BYTES, BrokenOff, Budget, Defects

_GZIP = 16 + zlib.MAX_WBITS
_PACKED_BYTES = 64 * 1024


class TarStream:
    """The inflated bytes, readable once, forward only."""

    def __init__(self, file: BinaryIO, budget: Budget, defects: Defects) -> None:
        """Start at the place where the file stands."""
        self._file = file
        self._budget = budget
        self._defects = defects
        self._decoder = zlib.decompressobj(_GZIP)
        self._ready = b""
        self._at = 0
        self._position = 0

    def tell(self) -> int:
        """Count what was read."""
        return self._position

    def seek(self, offset: int) -> None:
        """Go forward by reading."""
        while self._position < offset and self.read(min(CHUNK_BYTES, offset - self._position)):
            pass

    def read(self, size: int) -> bytes:
        """Give exactly `size` bytes unless it ends before."""
        parts: list[bytes] = []
        wanted = size
        while wanted > 0 and self._fill():
            part = self._ready[self._at : self._at + wanted]
            self._at += len(part)
            wanted -= len(part)
            parts.append(part)
        content = b"".join(parts)
        self._position += len(content)
        return content

    def finish(self) -> None:
        """Read what follows the end of the tar archive: only zeros may."""
        is_empty = True
        while rest := self.read(CHUNK_BYTES):
            is_empty = is_empty and not rest.strip(b"\0")
        if not is_empty:
            what = "Something is hidden behind the end of the tar archive."
            self._defects.add("trailing-data", what)
        if self._decoder.unused_data.strip(b"\0") or self._file.read(CHUNK_BYTES).strip(b"\0"):
            what = "Something stands behind the end of the gzip stream."
            self._defects.add("trailing-data", what)

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
