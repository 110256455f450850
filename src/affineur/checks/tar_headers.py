"""The members of a tar archive, read strictly: what two programs may read differently is told.

A size that stands in two places (PAX and ustar), sparse files, several extended headers, data
behind what has none, and numbers that are none are how tar readers are led apart. Written
against POSIX pax and GNU tar's documentation, because `tarfile` follows one reading silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from affineur.checks.members import BrokenOff, Defects, show
from affineur.checks.tar_stream import TarStream

BLOCK_BYTES = 512

_FILES = (b"0", b"\0", b"7")
_HARD_LINK, _LINK, _FOLDER, _SPARSE = b"1", b"2", b"5", b"S"
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_POSIX_MAGIC = b"ustar\x00"
_MAX_EXTENSION_BYTES = 1024 * 1024
_OCTAL = re.compile(rb" *([0-7]*)[ \0]*")
_RECORD = re.compile(rb"([1-9][0-9]{0,6}) ([^=\n]+)=")
_NUMBERS = {
    "mode": (100, 8),
    "uid": (108, 8),
    "gid": (116, 8),
    "size": (124, 12),
    "mtime": (136, 12),
    "device number": (329, 8),
    "second device number": (337, 8),
}
"""Where numbers stand: some programs stop at the first header in which one of them is wrong."""
_READ_BY_ALL = frozenset({"path", "linkpath", "size"})


@dataclass(frozen=True, slots=True)
class TarMember:
    """One member; what is `neither` is a device or something even odder."""

    name: str
    kind: str
    """One of file, folder, link, hard-link, neither."""
    size_bytes: int
    target: str = ""


@dataclass(slots=True)
class _Extended:
    """What extended headers say of the member that follows them."""

    pax: dict[str, str] = field(default_factory=dict)
    long: dict[str, str] = field(default_factory=dict)
    """What GNU's long headers say: path, linkpath."""
    is_repeated: bool = False
    """Whether there were two headers of one kind."""

    def value(self, key: str) -> str | None:
        """Give what is said, by whatever means."""
        return self.pax.get(key, self.long.get(key))

    @property
    def is_ambiguous(self) -> bool:
        """Whether one thing is said twice."""
        others = (self.pax.get(key, one) != one for key, one in self.long.items())
        return self.is_repeated or any(others)


def read_members(stream: TarStream, defects: Defects) -> Iterator[TarMember]:
    """Give the members one by one, the stream standing at the content of the latest."""
    extended = _Extended()
    while block := stream.read(BLOCK_BYTES):
        if not any(block):
            break
        if len(block) < BLOCK_BYTES or not has_checksum(block):
            if stream.tell() <= BLOCK_BYTES or len(block) < BLOCK_BYTES:
                raise BrokenOff("unreadable", "It is not a readable tar archive.")
            defects.add("trailing-data", "Between its members stands something that is none.")
            return
        numbers = {key: _number(block, key) for key in _NUMBERS}
        kind, size_bytes = block[156:157], numbers["size"]
        if kind in (_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK):
            _extend(extended, kind, _body(stream, size_bytes), defects)
            continue
        member = _member(block, kind, extended, defects)
        extended = _Extended()
        end = stream.tell() + _padded(member.size_bytes)
        yield member
        stream.seek(end)
    if extended != _Extended():
        raise BrokenOff("unreadable", "The tar archive ends in the middle of a member.")


def has_checksum(block: bytes) -> bool:
    """Whether a block has the checksum of a tar header, with signed bytes or without."""
    found = _OCTAL.fullmatch(block[148:156])
    if found is None or not found[1]:
        return False
    rest = block[:148] + b" " * 8 + block[156:BLOCK_BYTES]
    signed = sum(rest) - 256 * sum(1 for one in rest if one > 127)
    return int(found[1], 8) in (sum(rest), signed)


def is_tar(block: bytes) -> bool:
    """Whether the first block of a file is that of a tar archive."""
    has_magic = block[257:262] == b"ustar"
    return len(block) == BLOCK_BYTES and has_magic and has_checksum(block)


def _extend(extended: _Extended, kind: bytes, body: bytes, defects: Defects) -> None:
    if kind == _PAX:
        extended.is_repeated |= bool(extended.pax)
        extended.pax |= _pax_records(body)
    elif kind == _PAX_GLOBAL:
        if _READ_BY_ALL & _pax_records(body).keys():
            what = "It says for all members at once what they are called or how long they are."
            defects.add("header-mismatch", what)
    else:
        key = "path" if kind == _LONG_NAME else "linkpath"
        extended.is_repeated |= key in extended.long
        extended.long[key] = _text(body)
    if "" in (extended.pax.get("path"), extended.long.get("path")):
        raise BrokenOff("header-mismatch", "An extended header takes the name of a member away.")


