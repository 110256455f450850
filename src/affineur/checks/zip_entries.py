"""The structure of a zip archive, read strictly: what stands in it and where, nothing hidden.

Two programs may see different files in one zip when its local headers disagree with its
central directory, when members overlap, or when bytes stand before, between or behind them.
So the pieces must tile the file exactly. Written against PKWARE's APPNOTE 6.3, because
`zipfile` overlooks all of this.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from affineur.checks.members import CHUNK_BYTES, BrokenOff, Defects, show

STORED, DEFLATED = 0, 8

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_PLACE = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_COMMENT = 0xFFFF
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x01, 0x08, 0x800
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_DESCRIPTOR_SIZES = (12, 16, 20, 24)


@dataclass(frozen=True, slots=True)
class Entry:
    """One member, as the central directory describes it."""

    raw_name: bytes
    name: str
    flags: int
    method: int
    crc: int
    compressed_bytes: int
    size_bytes: int
    offset: int
    mode: int
    data_offset: int = 0
    """Where its data begins; filled in from its local header."""

    @property
    def is_folder(self) -> bool:
        """Whether it stands for a folder."""
        return self.name.endswith("/")

    @property
    def is_encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.flags & _ENCRYPTED)


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where the central directory stands."""

    start: int
    size: int
    count: int
    shift: int
    """By how much all offsets are off, because something was put in front."""


def read_entries(file: BinaryIO, size_bytes: int, defects: Defects) -> list[Entry]:
    """Read the directory and all local headers; raise `BrokenOff` when that is no zip."""
    try:
        directory = _find_directory(file, size_bytes, defects)
        entries = list(_central_entries(file, directory, defects))
        if len(entries) != directory.count:
            what = f"It announces {directory.count} members and lists {len(entries)}."
            defects.add("header-mismatch", what)
        return _tile(file, entries, directory, defects)
    except struct.error as error:
        raise BrokenOff("unreadable", "It is cut off: not a whole zip archive.") from error


