"""What was read in a distribution archive, without unpacking or running any of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Defect:
    """Something about the archive that an honest build tool does not make."""

    id: str
    """Stable, such as `traversal` or `record-hash`."""
    what: str
    member: str | None = None


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """The contents of one wheel or sdist, read in memory within limits."""

    members: Mapping[str, int] = field(default_factory=dict)
    """Member name to its size in bytes, uncompressed; files only."""
    metadata: bytes | None = None
    """METADATA of the wheel, or PKG-INFO of the sdist; None when it has none."""
    licence_texts: Mapping[str, str] = field(default_factory=dict)
    """Licence files by member name, each cut at 64 KiB."""
    defects: tuple[Defect, ...] = ()
