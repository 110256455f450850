"""Tar archives in which programs see different files."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable

import pytest

from affineur.core.archives import ArchiveReport
from affineur.core.findings import Severity
from support.tars import Header, file, gnu_long, padded, pax, tar_gz
from support.zips import Part, hand_made_zip

Read = Callable[[str, bytes], ArchiveReport]
SDIST = "spam-1.0.tar.gz"
HONEST = file("spam-1.0/PKG-INFO", b"Name: spam\n")
A = "spam-1.0/a.py"
LONG = "spam-1.0/" + "long/" * 30 + "a.py"


def gzipped(data: bytes, *, flags: int = 0, head: bytes = b"") -> bytes:
    """Compress with a header that has optional parts."""
    packed = gzip.compress(data, mtime=0)
    return packed[:3] + bytes([flags]) + packed[4:10] + head + packed[10:]


def link(name: str, target: str, kind: bytes = b"2") -> bytes:
    return Header(name, kind=kind, target=target).block()


def zip_at_the_end() -> bytes:
    """An sdist whose last bytes, within the gzip stream, are those of a zip archive."""
    inner = padded(HONEST + hand_made_zip(Part("spam-1.0/evil.py")))
    body = zlib.compressobj(0, zlib.DEFLATED, 31)
    return body.compress(inner + bytes(1024)) + body.flush()


CROOKED = {
    "the size of PAX is another one": ("header-mismatch", pax(("size", "512")) + file(A, b"")),
    "the size of PAX hides a member": (
        "header-mismatch",
        pax(("size", "1024")) + Header(A).block() + padded(file("spam-1.0/evil.py")),
    ),
    "the size of PAX is no number": ("unreadable", pax(("size", "-1")) + file(A)),
    "PAX says one thing twice": (
        "header-mismatch",
        pax(("path", A), ("path", "spam-1.0/b.py")) + file(A),
    ),
    "two extended headers": ("header-mismatch", pax(("path", A)) + pax(("path", A)) + file(A)),
    "a long name and another by PAX": (
        "header-mismatch",
        gnu_long(LONG) + pax(("path", A)) + file(A),
    ),
    "two long names": ("header-mismatch", gnu_long(LONG) + gnu_long(LONG + "x") + file(A)),
    "a name for all": ("header-mismatch", pax(("path", A), kind=b"g") + file("spam-1.0/b")),
    "a broken extended header": ("unreadable", file("pax", b"99 path=a\n", kind=b"x") + file(A)),
    "an extended header of nothing": ("unreadable", pax(("path", A))),
    "an endless extended header": ("unreadable", Header("pax", 2**30, b"x").block()),
    "a sparse file (GNU)": ("sparse", file(A, kind=b"S")),
    "a sparse file (PAX)": ("sparse", pax(("GNU.sparse.major", "1")) + file(A)),
    "a folder with content": ("header-mismatch", file(A, kind=b"5")),
    "a link with content": ("header-mismatch", file(A, kind=b"2", target="b.py")),
    "a hard link with content": ("header-mismatch", file(A, kind=b"1", target=A)),
    "a file that ends as a folder": ("header-mismatch", file(f"{A}/", b"")),
    "a prefix in a GNU archive": (
        "header-mismatch",
        file(A, magic=b"ustar  \0", prefix=b"elsewhere"),
    ),
    "a prefix in an old archive": ("header-mismatch", file(A, magic=bytes(8), prefix=b"else")),
    "a size that is no number": ("unreadable", Header(A, raw_size=b"00000000_10\0").block()),
    "a size below nothing": ("unreadable", Header(A, raw_size=b"\xff" * 12).block()),
    "a mode that is no number": ("unreadable", file(A, mode=b"rw-r--r-")),
    "a block device": ("device", file(A, b"", kind=b"4")),
    "a part of a volume": ("device", file(A, b"", kind=b"M")),
    "one name twice": ("duplicate", file(A, b"1") + file(A, b"2")),
    "a file, then a link of its name": ("duplicate", file(A) + link(A, "PKG-INFO")),
    "a link, then a file of its name": ("duplicate", link(A, "PKG-INFO") + file(A)),
    "a file in a link": ("duplicate", link("spam-1.0/x", "docs") + file("spam-1.0/x/a.py")),
    "a link through a link": (
        "link-outside",
        link("spam-1.0/d/e/x", "..") + link("spam-1.0/y", "d/e/x/../../z"),
    ),
    "a hard link that leads out": ("link-outside", link(A, "../../.ssh/id", b"1")),
    "a name by PAX that leads out": ("traversal", pax(("path", "spam-1.0/../../a")) + file(A)),
    "a name with a NUL by PAX": ("control-character", pax(("path", "spam-1.0/a\0b")) + file(A)),
    "a stream of Windows": ("windows-collision", file(A) + file(f"{A}::$DATA")),
    "a header that is none": ("trailing-data", b"x" * 512 + file(A)),
    "a member behind the end": ("trailing-data", bytes(1024) + file(A)),
    "a member that is cut off": ("unreadable", Header(A, 99_999).block()),
}


@pytest.mark.parametrize(("defect", "members"), CROOKED.values(), ids=CROOKED.keys())
def test_a_tar_that_may_be_read_in_two_ways_is_blocked(
    read: Read, defect: str, members: bytes
) -> None:
    found = {one.id: one.severity for one in read(SDIST, tar_gz(HONEST, members)).defects}

    assert found[defect] is Severity.BLOCK


@pytest.mark.parametrize(
    ("defect", "data"),
    [
        ("trailing-data", tar_gz(HONEST) + tar_gz(file(A))),
        ("trailing-data", tar_gz(HONEST) + b"a bit more"),
        ("polyglot", zip_at_the_end()),
        ("polyglot", tar_gz(HONEST) + hand_made_zip(Part(A))),
        ("unreadable", tar_gz(HONEST)[:-4] + b"\0\0\0\0"),
        ("unreadable", gzipped(HONEST, flags=0x80)),
        ("unreadable", hand_made_zip(Part("spam-1.0/PKG-INFO"))),
        ("unreadable", b""),
    ],
)
def test_bytes_around_the_tar_archive_are_blocked(read: Read, defect: str, data: bytes) -> None:
    found = {one.id: one.severity for one in read(SDIST, data).defects}

    assert found[defect] is Severity.BLOCK


@pytest.mark.parametrize(
    ("names", "data"),
    [
        ({LONG}, tar_gz(HONEST, gnu_long(LONG), file(LONG[:100]))),
        ({LONG}, tar_gz(HONEST, pax(("path", LONG), ("mtime", "1.5")), file("spam-1.0/x"))),
        ({"spam-1.0/d/a.py"}, tar_gz(HONEST, file("a.py", prefix=b"spam-1.0/d"))),
        ({A}, tar_gz(HONEST, pax(("comment", "1234"), kind=b"g"), file(A))),
        ({A}, tar_gz(HONEST, pax(("size", "7")), file(A))),
        ({A}, tar_gz(HONEST, file(A, kind=b"\0", magic=bytes(8)))),
        ({A}, tar_gz(HONEST, Header("spam-1.0/d/", kind=b"5").block(), file(A))),
        ({A}, tar_gz(HONEST, file(A), end=b"")),
        ({A}, tar_gz(HONEST, file(A), end=bytes(10_240))),
        ({A}, tar_gz(HONEST, file(A)) + bytes(100)),
        ({A}, gzipped(HONEST + file(A) + bytes(1024), flags=0x08, head=b"spam-1.0.tar\0")),
        ({A}, gzipped(HONEST + file(A), flags=0x04, head=struct.pack("<H", 4) + b"ab\0\0")),
    ],
)
def test_what_honest_tools_write_has_no_defect(read: Read, names: set[str], data: bytes) -> None:
    report = read(SDIST, data)

    assert report.defects == ()
    assert set(report.members) == {"spam-1.0/PKG-INFO"} | names


@pytest.mark.parametrize(
    ("defect", "members"),
    [
        ("repeated", file(A) + file(A)),
        ("link", link(A, "PKG-INFO")),
        ("link", link("spam-1.0/x", "docs") + file("spam-1.0/docs/a")),
        ("windows-name", file("spam-1.0/aux.py")),
    ],
)
def test_what_hides_nothing_is_told_as_information(read: Read, defect: str, members: bytes) -> None:
    found = read(SDIST, tar_gz(HONEST, members)).defects

    assert [(one.id, one.severity) for one in found] == [(defect, Severity.INFO)]


def test_an_sdist_that_is_a_zip_archive_is_read_as_such_by_its_name_only(read: Read) -> None:
    data = hand_made_zip(Part("spam-1.0/PKG-INFO"), Part(A))

    assert set(read("spam-1.0.zip", data).members) == {"spam-1.0/PKG-INFO", A}
    assert io.BytesIO(data).read(2) == b"PK"
