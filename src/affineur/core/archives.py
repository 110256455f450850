"""What was read in a distribution archive, without unpacking or running any of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from affineur.core.scans import Scan


class Kind(StrEnum):
    """What the bytes of a member are, by their beginning, whatever it is called."""

    TEXT = "text"
    NATIVE = "native"
    """ELF, PE or Mach-O: runs on the machine itself."""
    BYTECODE = "bytecode"
    """A `.pyc`."""
    ARCHIVE = "archive"
    """An archive or compressed data, within the archive."""
    BINARY = "binary"
    """Anything else that is no text."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive."""

    size_bytes: int
    sha256: str
    kind: Kind = Kind.TEXT


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

    members: Mapping[str, Member] = field(default_factory=dict)
    """Files only, by the name that the archive gives them (made printable, cut)."""
    metadata: bytes | None = None
    """METADATA of the wheel, or PKG-INFO of the sdist; None when it has none."""
    licence_texts: Mapping[str, str] = field(default_factory=dict)
    """Licence files by member name, each cut at 64 KiB."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The small files that a check asked for (`Check.wants`), by member name, cut at 256 KiB."""
    scan: Scan = Scan()
    defects: tuple[Defect, ...] = ()
