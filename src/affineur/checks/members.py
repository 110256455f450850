"""What both archive readers share: limits, and defects collected within bounds.

Imported by the child process: standard library and `affineur.core.archives` only.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from affineur.core.archives import Defect

CHUNK_BYTES = 1024 * 1024
MAX_METADATA_BYTES = 8 * 1024 * 1024
MAX_LICENCE_BYTES = 64 * 1024
MAX_LICENCES = 32

MAX_NAME = 1024

_BOMB_BYTES = 64 * 1024 * 1024
_BOMB_RATIO = 50
_SHOWN_PER_ID = 20
_LICENCE = re.compile(r"(un)?licen[cs]e|copying|notice|copyright", re.IGNORECASE)
_LICENCE_FOLDERS = frozenset({"licenses", "licences", "license_files"})
_BUNDLED = re.compile(
    r"(^|/)_?(vendor|vendored|vendors|third[_-]?party|3rd[_-]?party|extern|externals?|bundled"
    r"|submodules)/",
    re.IGNORECASE,
)


class OverLimit(Exception):
    """The archive is beyond what may be read; `reason` is told to the approver."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BrokenOff(Exception):
    """The archive cannot be read any further; what was read so far, and why, is the report."""

    def __init__(self, defect_id: str, what: str) -> None:
        super().__init__(what)
        self.defect_id = defect_id
        self.what = what


@dataclass(slots=True)
class Budget:
    """How much may still be inflated. The rule for bombs is the one that PyPI has."""

    file_bytes: int
    total_bytes: int
    used_bytes: int = 0

    def spend(self, count: int) -> None:
        """Count inflated bytes; raise when the archive is a bomb or over the limit."""
        self.used_bytes += count
        if self.used_bytes > self.total_bytes:
            limit = self.total_bytes // (1024 * 1024)
            raise OverLimit(f"it holds more than {limit} MiB uncompressed, the limit set here")
        if self.used_bytes > max(_BOMB_BYTES, self.file_bytes * _BOMB_RATIO):
            raise BrokenOff(
                "bomb", f"It inflates to more than {_BOMB_RATIO} times its size: a bomb."
            )


@dataclass(slots=True)
class Defects:
    """Collects defects; of each id the first twenty, then a count of the rest."""

    _kept: list[Defect] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, defect_id: str, what: str, member: str | None = None) -> None:
        """Take note of a defect."""
        defect = Defect(defect_id, what, member)
        if self._counts[defect_id] < _SHOWN_PER_ID and defect in self._kept:
            return
        self._counts[defect_id] += 1
        if self._counts[defect_id] <= _SHOWN_PER_ID:
            self._kept.append(defect)

    def all(self) -> tuple[Defect, ...]:
        """All defects in the order they were seen, then what was left out."""
        rest = [
            Defect(one, f"The same was seen of {count - _SHOWN_PER_ID} more members.")
            for one, count in self._counts.items()
            if count > _SHOWN_PER_ID
        ]
        return (*self._kept, *rest)


def show(name: str) -> str:
    """Write a name so that every database and terminal can take it, cut to 1,024 characters."""
    if not name.isprintable():
        name = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return name[:MAX_NAME]


def is_licence(path_inside: str) -> bool:
    """Whether a path, relative to the dist-info folder or a root, looks like a licence file."""
    folder, _, name = path_inside.rpartition("/")
    is_named = _LICENCE.match(name) is not None and not name.endswith((".py", ".pyc"))
    if not folder or (is_named and is_bundled(path_inside)):
        return is_named
    return folder.partition("/")[0].lower() in _LICENCE_FOLDERS


def is_bundled(path: str) -> bool:
    """Whether a file stands in a folder for what other projects made."""
    return _BUNDLED.search(path) is not None


def licence_text(content: bytes) -> str:
    """Decode a licence file, cut at 64 KiB."""
    return content[:MAX_LICENCE_BYTES].decode("utf-8", "replace").replace("\x00", "")
