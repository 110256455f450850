"""Reading METADATA out of a wheel of which only a few bytes are known, its end first.

`read_metadata` is a generator: it is given the end of the file, asks for the spans that it
lacks (a `Span` each), is sent their bytes, and returns METADATA. So it does no I/O itself.

It is stricter than a reader of whole wheels (`checks/zip_entries.py`): whatever could be read
in two ways raises `NotReadable`, and then somebody has to look at the whole wheel. So what it
returns is what that reader finds too. Written against PKWARE's APPNOTE 6.3.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Generator
from dataclasses import dataclass

from affineur.core.files import Filename
from affineur.core.spans import Piece, Span

MAX_METADATA_BYTES = 8 * 1024 * 1024
MAX_DIRECTORY_BYTES = 16 * 1024 * 1024
MAX_MEMBERS = 100_000

Reading = Generator[Span, bytes, bytes]
"""Yields the spans that are to be read, is sent their bytes, returns METADATA."""

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_PLACE = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = _LONGEST_EXTRA = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x01, 0x08, 0x800
_STORED, _DEFLATED = 0, 8
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_UNICODE_PATH_MARK = b"up"
_LONGEST_DESCRIPTOR = 24
_AHEAD_BYTES = 32 * 1024
"""What is read before a directory that the tail did not hold: there METADATA usually stands."""
_DIST_INFO = b".dist-info"


class NotReadable(Exception):
    """METADATA cannot be read from a few bytes; the text is the end of a sentence."""


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where the central directory stands, and how many members it should list."""

    start: int
    stop: int
    count: int


@dataclass(frozen=True, slots=True)
class _Member:
    """METADATA as the central directory describes it."""

    name: bytes
    flags: int
    method: int
    crc: int
    compressed_bytes: int
    size_bytes: int
    offset: int
    mode: int


@dataclass(slots=True)
class _End:
    """The end of the file as far as it is known."""

    start: int
    body: bytes

    def reach(self, start: int) -> Generator[Span, bytes]:
        """Get to know it from `start` on."""
        if start < self.start:
            self.body = (yield from _fetched(Span(start, self.start))) + self.body
            self.start = start

    def cut(self, span: Span) -> bytes:
        """Give bytes that are known."""
        return self.body[span.start - self.start : span.stop - self.start]


def read_metadata(filename: Filename, tail: Piece) -> Reading:
    """Read METADATA of a wheel whose end is known; raise `NotReadable` with why it cannot be."""
    end = _End(tail.start, tail.body)
    directory = yield from _find_directory(end, tail.size_bytes)
    if directory.start < end.start:
        yield from end.reach(max(0, directory.start - _AHEAD_BYTES))
    content = end.cut(Span(directory.start, directory.stop))
    member, behind = _find_metadata(content, directory, filename)
    extent = _extent(member, behind)
    if extent.start >= end.start:
        packed = end.cut(extent)
    else:
        packed = yield from _fetched(extent)
    return _unpack(member, packed)


def _fetched(span: Span) -> Generator[Span, bytes, bytes]:
    body = yield span
    if len(body) != span.count:
        raise NotReadable("fewer bytes came than were asked for")
    return body


def _find_directory(end: _End, size_bytes: int) -> Generator[Span, bytes, _Directory]:
    """Find the directory by the end records, which must be the last thing in the file."""
    at = end.body.rfind(b"PK\x05\x06")
    if at < 0:
        yield from end.reach(max(0, size_bytes - _END.size - _LONGEST_COMMENT))
        at = end.body.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(end.body):
        raise NotReadable("it is not a zip archive")
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(end.body, at)
    if disk or first_disk or here != count or at + _END.size + comment != len(end.body):
        raise NotReadable("its end record does not fit")
    stop = end.start + at
    wide = yield from _find_zip64(end, stop)
    if wide is not None:
        pairs = zip((count, size, start), wide[1:], (_FULL16, _FULL32, _FULL32), strict=True)
        if any(old not in (new, full) for old, new, full in pairs):
            raise NotReadable("its two end records disagree (zip64)")
        stop, count, size, start = wide
    elif count == _FULL16 or _FULL32 in (size, start):
        raise NotReadable("its end record refers to another, which is missing (zip64)")
    if start + size != stop:
        raise NotReadable("its directory does not stand where its end record says")
    if size > MAX_DIRECTORY_BYTES or count > MAX_MEMBERS:
        raise NotReadable(f"it has {count} members and a directory of {size} bytes")
    return _Directory(start, stop, count)


