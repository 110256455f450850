"""Pieces of a file: which are wanted, and what was read of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to, without, `stop`; never empty."""

    start: int
    stop: int

    @property
    def count(self) -> int:
        """How many bytes that is."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Tail:
    """The last bytes of a file; all of it when it is shorter."""

    count: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive bytes that were read of a file."""

    start: int
    body: bytes
    size_bytes: int
    """The size of the whole file."""
    etag: str | None = None
    """What its origin calls this state of it, when that is a strong ETag (RFC 9110)."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the file is missing."""
        return len(self.body) == self.size_bytes
