"""What one reading gathers of an archive's members as they come: sizes, digests, texts, a scan.

Both readers tell it of each member twice: before (`keep_bytes`: how much of it is needed) and
after it was read to its end (`take`). Imported by the child process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import translate

from affineur.checks.members import (
    MAX_LICENCE_BYTES,
    MAX_LICENCES,
    is_bundled,
    is_licence,
    licence_text,
    show,
)
from affineur.checks.scanning.scanner import Scanner
from affineur.core.archives import ArchiveReport, Kind, Member

MAX_TEXT_BYTES = 256 * 1024
MAX_TEXTS = 256

_HEAD_BYTES = 4096
_NATIVE = (
    b"\x7fELF",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa",
)
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf",
    b"Rar!",
)
_BYTECODE = re.compile(rb"..\r\n", re.DOTALL)
_DIST_INFO = re.compile(r"[^/]+\.dist-info/(.*)", re.DOTALL)


@dataclass(slots=True)
class Gathering:
    """One reading's harvest."""

    inside: Callable[[str], str]
    """Gives a member's path within the distribution: an sdist's root folder taken off."""
    wanted: re.Pattern[str]
    scanner: Scanner
    licences: frozenset[str] = frozenset()
    """Members that METADATA names as licence files."""
    members: dict[str, Member] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    licence_texts: dict[str, str] = field(default_factory=dict)

    def keep_bytes(self, name: str, size_bytes: int) -> int:
        """Say how much of a member is needed, at its beginning."""
        inside = self.inside(name)
        most = max(_HEAD_BYTES, self.scanner.keep_bytes(inside, size_bytes))
        if self._is_wanted(inside):
            most = max(most, MAX_TEXT_BYTES)
        if self._is_licence(name, inside):
            most = max(most, MAX_LICENCE_BYTES)
        return most

    def take(self, name: str, content: bytes, size_bytes: int, sha256: str) -> None:
        """Take in a member that was read: its beginning, its whole size, its digest."""
        inside, shown = self.inside(name), show(name)
        kind = kind_of(content[:_HEAD_BYTES])
        self.members[shown] = Member(size_bytes, sha256, kind)
        if self._is_wanted(inside):
            self.texts[shown] = content[:MAX_TEXT_BYTES].decode("utf-8", "replace")
        if self._is_licence(name, inside):
            self.licence_texts[shown] = licence_text(content)
        self.scanner.take(shown, inside, content, size_bytes, kind)

    def report(self, metadata: bytes | None) -> ArchiveReport:
        """Give the report, without the defects."""
        return ArchiveReport(
            self.members,
            metadata,
            self.licence_texts,
            texts=self.texts,
            scan=self.scanner.finish(),
        )

    def _is_wanted(self, inside: str) -> bool:
        return len(self.texts) < MAX_TEXTS and self.wanted.fullmatch(inside) is not None

    def _is_licence(self, name: str, inside: str) -> bool:
        in_info = _DIST_INFO.fullmatch(inside)
        if name not in self.licences and not is_licence(in_info[1] if in_info else inside):
            return False
        bundled = is_bundled(inside)
        return sum(is_bundled(one) is bundled for one in self.licence_texts) < MAX_LICENCES


def pattern_of(wants: Iterable[str]) -> re.Pattern[str]:
    """Make one pattern of what all checks want; of nothing, one that nothing matches."""
    return re.compile("|".join(translate(one) for one in wants) or r"(?!)")


def kind_of(head: bytes) -> Kind:
    """Tell what bytes are by their beginning."""
    if head.startswith(_NATIVE):
        return Kind.NATIVE
    if head.startswith(_ARCHIVES):
        return Kind.ARCHIVE
    if _BYTECODE.match(head) and b"\0" in head[:16]:
        return Kind.BYTECODE
    return Kind.BINARY if b"\0" in head else Kind.TEXT
