"""What is shown of one file in an archive: some of its lines, coloured, or its first bytes."""

from __future__ import annotations

from dataclasses import dataclass

from affineur.core.colours import Spans


@dataclass(frozen=True, slots=True)
class Window:
    """Which lines of a file are asked for, and how much of it is looked at."""

    first: int = 1
    lines: int = 3_000
    line_chars: int = 20_000
    """What a longer line has beyond that is not given."""
    most_bytes: int = 16 * 1024 * 1024
    """What a larger file has beyond that is not read."""


@dataclass(frozen=True, slots=True)
class MemberText:
    """Some lines of a file that is text, as they stand there."""

    encoding: str
    first: int
    """The number of the first line that is given, counted from 1."""
    lines: tuple[str, ...]
    total: int
    """How many lines there are in what was read."""
    colours: tuple[Spans, ...] = ()
    """Of each line; empty when nothing is coloured."""
    remarks: tuple[str, ...] = ()
    """Why it is not whole, or not as it stands there: each a sentence."""

    @property
    def last(self) -> int:
        """The number of the last line that is given."""
        return self.first + len(self.lines) - 1


@dataclass(frozen=True, slots=True)
class MemberBytes:
    """The beginning of a file that is no text."""

    beginning: bytes


MemberView = MemberText | MemberBytes
