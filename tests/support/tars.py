"""Tar archives written by hand, so that their headers can say what they like."""

from __future__ import annotations

import gzip
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """A block that describes a member; the checksum is always right."""

    name: str
    size: int = 0
    kind: bytes = b"0"
    target: str = ""
    magic: bytes = b"ustar\x0000"
    prefix: bytes = b""
    mode: bytes = b"0000644\0"
    raw_size: bytes | None = None

    def block(self) -> bytes:
        """Its 512 bytes."""
        size = f"{self.size:011o}\0".encode() if self.raw_size is None else self.raw_size
        fields = b"".join(
            (
                self.name.encode()[:100].ljust(100, b"\0"),
                self.mode,
                b"0000000\0" * 2,
                size,
                b"00000000000\0",
                b" " * 8,
                self.kind,
                self.target.encode().ljust(100, b"\0"),
                self.magic,
                bytes(80),
                self.prefix.ljust(155, b"\0"),
                bytes(12),
            )
        )
        return fields[:148] + f"{sum(fields):06o}\0 ".encode() + fields[156:]


def padded(data: bytes) -> bytes:
    """Fill up to whole blocks."""
    return data + bytes(-len(data) % 512)


def file(name: str, data: bytes = b"content", **claims: object) -> bytes:
    """A header with its content; `claims` are other fields of the header."""
    told = {"size": len(data)} | claims
    return Header(name, **told).block() + padded(data)  # type: ignore[arg-type]  # by name


def pax(*records: tuple[str, str], kind: bytes = b"x") -> bytes:
    """An extended header (POSIX)."""
    return file("pax", b"".join(pax_record(key, value) for key, value in records), kind=kind)


def pax_record(key: str, value: str) -> bytes:
    """One record, with its own length at its head."""
    rest = f" {key}={value}\n".encode()
    length = len(rest) + len(str(len(rest) + len(str(len(rest)))))
    return str(length).encode() + rest


def gnu_long(name: str, kind: bytes = b"L") -> bytes:
    """A long name as GNU tar writes it."""
    return file("././@LongLink", name.encode() + b"\0", kind=kind)


def tar_gz(*members: bytes, end: bytes = bytes(1024)) -> bytes:
    """Put members together and compress them."""
    return gzip.compress(b"".join(members) + end, mtime=0)
