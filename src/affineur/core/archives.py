"""What was read in a distribution archive, without unpacking or running any of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from affineur.core.findings import Severity
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
    def severity(self) -> Severity:
        """How much it matters. What is not known to be made by honest tools too blocks."""
        if self.id in HARMLESS:
            return Severity.INFO
        return Severity.REVIEW if self.id in SLOPPY else Severity.BLOCK


SLOPPY = frozenset(
    {
        "case-collision",
        "data-folder",
        "foreign-data-folder",
        "no-pkg-info",
        "no-root",
        "no-wheel-file",
        "odd-name",
        "record-extra",
        "record-missing",
        "record-unhashed",
        "root-name",
        "several-roots",
        "stored-descriptor",
        "wheel-version",
    }
)
"""Defects of honest but careless tools that may hide something: a person may wave them through."""

HARMLESS = frozenset(
    {
        "archive-comment",
        "link",
        "native-in-purelib",
        "record-absent-file",
        "record-size",
        "record-weak-hash",
        "repeated",
        "tags-differ",
        "windows-name",
    }
)
"""Defects that hide nothing, whoever made them.

A link is one that stays inside an sdist, what is repeated has the same bytes each time, and a
wrong size or a weak hash is told only when the content is the one that RECORD describes.
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