def _find_zip64(end: _End, end_at: int) -> Generator[Span, bytes, tuple[int, int, int, int] | None]:
    """Read the zip64 end record, if there is one: where it stands, count, size and start."""
    place_at = end_at - _END64_PLACE.size
    at = place_at - _END64.size
    if at < 0:
        return None
    yield from end.reach(at)
    place = _END64_PLACE.unpack(end.cut(Span(place_at, end_at)))
    if place[0] != b"PK\x06\x07":
        return None
    record = _END64.unpack(end.cut(Span(at, place_at)))
    signature, record_bytes, _, _, disk, first_disk, here, count, size, start = record
    if signature != b"PK\x06\x06" or place[1:] != (0, at, 1) or record_bytes != _END64.size - 12:
        raise NotReadable("its zip64 end record is not where it should be")
    if disk or first_disk or here != count:
        raise NotReadable("its zip64 end record does not fit")
    return at, count, size, start


def _find_metadata(
    content: bytes, directory: _Directory, filename: Filename
) -> tuple[_Member, int]:
    """Find METADATA in the whole directory, and where what stands behind it begins."""
    offsets: list[int] = []
    folders: set[bytes] = set()
    found: list[_Member] = []
    at = 0
    while at < len(content):
        fields, name, extra, at = _central_entry(content, at)
        offsets.append(_offset(fields, extra))
        folder, _, rest = name.partition(b"/")
        if folder.lower().endswith(_DIST_INFO):
            folders.add(folder)
            if rest.lower() == b"metadata":
                found.append(_member(fields, name, extra))
    if len(offsets) != directory.count:
        raise NotReadable(f"it announces {directory.count} members and lists {len(offsets)}")
    member = _only(found, folders, filename)
    if offsets.count(member.offset) > 1:
        raise NotReadable("another member stands where its METADATA does")
    behind = min((one for one in offsets if one > member.offset), default=directory.start)
    return member, min(behind, directory.start)


def _central_entry(content: bytes, at: int) -> tuple[tuple[int, ...], bytes, bytes, int]:
    """Read one entry: its fields, name, extra fields, and where the next one begins."""
    try:
        fields = _CENTRAL.unpack_from(content, at)
    except struct.error as error:
        raise NotReadable("its directory is cut off") from error
    if fields[0] != b"PK\x01\x02":
        raise NotReadable("its directory holds something that is no entry")
    name_at = at + _CENTRAL.size
    extra_at = name_at + fields[10]
    stop = extra_at + fields[11] + fields[12]
    if stop > len(content):
        raise NotReadable("its directory is cut off")
    name, extra = content[name_at:extra_at], content[extra_at : extra_at + fields[11]]
    if b"\x00" in name or b"\\" in name:
        raise NotReadable("a member's name can be read in two ways")
    if _UNICODE_PATH_MARK in extra:
        _check_unicode_path(name, extra)
    return fields, name, extra, stop


def _only(found: list[_Member], folders: set[bytes], filename: Filename) -> _Member:
    if len(folders) > 1 or len(found) > 1:
        raise NotReadable("it has several dist-info folders, or several METADATA in one")
    if not found:
        raise NotReadable("it has no METADATA")
    member = found[0]
    name = _decoded(member)
    if not name.endswith(".dist-info/METADATA"):
        raise NotReadable("its METADATA is not written like that")
    if not filename.is_meant_by(name.removesuffix(".dist-info/METADATA")):
        raise NotReadable("its dist-info folder bears another name")
    if stat.S_IFMT(member.mode) not in {0, stat.S_IFREG}:
        raise NotReadable("its METADATA is no file")
    if member.flags & _ENCRYPTED or member.method not in {_STORED, _DEFLATED}:
        raise NotReadable("its METADATA is packed in an unusual way")
    if max(member.size_bytes, member.compressed_bytes) > MAX_METADATA_BYTES:
        raise NotReadable("its METADATA is too large")
    return member


def _decoded(member: _Member) -> str:
    try:
        return member.name.decode("utf-8" if member.flags & _UTF8 else "ascii")
    except UnicodeDecodeError as error:
        raise NotReadable("the name of its dist-info folder is not plain text") from error


