"""Zip archives in which two programs could see different things."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.checks.members import BrokenOff, Budget, Defects
from affineur.checks.zip_contents import ZipContents
from support.dists import wheel
from support.zips import Part, deflated, hand_made_zip

DefectsOf = Callable[[str, bytes], set[str]]
SDIST = "spam-1.0.zip"
CRC, SIZE = 14, 22  # where they stand in a local header


def zipped(
    *parts: Part, announced: int | None = None, comment: bytes = b"", before: bytes = b""
) -> bytes:
    """Write the zip of an sdist, as crooked as the parts are."""
    honest = Part("spam-1.0/PKG-INFO")
    return hand_made_zip(honest, *parts, announced=announced, comment=comment, before=before)


def test_an_honest_zip_has_no_defect(defects: DefectsOf) -> None:
    assert defects(SDIST, zipped(Part("spam-1.0/spam.py"))) == set()


@pytest.mark.parametrize(
    ("defect", "data"),
    [
        ("trailing-data", zipped() + b"#!/bin/sh"),
        ("prepended-data", zipped(before=b"#!/bin/sh\n")),
        ("prepended-data", b"#!/bin/sh\n" + zipped()),
        ("archive-comment", zipped(comment=b"hello")),
        ("hidden-data", zipped(Part("spam-1.0/a.py", gap=b"hidden"))),
        ("header-mismatch", zipped(Part("spam-1.0/a.py", local_name="spam-1.0/b.py"))),
        ("header-mismatch", zipped(Part("spam-1.0/a.py", local_size=3))),
        ("header-mismatch", zipped(announced=7)),
        (
            "header-mismatch",
            zipped(Part("spam-1.0/a", extra=struct.pack("<HHBL", 0x7075, 6, 1, 0) + b"b")),
        ),
        ("wrong-size", zipped(Part("spam-1.0/a.py", size=3, crc=zlib.crc32(b"con")))),
        ("wrong-size", zipped(Part("spam-1.0/a.py", size=3000))),
        ("wrong-size", zipped(Part("spam-1.0/folder/"))),
        ("crc", zipped(Part("spam-1.0/a.py", crc=1))),
        ("broken-data", zipped(Part("spam-1.0/a.py", packed=b"\xff\xff\xff"))),
        ("broken-data", zipped(Part("spam-1.0/a.py", packed=deflated(b"content")[:-2]))),
        ("broken-data", zipped(Part("spam-1.0/a.py", packed=deflated(b"content") + b"more"))),
        ("encrypted", zipped(Part("spam-1.0/a.py", flags=1))),
        ("odd-compression", zipped(Part("spam-1.0/a.py", method=14))),
        ("link-in-zip", zipped(Part("spam-1.0/a.py", mode=0o120777))),
        ("device", zipped(Part("spam-1.0/a.py", mode=0o020666))),
        ("duplicate", zipped(Part("spam-1.0/a.py"), Part("spam-1.0/a.py"))),
        ("duplicate", zipped(Part("spam-1.0/a"), Part("spam-1.0/a/b.py"))),
        ("case-collision", zipped(Part("spam-1.0/a.py"), Part("spam-1.0/A.py"))),
        (
            "case-collision",
            zipped(Part("spam-1.0/\u00e9", flags=0x800), Part("spam-1.0/e\u0301", flags=0x800)),
        ),
        ("traversal", zipped(Part("spam-1.0/../../a.py"))),
        ("traversal", zipped(Part("spam-1.0\\..\\..\\a.py"))),
        ("absolute", zipped(Part("/etc/cron.d/a"))),
        ("absolute", zipped(Part("C:/a.py"))),
        ("control-character", zipped(Part("spam-1.0/a.py\0.txt"))),
        ("odd-name", zipped(Part("spam-1.0/a\u202eyp.txt", flags=0x800))),
        ("long-name", zipped(Part("spam-1.0/" + "a" * 2000))),
        ("unreadable", b""),
        ("unreadable", b"<!doctype html><title>Log in</title>"),
        ("unreadable", zipped(Part("spam-1.0/a.py"))[:-30]),
        ("unreadable", zipped(Part("spam-1.0/a.py"))[20:]),
    ],
)
def test_a_crooked_zip_is_told_by_its_defect(defects: DefectsOf, defect: str, data: bytes) -> None:
    assert defect in defects(SDIST, data)


def test_members_that_share_their_bytes_are_an_overlap(defects: DefectsOf) -> None:
    shared = bytearray(zipped(Part("spam-1.0/a.py"), Part("spam-1.0/b.py")))
    first_entry = shared.index(b"PK\1\2")
    last_entry = shared.rindex(b"PK\1\2")
    shared[last_entry + 42 : last_entry + 46] = shared[first_entry + 42 : first_entry + 46]

    assert {"overlap", "header-mismatch"} <= defects(SDIST, bytes(shared))


def test_a_zip_written_to_a_pipe_is_honest(defects: DefectsOf) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.sink = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]  # any buffer
            self.sink += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("spam-1.0/PKG-INFO", b"Name: spam\n")
        archive.writestr("spam-1.0/spam.py", b"print()\n" * 100)

    assert defects(SDIST, bytes(pipe.sink)) == set()


def test_a_zip64_archive_is_honest(defects: DefectsOf) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("spam-1.0/PKG-INFO", "w", force_zip64=True) as member:
            member.write(b"Name: spam\n")
        archive.writestr("spam-1.0/empty/", b"")

    assert defects(SDIST, buffer.getvalue()) == set()


@given(st.data())
def test_no_damage_makes_the_reader_fail_otherwise_than_by_a_defect(data: st.DataObject) -> None:
    honest = bytearray(wheel("spam", "1.0").data)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(honest) - 1))
        honest[at] = data.draw(st.integers(0, 255))
    defects = Defects()
    contents = ZipContents(io.BytesIO(honest), Budget(len(honest), 10**9), defects)

    try:
        contents.open()
        for name in contents.entries:
            contents.read(name, 100)
    except BrokenOff as end:
        defects.add(end.defect_id, end.what)

    assert all(defect.what.endswith(".") for defect in defects.all())
