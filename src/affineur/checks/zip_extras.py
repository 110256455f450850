"""The extra fields of a zip's headers, so far as they change how a member is read.

Source: PKWARE's APPNOTE 6.3, 4.5.3 (zip64) and 4.6.9 (Info-ZIP's Unicode path).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

_FULL32 = 0xFFFFFFFF
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_DISK_BYTES = 4
"""The number of a disk, which some write behind the values."""
_NAME_AT = 5
"""In a Unicode path, after its version and the checksum of the other name."""


def widened(extra: bytes, narrow: Sequence[int]) -> tuple[tuple[int, ...], str]:
    """Replace values that did not fit in 32 bits by those of the zip64 field.

    Gives the values, and what is wrong with the field, "" when nothing is: some programs
    take its values always, some only when they are called for, some the first field of two.
    """
    fields, is_whole = _fields(extra)
    blocks = [body for kind, body in fields if kind == _ZIP64]
    if not is_whole:
        return tuple(narrow), "has an extra field that is cut off"
    if len(blocks) > 1:
        return tuple(narrow), "has its sizes twice in extra fields"
    if not blocks:
        return tuple(narrow), ""
    rest = blocks[0]
    wide: list[int] = []
    for value in narrow:
        if value == _FULL32 and len(rest) >= 8:
            wide.append(int.from_bytes(rest[:8], "little"))
            rest = rest[8:]
        else:
            wide.append(value)
    is_used_up = not any(rest) and len(rest) <= _DISK_BYTES
    agrees = is_used_up or struct.pack(f"<{len(wide)}Q", *wide).startswith(blocks[0])
    return tuple(wide), "" if agrees else "has other sizes in an extra field"


def second_name(extra: bytes, name: str) -> str | None:
    """Give the name that a Unicode path gives a member, when it is another one."""
    for kind, body in _fields(extra)[0]:
        if kind == _UNICODE_PATH and body[_NAME_AT:] != name.encode("utf-8", "replace"):
            return body[_NAME_AT:].decode("utf-8", "backslashreplace")
    return None


def _fields(extra: bytes) -> tuple[list[tuple[int, bytes]], bool]:
    """Take the fields apart; tell whether the last one is whole. Less than a head is padding."""
    fields: list[tuple[int, bytes]] = []
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if size > len(extra) - 4:
            return fields, False
        fields.append((kind, extra[4 : 4 + size]))
        extra = extra[4 + size :]
    return fields, True
