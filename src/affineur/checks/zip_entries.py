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
from affineur.checks.zip_end import Directory, find_directory, hides_records
from affineur.checks.zip_extras import second_name, widened

STORED, DEFLATED = 0, 8

_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x01, 0x08, 0x800
_STRONGLY_ENCRYPTED = 0x40 | 0x2000
_TELLING = _ENCRYPTED | _STRONGLY_ENCRYPTED | _DESCRIPTOR | _UTF8
"""Those flags that decide how a member is read."""
_PATCH = 0x20
_DOS_FOLDER = 0x10
_HIGHEST_VERSION = 63
_LONGEST_DESCRIPTOR = 24


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
    attributes: int
    data_offset: int = 0
    """Where its data begins; filled in from its local header."""

    @property
    def is_folder(self) -> bool:
        """Whether it stands for a folder."""
        return self.name.endswith("/")

    @property
    def is_marked_folder(self) -> bool:
        """Whether its attributes call it a folder, as some programs read them."""
        return bool(self.attributes & _DOS_FOLDER)

    @property
    def mode(self) -> int:
        """The Unix mode; 0 where the archive was made on another system."""
        return self.attributes >> 16

    @property
    def is_encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.flags & (_ENCRYPTED | _STRONGLY_ENCRYPTED))


def read_entries(file: BinaryIO, size_bytes: int, defects: Defects) -> list[Entry]:
    """Read the directory and all local headers; raise `BrokenOff` when that is no zip."""
    try:
        directory = find_directory(file, size_bytes, defects)
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


def _central_entries(file: BinaryIO, directory: Directory, defects: Defects) -> Iterator[Entry]:
    file.seek(directory.start)
    content = file.read(directory.size)
    at = 0
    while at < len(content):
        fields = _CENTRAL.unpack_from(content, at)
        if fields[0] != b"PK\x01\x02":
            raise BrokenOff("unreadable", "Its directory holds something that is no entry.")
        name_end = at + _CENTRAL.size + fields[10]
        extra_end = name_end + fields[11]
        end = extra_end + fields[12]
        if end > len(content):
            raise BrokenOff("unreadable", "Its directory is cut off.")
        raw_name = content[at + _CENTRAL.size : name_end]
        entry = _entry(fields, raw_name, content[name_end:extra_end], directory.shift, defects)
        if hides_records(content[extra_end:end]):
            what = f"The comment of {show(entry.name)} holds parts of an archive."
            defects.add("hidden-in-comment", what, show(entry.name))
        at = end
        yield entry


def _entry(
    fields: tuple[int, ...], raw_name: bytes, extra: bytes, shift: int, defects: Defects
) -> Entry:
    flags, method, crc = fields[3], fields[4], fields[7]
    name = _decode(raw_name, flags, defects)
    wide, wrong = widened(extra, (fields[9], fields[8], fields[16]))
    size, compressed, offset = wide
    entry = Entry(raw_name, name, flags, method, crc, compressed, size, offset + shift, fields[15])
    if fields[13]:
        wrong = wrong or "is said to be on another disk"
    if fields[2] & 0xFF > _HIGHEST_VERSION or flags & _PATCH:
        wrong = wrong or "asks for what programs do not know"
    _tell_of_extra(entry, extra, wrong, defects)
    return entry


def _tell_of_extra(entry: Entry, extra: bytes, wrong: str, defects: Defects) -> None:
    shown = show(entry.name)
    if wrong:
        defects.add("header-mismatch", f"{shown} {wrong}.", shown)
    other = second_name(extra, entry.name)
    if other is not None:
        what = f"{shown} has a second, different name in an extra field: {show(other)}."
        defects.add("header-mismatch", what, shown)


def _decode(raw_name: bytes, flags: int, defects: Defects) -> str:
    if not flags & _UTF8:
        name = raw_name.decode("cp437")
        if not raw_name.isascii():
            what = f"{show(name)} is not marked as UTF-8: programs read its name differently."
            defects.add("odd-name", what, show(name))
        return name
    try:
        return raw_name.decode("utf-8")
    except UnicodeDecodeError:
        name = raw_name.decode("utf-8", "backslashreplace")
        defects.add("odd-name", f"{show(name)} is not UTF-8, as it claims.", show(name))
        return name


def _tile(
    file: BinaryIO, entries: Sequence[Entry], directory: Directory, defects: Defects
) -> list[Entry]:
    """Check that local headers agree and that the pieces fill the file without a gap."""
    placed: list[Entry] = []
    ordered = sorted(entries, key=lambda one: one.offset)
    followers = [*(one.offset for one in ordered), directory.start][1:]
    expected = directory.shift
    for entry, following in zip(ordered, followers, strict=True):
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
        expected = _after_descriptor(file, entry, end, following, defects)
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
    name_bytes, extra_bytes = int(fields[9]), int(fields[10])
    raw_name = file.read(name_bytes)
    extra = file.read(extra_bytes)
    (size, compressed), wrong = widened(extra, (fields[8], fields[7]))
    if raw_name != entry.raw_name or (flags ^ entry.flags) & _UTF8:
        other = show(raw_name.decode("utf-8", "backslashreplace"))
        what = f"{shown} is called {other} in its own header."
        defects.add("header-mismatch", what, shown)
    said = (fields[6], compressed, size)
    known = (entry.crc, entry.compressed_bytes, entry.size_bytes)
    is_deferred = flags & _DESCRIPTOR and said == (0, 0, 0)
    if method != entry.method or (flags ^ entry.flags) & _TELLING:
        defects.add("header-mismatch", f"{shown} is packed otherwise than its header says.", shown)
    elif not is_deferred and said != known:
        defects.add("header-mismatch", f"{shown} has two different sizes or checksums.", shown)
    elif is_deferred and method == STORED and entry.compressed_bytes:
        what = f"{shown} tells its size only behind its data: not every program finds its end."
        defects.add("stored-descriptor", what, shown)
    _tell_of_extra(entry, extra, wrong, defects)
    return entry.offset + _LOCAL.size + name_bytes + extra_bytes


def _after_descriptor(
    file: BinaryIO, entry: Entry, end: int, following: int, defects: Defects
) -> int:
    """Go over the data descriptor of a member whose data ends at `end`, if it announces one."""
    if not entry.flags & _DESCRIPTOR:
        return end
    file.seek(end)
    found = file.read(_LONGEST_DESCRIPTOR)
    fitting = [len(one) for one in _descriptors(entry) if found.startswith(one)]
    if not fitting:
        shown = show(entry.name)
        what = f"{shown} announces a record behind its data, and there is none that agrees."
        defects.add("header-mismatch", what, shown)
        return end
    room = following - end
    return end + (room if room in fitting else fitting[0])


def _descriptors(entry: Entry) -> Iterator[bytes]:
    for signature in (b"PK\x07\x08", b""):
        for form in ("<LLL", "<LQQ"):
            try:
                sizes = struct.pack(form, entry.crc, entry.compressed_bytes, entry.size_bytes)
            except struct.error:  # too large for 32 bits
                continue
            yield signature + sizes