def inflate(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """Give a member's content in chunks; raise `ValueError` with what is wrong with its data."""
    file.seek(entry.data_offset)
    if entry.method == STORED:
        yield from _read(file, entry.compressed_bytes)
        return
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for packed in _read(file, entry.compressed_bytes):
            chunk = decoder.decompress(packed, CHUNK_BYTES)
            while chunk:
                yield chunk
                chunk = decoder.decompress(decoder.unconsumed_tail, CHUNK_BYTES)
            if decoder.unused_data:
                break
    except zlib.error as error:
        raise ValueError(f"its compressed data is broken ({error})") from error
    if not decoder.eof:
        raise ValueError("its compressed data is cut off")
    if decoder.unused_data:
        raise ValueError("bytes are hidden behind its compressed data")


def _read(file: BinaryIO, count: int) -> Iterator[bytes]:
    while count:
        chunk = file.read(min(CHUNK_BYTES, count))
        if not chunk:
            raise ValueError("its data is cut off")
        count -= len(chunk)
        yield chunk


def _find_directory(file: BinaryIO, size_bytes: int, defects: Defects) -> _Directory:
    """Find the directory by the end records, which must be the last thing in the file."""
    end_at, (count, size, start) = _find_end(file, size_bytes, defects)
    wide = _find_zip64(file, end_at)
    if wide is not None:
        narrow, end_at = (count, size, start), wide[1]
        count, size, start = wide[0]
        pairs = zip(narrow, wide[0], (_FULL16, _FULL32, _FULL32), strict=True)
        if any(old not in (new, full) for old, new, full in pairs):
            defects.add("header-mismatch", "Its two end records disagree (zip64).")
    shift = end_at - size - start
    if shift < 0 or end_at < size:
        raise BrokenOff("unreadable", "Its directory is said to stand where it cannot.")
    if shift:
        defects.add("prepended-data", f"{shift} bytes stand before the zip archive.")
    return _Directory(start + shift, size, count, shift)


def _find_end(
    file: BinaryIO, size_bytes: int, defects: Defects
) -> tuple[int, tuple[int, int, int]]:
    """Read the end record: where it stands, and its (count, size, start) of the directory."""
    tail_bytes = min(size_bytes, _END.size + _MAX_COMMENT)
    file.seek(size_bytes - tail_bytes)
    tail = file.read(tail_bytes)
    at = tail.rfind(b"PK\x05\x06", 0, max(0, len(tail) - _END.size + 4))
    if at < 0:
        raise BrokenOff("unreadable", "It is not a zip archive.")
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(tail, at)
    behind = len(tail) - at - _END.size
    if disk or first_disk or here != count or behind < comment:
        raise BrokenOff("unreadable", "It is not a whole zip archive.")
    if behind > comment:
        defects.add("trailing-data", f"{behind - comment} bytes stand behind the zip archive.")
    elif comment:
        defects.add("archive-comment", f"The zip archive has a comment of {comment} bytes.")
    return size_bytes - tail_bytes + at, (count, size, start)


def _find_zip64(file: BinaryIO, end_at: int) -> tuple[tuple[int, int, int], int] | None:
    """Read the zip64 end record: (count, size, start) and where it stands, when there is one."""
    if end_at < _END64_PLACE.size + _END64.size:
        return None
    file.seek(end_at - _END64_PLACE.size)
    signature, _, _, _ = _END64_PLACE.unpack(file.read(_END64_PLACE.size))
    if signature != b"PK\x06\x07":
        return None
    at = end_at - _END64_PLACE.size - _END64.size
    file.seek(at)
    signature, *_, count, size, start = _END64.unpack(file.read(_END64.size))
    if signature != b"PK\x06\x06":
        raise BrokenOff("unreadable", "Its zip64 end record is not where it should be.")
    return (count, size, start), at


def _central_entries(file: BinaryIO, directory: _Directory, defects: Defects) -> Iterator[Entry]:
    file.seek(directory.start)
    content = file.read(directory.size)
    at = 0
    while at < len(content):
        fields = _CENTRAL.unpack_from(content, at)
        if fields[0] != b"PK\x01\x02":
            raise BrokenOff("unreadable", "Its directory holds something that is no entry.")
        name_bytes, extra_bytes, comment_bytes = fields[10:13]
        at += _CENTRAL.size
        raw_name = content[at : at + name_bytes]
        extra = content[at + name_bytes : at + name_bytes + extra_bytes]
        at += name_bytes + extra_bytes + comment_bytes
        if at > len(content):
            raise BrokenOff("unreadable", "Its directory is cut off.")
        flags, method, crc = fields[3], fields[4], fields[7]
        wide = _widened(extra, (fields[9], fields[8], fields[16]))
        size, compressed, offset = wide
        entry = Entry(
            raw_name,
            _decode(raw_name, flags, defects),
            flags,
            method,
            crc,
            compressed,
            size,
            offset + directory.shift,
            fields[15] >> 16,
        )
        _check_unicode_path(entry, extra, defects)
        yield entry


def _widened(extra: bytes, narrow: tuple[int, ...]) -> tuple[int, ...]:
    """Replace the values that did not fit in 32 bits by those of the zip64 extra field."""
    block = next((body for kind, body in _extras(extra) if kind == _ZIP64), b"")
    wide: list[int] = []
    for value in narrow:
        if value == _FULL32 and len(block) >= 8:
            wide.append(int.from_bytes(block[:8], "little"))
            block = block[8:]
        else:
            wide.append(value)
    return tuple(wide)


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        yield kind, extra[4 : 4 + size]
        extra = extra[4 + size :]


def _decode(raw_name: bytes, flags: int, defects: Defects) -> str:
    if not flags & _UTF8:
        return raw_name.decode("cp437")
    try:
        return raw_name.decode("utf-8")
    except UnicodeDecodeError:
        name = raw_name.decode("utf-8", "backslashreplace")
        defects.add("odd-name", f"{show(name)} is not UTF-8, as it claims.", show(name))
        return name


def _check_unicode_path(entry: Entry, extra: bytes, defects: Defects) -> None:
    for kind, body in _extras(extra):
        if kind == _UNICODE_PATH and body[5:] != entry.name.encode("utf-8", "replace"):
            what = f"{show(entry.name)} has a second, different name in an extra field."
            defects.add("header-mismatch", what, show(entry.name))


def _tile(
    file: BinaryIO, entries: Sequence[Entry], directory: _Directory, defects: Defects
) -> list[Entry]:
    """Check that local headers agree and that the pieces fill the file without a gap."""
    placed: list[Entry] = []
    expected = directory.shift
    for entry in sorted(entries, key=lambda one: one.offset):
        shown = show(entry.name)
        if entry.offset < expected:
            defects.add("overlap", f"{shown} overlaps with another member.", shown)
        elif entry.offset > expected:
            gap = entry.offset - expected
            defects.add("hidden-data", f"{gap} bytes are hidden before {shown}.", shown)
        data_offset = _check_local(file, entry, defects)
        end = data_offset + entry.compressed_bytes
        if end > directory.start:
            raise BrokenOff("unreadable", f"{shown} is said to reach beyond the members.")
        expected = end + _descriptor_bytes(file, entry, end)
        placed.append(replace(entry, data_offset=data_offset))
    if expected < directory.start:
        gap = directory.start - expected
        defects.add("hidden-data", f"{gap} bytes are hidden behind the last member.")
    return placed


def _check_local(file: BinaryIO, entry: Entry, defects: Defects) -> int:
    """Compare a local header with the directory; return where the data begins."""
    file.seek(entry.offset)
    fields = _LOCAL.unpack(file.read(_LOCAL.size))
    shown = show(entry.name)
    if fields[0] != b"PK\x03\x04":
        raise BrokenOff("unreadable", f"{shown} does not stand where the directory says.")
    flags, method = fields[2:4]
    crc, compressed, size = fields[6:9]
    name_bytes, extra_bytes = int(fields[9]), int(fields[10])
    raw_name = file.read(name_bytes)
    extra = file.read(extra_bytes)
    size, compressed = _widened(extra, (size, compressed))
    if raw_name != entry.raw_name or (flags ^ entry.flags) & _UTF8:
        other = show(raw_name.decode("utf-8", "backslashreplace"))
        what = f"{shown} is called {other} in its own header."
        defects.add("header-mismatch", what, shown)
    said = (crc, compressed, size)
    known = (entry.crc, entry.compressed_bytes, entry.size_bytes)
    is_deferred = flags & _DESCRIPTOR and said == (0, 0, 0)
    if method != entry.method or (flags ^ entry.flags) & _ENCRYPTED:
        defects.add("header-mismatch", f"{shown} is packed otherwise than its header says.", shown)
    elif not is_deferred and said != known:
        defects.add("header-mismatch", f"{shown} has two different sizes or checksums.", shown)
    _check_unicode_path(entry, extra, defects)
    return entry.offset + _LOCAL.size + name_bytes + extra_bytes


def _descriptor_bytes(file: BinaryIO, entry: Entry, end: int) -> int:
    """Measure the data descriptor behind a member that announces one."""
    if not entry.flags & _DESCRIPTOR:
        return 0
    file.seek(end)
    found = file.read(_DESCRIPTOR_SIZES[-1])
    crc, sizes = entry.crc, (entry.compressed_bytes, entry.size_bytes)
    for signature in (b"PK\x07\x08", b""):
        for form in ("<LLL", "<LQQ"):
            try:
                descriptor = signature + struct.pack(form, crc, *sizes)
            except struct.error:
                continue
            if found.startswith(descriptor):
                return len(descriptor)
    return 0
