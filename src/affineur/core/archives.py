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

    @property
    def is_sloppy(self) -> bool:
        """Whether honest but careless tools make it too, so that a person may wave it through.

        Everything that is not known to be harmless counts as dishonest.
        """
        return self.id in SLOPPY


SLOPPY = frozenset(
    {
        "archive-comment",
        "case-collision",
        "link",
        "no-root",
        "odd-name",
        "record-absent-file",
        "record-extra",
        "record-missing",
        "record-size",
        "record-unhashed",
        "root-name",
        "several-roots",
        "no-pkg-info",
    }
)
"""Defects that occur in wheels and sdists which mean no harm.

A link is one that stays inside an sdist; `record-size` is given only when the hash agrees.
"""


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
