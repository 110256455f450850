"""The scanner: is shown each member once, and says at the end what it saw."""

from __future__ import annotations

from dataclasses import dataclass

from affineur.core.archives import Kind
from affineur.core.scans import Scan

SCAN_VERSION = 1
"""Rises when the same contents may give another scan."""


@dataclass(slots=True)
class Scanner:
    """Looks into the members of one archive."""

    def keep_bytes(self, inside: str, size_bytes: int) -> int:
        """Say how much of a member it wants to see, at its beginning."""
        del inside, size_bytes
        return 0

    def take(self, name: str, inside: str, content: bytes, size_bytes: int, kind: Kind) -> None:
        """Look into a member: `name` as reports show it, `inside` its path as installed."""
        del name, inside, content, size_bytes, kind

    def finish(self) -> Scan:
        """Say what was seen."""
        return Scan(SCAN_VERSION)
