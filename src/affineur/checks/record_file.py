"""A wheel's RECORD: what it says of each file, compared with what is in the wheel.

Source: the binary distribution format specification, "The .dist-info directory".
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from affineur.checks.members import Defects, show

_STRONG = frozenset({"sha256", "sha384", "sha512"})
_WEAK = frozenset({"md5", "sha1", "sha224"})
_UNRECORDED = frozenset({"RECORD", "RECORD.jws", "RECORD.p7s"})
"""What cannot stand in RECORD: itself, and signatures of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """What RECORD says of one file."""

    algorithm: str
    digest: str
    size: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of one file: its size, its sha256, and its digest by RECORD's algorithm."""

    size_bytes: int
    sha256: bytes
    digest: bytes


def read_record(content: bytes, defects: Defects) -> dict[str, Line]:
    """Parse RECORD; lines that cannot be read are defects."""
    lines: dict[str, Line] = {}
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        defects.add("record-unreadable", f"RECORD cannot be read: {error}.")
        return lines
    for row in rows:
        if not row:
            continue
        name, hashed, size = (*row, "", "")[:3]
        if name.endswith("/"):
            continue  # a folder, which some tools list
        algorithm, _, digest = hashed.partition("=")
        line = Line(algorithm.lower(), digest.rstrip("="), size)
        path = posixpath.normpath(name)
        if path.startswith(("/", "../")) or path == "..":
            what = f"RECORD names {show(path)}, outside of where it is installed."
            defects.add("record-outside", what, show(path))
        if lines.setdefault(path, line) != line:
            what = f"RECORD speaks twice of {show(path)}, and differently."
            defects.add("record-conflict", what, show(path))
    return lines


def hasher_for(line: Line | None) -> hashlib._Hash | None:
    """Make the hash that a line asks for beside sha256, which is made of every file."""
    if line is None or line.algorithm not in (_STRONG | _WEAK) - {"sha256"}:
        return None
    return hashlib.new(line.algorithm, usedforsecurity=False)


def compare(
    lines: Mapping[str, Line], seen: Mapping[str, Seen], dist_info: str, defects: Defects
) -> None:
    """Compare RECORD with the wheel, both ways."""
    excepted = {f"{dist_info}/{name}" for name in _UNRECORDED}
    for name in sorted(seen.keys() - excepted):
        shown = show(name)
        line = lines.get(name)
        if line is None:
            defects.add("record-extra", f"{shown} is in the wheel but not in RECORD.", shown)
        else:
            _compare_one(shown, line, seen[name], defects)
    for name in sorted(lines.keys() - seen.keys() - excepted):
        shown = show(name)
        what = f"{shown} is in RECORD but not in the wheel."
        defects.add("record-absent-file", what, shown)


def _compare_one(shown: str, line: Line, seen: Seen, defects: Defects) -> None:
    if line.algorithm not in _STRONG | _WEAK:
        defects.add("record-unhashed", f"RECORD has no hash of {shown}.", shown)
        return
    actual = base64.urlsafe_b64encode(seen.digest).decode().rstrip("=")
    if actual != line.digest:
        what = f"{shown} is not the file that RECORD describes ({line.algorithm} differs)."
        defects.add("record-hash", what, shown)
    elif line.size and line.size != str(seen.size_bytes):
        what = f"{shown} has {seen.size_bytes} bytes; RECORD says {line.size[:20]}."
        defects.add("record-size", what, shown)
    elif line.algorithm in _WEAK:
        what = f"RECORD knows {shown} by a weak hash only ({line.algorithm})."
        defects.add("record-weak-hash", what, shown)
