"""Where a zip's central directory stands: its end records, which must leave no choice.

A program that looks for the end of a zip from behind, from the front of the last 64 KiB, or by
the zip64 locator must come to the same directory. Source: PKWARE's APPNOTE 6.3, 4.3.14 to 16.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from affineur.checks.members import BrokenOff, Defects

END = b"PK\x05\x06"
SIGNATURES = (b"PK\x01\x02", b"PK\x03\x04", END, b"PK\x06\x06", b"PK\x06\x07")

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_PLACE = struct.Struct("<4sLQL")
_END64_REST = 44
"""What the zip64 record says of its own size when nothing is added to it."""
_MAX_COMMENT = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the central directory stands."""

    start: int
    size: int
    count: int
    shift: int
    """By how much all offsets are off, because something was put in front."""


@dataclass(frozen=True, slots=True)
class _End:
    """An end record, or what the zip64 one says in its place."""

    at: int
    count: int
    size: int
    start: int


def find_directory(file: BinaryIO, size_bytes: int, defects: Defects) -> Directory:
    """Find the directory by the end records, which must be the last thing in the file."""
    narrow = end = _find_end(file, size_bytes, defects)
    wide, place = _find_zip64(file, narrow.at)
    if wide is not None:
        end = wide
        old = (narrow.count, narrow.size, narrow.start)
        new = (wide.count, wide.size, wide.start)
        full = (_FULL16, _FULL32, _FULL32)
        if any(one not in (two, most) for one, two, most in zip(old, new, full, strict=True)):
            defects.add("header-mismatch", "Its two end records disagree (zip64).")
    shift = end.at - end.size - end.start
    if shift < 0 or end.at < end.size:
        raise BrokenOff("unreadable", "Its directory is said to stand where it cannot.")
    if wide is not None and place + shift != wide.at:
        defects.add("header-mismatch", "Its zip64 end record is said to stand elsewhere.")
    if shift:
        defects.add("prepended-data", f"{shift} bytes stand before the zip archive.")
    return Directory(end.start + shift, end.size, end.count, shift)


def looks_like_zip(file: BinaryIO, size_bytes: int) -> bool:
    """Whether a program that looks at the end of a file takes it for a zip archive.

    As lenient as `zipfile.is_zipfile`, which pip asks before it looks at a file's name.
    """
    tail = _tail(file, size_bytes)
    return tail.rfind(END, 0, max(0, len(tail) - _END.size + len(END))) >= 0


def hides_records(comment: bytes) -> bool:
    """Whether a comment holds what some program may take for a part of the archive."""
    return any(signature in comment for signature in SIGNATURES)


def _tail(file: BinaryIO, size_bytes: int) -> bytes:
    tail_bytes = min(size_bytes, _END.size + _MAX_COMMENT)
    file.seek(size_bytes - tail_bytes)
    return file.read(tail_bytes)


def _find_end(file: BinaryIO, size_bytes: int, defects: Defects) -> _End:
    """Read the last end record; say when another could be taken for it."""
    tail = _tail(file, size_bytes)
    before = size_bytes - len(tail)
    at = tail.rfind(END, 0, max(0, len(tail) - _END.size + len(END)))
    if at < 0:
        raise BrokenOff("unreadable", "It is not a zip archive.")
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(tail, at)
    behind = len(tail) - at - _END.size
    if disk or first_disk or here != count or behind < comment:
        raise BrokenOff("unreadable", "It is not a whole zip archive.")
    if behind > comment:
        defects.add("trailing-data", f"{behind - comment} bytes stand behind the zip archive.")
    elif hides_records(tail[len(tail) - comment :] if comment else b""):
        defects.add("hidden-in-comment", "The comment of the zip holds parts of an archive.")
    elif comment:
        defects.add("archive-comment", f"The zip archive has a comment of {comment} bytes.")
    if any(_is_rival(tail, other, before) for other in _ends_before(tail, at)):
        defects.add("second-end", "It has two end records: programs may read two archives.")
    return _End(before + at, count, size, start)


def _ends_before(tail: bytes, at: int) -> Iterator[int]:
    other = tail.find(END)
    while 0 <= other < at:
        yield other
        other = tail.find(END, other + 1)


def _is_rival(tail: bytes, at: int, before: int) -> bool:
    """Whether an earlier signature is a whole end record too, and no chance in packed data.

    Its comment must reach the end of the file, and there must be a directory just before it.
    """
    *_, size, start, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail) or start + size > before + at:
        return False
    return size <= at and (not size or tail[at - size :].startswith(b"PK\x01\x02"))


def _find_zip64(file: BinaryIO, end_at: int) -> tuple[_End | None, int]:
    """Read the zip64 end record, if there is one, and where its locator says that it stands."""
    at = end_at - _END64_PLACE.size - _END64.size
    if at < 0:
        return None, 0
    file.seek(end_at - _END64_PLACE.size)
    signature, disk, place, disks = _END64_PLACE.unpack(file.read(_END64_PLACE.size))
    if signature != b"PK\x06\x07":
        return None, 0
    file.seek(at)
    signature, rest, _, _, here_disk, first_disk, here, count, size, start = _END64.unpack(
        file.read(_END64.size)
    )
    if signature != b"PK\x06\x06" or rest != _END64_REST:
        raise BrokenOff("unreadable", "Its zip64 end record is not where it should be.")
    if here != count or disk or here_disk or first_disk or disks > 1:
        raise BrokenOff("unreadable", "It is not a whole zip archive.")
    return _End(at, count, size, start), place
