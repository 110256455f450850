"""Zip archives written by hand, so that their headers can say what they like."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A member of a zip, with what its headers claim."""

    name: str
    data: bytes = b"content"
    local_name: str | None = None
    packed: bytes | None = None
    size: int | None = None
    crc: int | None = None
    flags: int = 0
    method: int = 8
    mode: int = 0o100644
    gap: bytes = b""
    extra: bytes = b""
    local_extra: bytes = b""
    local_size: int | None = None


def deflated(data: bytes) -> bytes:
    """Compress as a zip archive does."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def hand_made_zip(
    *parts: Part, announced: int | None = None, comment: bytes = b"", before: bytes = b""
) -> bytes:
    """Write a zip by hand, as crooked as the parts are."""
    body, directory = io.BytesIO(), io.BytesIO()
    body.write(before)
    for part in parts:
        body.write(part.gap)
        packed = deflated(part.data) if part.packed is None else part.packed
        crc = zlib.crc32(part.data) if part.crc is None else part.crc
        size = len(part.data) if part.size is None else part.size
        local_size = size if part.local_size is None else part.local_size
        name, local = part.name.encode(), (part.local_name or part.name).encode()
        common = (20, part.flags, part.method, 0, 0x21)
        offset = body.tell() - len(before)
        head = struct.pack(
            "<4s5H3L2H",
            b"PK\3\4",
            *common,
            crc,
            len(packed),
            local_size,
            len(local),
            len(part.local_extra),
        )
        body.write(head + local + part.local_extra + packed)
        directory.write(
            struct.pack(
                "<4s6H3L5H2L", b"PK\1\2", 20, *common, crc, len(packed), size, len(name),
                len(part.extra), 0, 0, 0, part.mode << 16, offset,
            )
            + name
            + part.extra
        )  # fmt: skip
    count = len(parts) if announced is None else announced
    start, content = body.tell() - len(before), directory.getvalue()
    end = (b"PK\5\6", 0, 0, count, count, len(content), start, len(comment))
    return body.getvalue() + content + struct.pack("<4s4H2LH", *end) + comment
