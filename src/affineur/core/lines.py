"""The lines that two files differ in, and how many of them are told.

Imported by the child process that makes them: imports must stay light.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from affineur.core.hunks import Hunk, unified


@dataclass(frozen=True, slots=True)
class DiffCaps:
    """How much of a difference is made and shown at most."""

    files: int = 300
    """Files that are compared line by line."""
    file_bytes: int = 1024 * 1024
    """Of each side of a file."""
    file_lines: int = 20_000
    """Of each side of a file."""
    shown_per_file: int = 500
    """Lines of one file's difference; with 0 they are counted only."""
    shown: int = 5000
    """Lines of all differences together."""
    context: int = 3
    """Lines around each change."""
    is_coloured: bool = False
    """Whether lines come with the colours of code."""
    colours_s: float = 4.0
    """Seconds for all colours together; what is left then is plain."""
    file_s: float = 2.0
    """Seconds for one file."""
    total_s: float = 20.0
    """Seconds for all files together; none is begun after them."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A file's difference line by line, and why it is not whole; both may be empty."""

    hunks: tuple[Hunk, ...] = ()
    cut: str = ""
    added: int = 0
    """Lines that are new, also those that are not told."""
    removed: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """Write it as `diff -u` does."""
        return tuple(unified(self.hunks))


def to_count(caps: DiffCaps, most_files: int) -> DiffCaps:
    """Give the caps with which lines are counted and not told."""
    return replace(caps, files=most_files, shown_per_file=0, is_coloured=False)