def _member(fields: tuple[int, ...], name: bytes, extra: bytes) -> _Member:
    size, compressed, offset = _widened(extra, (fields[9], fields[8], fields[16]))
    flags, method, crc, mode = fields[3], fields[4], fields[7], fields[15] >> 16
    return _Member(name, flags, method, crc, compressed, size, offset, mode)


def _offset(fields: tuple[int, ...], extra: bytes) -> int:
    if fields[16] != _FULL32:
        return fields[16]
    return _widened(extra, (fields[9], fields[8], fields[16]))[2]


def _widened(extra: bytes, narrow: tuple[int, ...]) -> tuple[int, ...]:
    """Replace the values that did not fit in 32 bits by those of the zip64 extra field."""
    if _FULL32 not in narrow:
        return narrow
    blocks = [body for kind, body in _extras(extra) if kind == _ZIP64]
    if len(blocks) != 1 or len(blocks[0]) < 8 * narrow.count(_FULL32):
        raise NotReadable("a member's sizes are missing (zip64)")
    wide = iter(struct.unpack(f"<{len(blocks[0]) // 8}Q", blocks[0][: len(blocks[0]) // 8 * 8]))
    return tuple(next(wide) if value == _FULL32 else value for value in narrow)


def _extras(extra: bytes) -> Generator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        yield kind, extra[4 : 4 + size]
        extra = extra[4 + size :]


def _check_unicode_path(name: bytes, extra: bytes) -> None:
    if any(kind == _UNICODE_PATH and body[5:] != name for kind, body in _extras(extra)):
        raise NotReadable("a member has a second, different name in an extra field")


def _extent(member: _Member, behind: int) -> Span:
    """Where the member stands with its local header, whose length is known only roughly."""
    head = _LOCAL.size + len(member.name)
    if member.offset + head + member.compressed_bytes > behind:
        raise NotReadable("its METADATA overlaps with what stands behind it")
    most = head + _LONGEST_EXTRA + member.compressed_bytes + _LONGEST_DESCRIPTOR
    return Span(member.offset, min(behind, member.offset + most))


def _unpack(member: _Member, packed: bytes) -> bytes:
    """Check the local header against the directory, then inflate and check the content."""
    if not packed.startswith(b"PK\x03\x04"):
        raise NotReadable("its METADATA does not stand where the directory says")
    fields = _LOCAL.unpack_from(packed)
    name_bytes, extra_bytes = fields[9], fields[10]
    start = _LOCAL.size + name_bytes + extra_bytes
    name = packed[_LOCAL.size : _LOCAL.size + name_bytes]
    extra = packed[_LOCAL.size + name_bytes : start]
    _check_local(member, fields, name, extra)
    data = packed[start : start + member.compressed_bytes]
    if len(data) != member.compressed_bytes:
        raise NotReadable("its METADATA overlaps with what stands behind it")
    body = data if member.method == _STORED else _inflated(data, member.size_bytes)
    if len(body) != member.size_bytes or zlib.crc32(body) != member.crc:
        raise NotReadable("its METADATA does not have its size or checksum")
    return body


def _check_local(member: _Member, fields: tuple[int, ...], name: bytes, extra: bytes) -> None:
    said = (fields[6], *_widened(extra, (fields[8], fields[7])))
    known = (member.crc, member.size_bytes, member.compressed_bytes)
    is_deferred = fields[2] & _DESCRIPTOR and said == (0, 0, 0)
    is_same = name == member.name and fields[3] == member.method
    if not is_same or (fields[2] ^ member.flags) & (_UTF8 | _ENCRYPTED):
        raise NotReadable("the header of its METADATA says something else than the directory")
    if not is_deferred and said != known:
        raise NotReadable("its METADATA has two different sizes or checksums")
    _check_unicode_path(name, extra)


def _inflated(data: bytes, size_bytes: int) -> bytes:
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = decoder.decompress(data, size_bytes + 1)
    except zlib.error as error:
        raise NotReadable("its METADATA is broken") from error
    if not decoder.eof or decoder.unused_data or decoder.unconsumed_tail:
        raise NotReadable("its METADATA is cut off, or something is hidden behind it")
    return body
