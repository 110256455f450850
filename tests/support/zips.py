"""Zip archives written by hand, so that their headers can say what they like."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A member of a zip, with what its headers claim; None is the truth, as far as there is one."""

    name: str
    data: bytes = b"content"
    local_name: str | None = None
    packed: bytes | None = None
    size: int | None = None
    compressed: int | None = None
    crc: int | None = None
    flags: int = 0
    method: int = 8
    mode: int = 0o100644
    made_by: int = 20
    attributes: int = 0
    disk: int = 0
    gap: bytes = b""
    extra: bytes = b""
    comment: bytes = b""
    raw_name: bytes | None = None
    local_extra: bytes = b""
    local_size: int | None = None
    local_compressed: int | None = None
    local_crc: int | None = None
    local_flags: int | None = None
    local_method: int | None = None
    descriptor: bytes = b""
    offset: int | None = None

    @property
    def body(self) -> bytes:
        """What stands in the archive for its content."""
        return deflated(self.data) if self.packed is None else self.packed

    @property
    def known(self) -> tuple[int, int, int]:
        """Checksum, compressed size and size, as its directory entry has them."""
        return (
            zlib.crc32(self.data) if self.crc is None else self.crc,
            len(self.body) if self.compressed is None else self.compressed,
            len(self.data) if self.size is None else self.size,
        )

    def local(self) -> bytes:
        """Its local header, its data, and what stands behind them."""
        crc, compressed, size = self.known
        name = self._name(self.local_name or self.name)
        head = struct.pack(
            "<4s5H3L2H",
            b"PK\3\4",
            20,
            self.flags if self.local_flags is None else self.local_flags,
            self.method if self.local_method is None else self.local_method,
            0,
            0x21,
            crc if self.local_crc is None else self.local_crc,
            compressed if self.local_compressed is None else self.local_compressed,
            size if self.local_size is None else self.local_size,
            len(name),
            len(self.local_extra),
        )
        return head + name + self.local_extra + self.body + self.descriptor

    def central(self, offset: int) -> bytes:
        """Its directory entry."""
        name = self._name(self.name)
        return (
            struct.pack(
                "<4s6H3L5H2L",
                b"PK\1\2",
                self.made_by,
                20,
                self.flags,
                self.method,
                0,
                0x21,
                *self.known,
                len(name),
                len(self.extra),
                len(self.comment),
                self.disk,
                0,
                self.mode << 16 | self.attributes,
                offset if self.offset is None else self.offset,
            )
            + name
            + self.extra
            + self.comment
        )

    def _name(self, text: str) -> bytes:
        return text.encode() if self.raw_name is None else self.raw_name


def stored(name: str, data: bytes = b"content") -> Part:
    """A member that is not compressed."""
    return Part(name, data, packed=data, method=0)


def deflated(data: bytes) -> bytes:
    """Compress as a zip archive does."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def end_record(count: int, size: int, start: int, comment: bytes = b"", *, here: int = -1) -> bytes:
    """The record at the end; `here` is the number of members on this disk, if another one."""
    here = count if here < 0 else here
    return (
        struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, here, count, size, start, len(comment)) + comment
    )


def zip64_records(count: int, size: int, start: int, at: int, *, place: int | None = None) -> bytes:
    """The two zip64 records, of which the first stands at `at`, and is said to stand at `place`."""
    place = at if place is None else place
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, place, 1)


def pieces(*parts: Part, at: int = 0) -> tuple[bytes, bytes]:
    """Members and the directory of them, the first member standing at `at`."""
    body, directory = b"", b""
    for part in parts:
        body += part.gap
        directory += part.central(at + len(body))
        body += part.local()
    return body, directory


def hand_made_zip(
    *parts: Part, announced: int | None = None, comment: bytes = b"", before: bytes = b""
) -> bytes:
    """Write a zip by hand, as crooked as the parts are."""
    body, directory = pieces(*parts)
    count = len(parts) if announced is None else announced
    end = end_record(count, len(directory), len(body), comment)
    return before + body + directory + end