def _member(block: bytes, kind: bytes, extended: _Extended, defects: Defects) -> TarMember:
    """Put a member together from its header and the extended ones before it."""
    name = extended.value("path") or _name(block, defects)
    shown = show(name)
    size_bytes = _size(block, shown, extended, defects)
    if kind == _SPARSE or any(key.startswith("GNU.sparse.") for key in extended.pax):
        raise BrokenOff("sparse", f"{shown} is a sparse file, which programs read differently.")
    if extended.is_ambiguous:
        what = f"The tar archive says more than once what {shown} is called."
        defects.add("header-mismatch", what, shown)
    word = _kind(kind, name)
    if kind not in (b"\0", _FOLDER) and name.endswith("/"):
        what = f"{shown} is a folder by its name and none by its type."
        defects.add("header-mismatch", what, shown)
    if size_bytes and word in ("folder", "link", "hard-link"):
        raise BrokenOff("header-mismatch", f"{shown} is a {word} and claims to have content.")
    target = extended.value("linkpath") or _text(block[157:257])
    return TarMember(name.rstrip("/") if word == "folder" else name, word, size_bytes, target)


def _kind(kind: bytes, name: str) -> str:
    if kind == _FOLDER or (kind == b"\0" and name.endswith("/")):
        return "folder"
    if kind in _FILES:
        return "file"
    return {_LINK: "link", _HARD_LINK: "hard-link"}.get(kind, "neither")


def _size(block: bytes, shown: str, extended: _Extended, defects: Defects) -> int:
    size_bytes = _number(block, "size")
    said = extended.pax.get("size")
    if said is None:
        return size_bytes
    if not said.isascii() or not said.isdecimal():
        raise BrokenOff("unreadable", f"The size of {shown} is no number.")
    if int(said) != size_bytes:
        what = f"{shown} has two different sizes: {size_bytes} and, in an extended header, {said}."
        defects.add("header-mismatch", what, shown)
    return int(said)


def _name(block: bytes, defects: Defects) -> str:
    """Read the name, which has a first part of its own in POSIX archives only."""
    name, prefix = _text(block[:100]), _text(block[345:500])
    magic = block[257:263]
    if magic == _POSIX_MAGIC:
        return f"{prefix}/{name}" if prefix else name
    if prefix:
        what = f"{show(name)} has a second part of its name that not every program reads."
        defects.add("header-mismatch", what, show(name))
    return name


def _number(block: bytes, key: str) -> int:
    """Read a number: octal digits, or bytes where the first one says so (GNU)."""
    at, width = _NUMBERS[key]
    content = block[at : at + width]
    if content[0] in (0x80, 0xFF):
        value = int.from_bytes(content[1:], "big", signed=content[0] == 0xFF)
    else:
        found = _OCTAL.fullmatch(content)
        if found is None:
            raise BrokenOff("unreadable", f"A tar header holds a {key} that is no number.")
        value = int(found[1] or b"0", 8)
    if key == "size" and value < 0:
        raise BrokenOff("unreadable", "A member of the tar archive has less than no bytes.")
    return value


def _body(stream: TarStream, size_bytes: int) -> bytes:
    """Read the content of an extended header."""
    if size_bytes > _MAX_EXTENSION_BYTES:
        raise BrokenOff("unreadable", "An extended header of the tar archive is too long.")
    body = stream.read(_padded(size_bytes))
    if len(body) < size_bytes:
        raise BrokenOff("unreadable", "The tar archive is cut off in an extended header.")
    if body[size_bytes:].strip(b"\0"):
        raise BrokenOff("header-mismatch", "An extended header goes on behind its own end.")
    return body[:size_bytes]


def _pax_records(body: bytes) -> Mapping[str, str]:
    """Take an extended header apart; nothing in it may be said twice."""
    records: dict[str, str] = {}
    at = 0
    while at < len(body):
        found = _RECORD.match(body, at)
        end = at + int(found[1]) if found else 0
        if found is None or end > len(body) or end <= found.end() or body[end - 1 : end] != b"\n":
            raise BrokenOff("unreadable", "An extended header of the tar archive is broken.")
        key = found[2].decode("utf-8", "surrogateescape")
        if key in records:
            raise BrokenOff("header-mismatch", "An extended header says one thing twice.")
        records[key] = body[found.end() : end - 1].decode("utf-8", "surrogateescape")
        at = end
    return records


def _text(content: bytes) -> str:
    return content.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // BLOCK_BYTES) * BLOCK_BYTES
