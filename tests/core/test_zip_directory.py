"""METADATA from the end of a wheel: the same that the whole wheel has, or not at all."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.checks.gathering import pattern_of
from affineur.checks.members import BrokenOff, Budget, Defects
from affineur.checks.wheel_reading import read_wheel
from affineur.core.files import Filename
from affineur.core.spans import Piece, Span
from affineur.core.zip_directory import MAX_METADATA_BYTES, NotReadable, read_metadata
from support.dists import wheel
from support.zips import Part, deflated, hand_made_zip

NOTHING = pattern_of([])
SPAM = Filename.parse("spam-1.0-py3-none-any.whl")
BODY = b"Metadata-Version: 2.4\nName: spam\nVersion: 1.0\n"
METADATA = Part("spam-1.0.dist-info/METADATA", BODY)
CODE = Part("spam/__init__.py")
TAIL = 64 * 1024
FIRST_ENTRY = hand_made_zip(METADATA, CODE).index(b"PK\1\2")
LAST_ENTRY = hand_made_zip(METADATA, CODE).rindex(b"PK\1\2")


@dataclass
class Read:
    """What came of a reading: METADATA, and the spans that were asked for."""

    body: bytes
    spans: list[Span]


def read(data: bytes, tail: int = TAIL, filename: Filename = SPAM) -> Read:
    """Read METADATA, giving what is asked for."""
    start = max(0, len(data) - tail)
    reading = read_metadata(filename, Piece(start, data[start:], len(data)))
    spans: list[Span] = []
    try:
        span = next(reading)
        while True:
            spans.append(span)
            span = reading.send(data[span.start : span.stop])
    except StopIteration as done:
        return Read(done.value, spans)


def whole(data: bytes) -> bytes | None:
    """Read METADATA as it is read in a wheel that we hold."""
    defects = Defects()
    try:
        budget = Budget(len(data), 10**9)
        return read_wheel(io.BytesIO(data), SPAM, budget, defects, NOTHING).metadata
    except BrokenOff:
        return None


def large(*, metadata_first: bool = False, size: int = 300_000) -> bytes:
    """A wheel that is larger than a tail."""
    code = Part("spam/data.bin", bytes(size), packed=bytes(size), method=0)
    parts = (METADATA, code) if metadata_first else (code, METADATA)
    return hand_made_zip(*parts)


def made_of(files: Sequence[tuple[str, bytes]], comment: bytes, method: int) -> bytes:
    """A wheel as Python's own zipfile writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.comment = comment
        for name, body in files:
            archive.writestr(name, body)
    return buffer.getvalue()


def test_a_small_wheel_is_read_from_its_end_alone() -> None:
    dist = wheel("spam", "1.0")
    assert read(dist.data) == Read(dist.metadata, [])


def test_metadata_at_the_end_of_a_large_wheel_needs_nothing_more() -> None:
    assert read(large()) == Read(BODY, [])


def test_metadata_at_the_front_of_a_large_wheel_is_one_more_read_of_just_that() -> None:
    data = large(metadata_first=True)
    behind = data.index(b"PK\3\4", 4)
    assert read(data) == Read(BODY, [Span(0, behind)])


def test_a_directory_longer_than_the_tail_is_one_more_read_with_what_stands_before_it() -> None:
    many = [Part(f"spam/{'x' * 200}{number}.py", b"") for number in range(400)]
    data = hand_made_zip(*many, METADATA)
    found = read(data)
    assert found.body == BODY
    assert found.spans == [Span(data.index(b"PK\1\2") - 32 * 1024, len(data) - TAIL)]


def test_a_long_comment_is_read_too() -> None:
    data = hand_made_zip(CODE, METADATA, comment=b"x" * 0xFFFF)
    assert read(data, tail=1000).body == BODY


def test_a_wheel_with_many_members_is_read() -> None:
    many = [Part(f"spam/{number}.py", b"") for number in range(24_000)]
    assert read(hand_made_zip(*many, METADATA)).body == BODY


def test_a_zip64_wheel_is_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("spam-1.0.dist-info/METADATA", "w", force_zip64=True) as member:
            member.write(BODY)
        for number in range(0xFFFF):
            archive.writestr(f"{number}", b"")
    assert read(buffer.getvalue()).body == BODY


def test_a_folder_may_spell_the_name_otherwise() -> None:
    data = hand_made_zip(Part("Spam-1.0.0.dist-info/METADATA", BODY))
    assert read(data).body == BODY


def _double(name: str) -> bytes:
    return hand_made_zip(METADATA, Part(name, b"Name: eggs\n"))


def _patched(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


def _zip64(*parts: Part, count: int, place: int = 0) -> bytes:
    """A zip with a zip64 end record that may lie."""
    plain = hand_made_zip(*parts)
    end = plain.rindex(b"PK\5\6")
    size, start = struct.unpack_from("<LL", plain, end + 12)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    place_ = struct.pack("<4sLQL", b"PK\6\7", 0, end + place, 1)
    return plain[:end] + record + place_ + plain[end:]


@pytest.mark.parametrize(
    ("why", "data"),
    [
        ("not a zip archive", b""),
        ("not a zip archive", b"<!doctype html><title>Log in</title>"),
        ("not a zip archive", b"PK\5\6"),
        ("end record does not fit", hand_made_zip(METADATA) + b"x"),
        ("end record does not fit", hand_made_zip(METADATA, comment=b"abc")[:-1]),
        ("where its end record says", b"#!" + hand_made_zip(METADATA)),
        ("where its end record says", hand_made_zip(METADATA)[10:]),
        ("announces 7 members", hand_made_zip(METADATA, announced=7)),
        ("no METADATA", hand_made_zip(CODE)),
        ("no METADATA", hand_made_zip(CODE, Part("spam/METADATA"))),
        ("several", _double("spam-1.0.dist-info/METADATA")),
        ("several", _double("spam-1.0.dist-info/metadata")),
        ("several", _double("spam-1.0.DIST-INFO/METADATA")),
        ("several", _double("eggs-1.0.dist-info/METADATA")),
        ("several", _double("eggs-1.0.dist-info/RECORD")),
        ("in two ways", _double("spam-1.0.dist-info/METADATA\0.txt")),
        ("in two ways", _double("spam-1.0.dist-info\\METADATA")),
        ("second, different name", hand_made_zip(METADATA, Part(
            "spam/x", extra=struct.pack("<HHBL", 0x7075, 11, 1, 0) + b"spam/y")),
        ),
        ("not written like that", hand_made_zip(Part("spam-1.0.dist-info/Metadata", BODY))),
        ("bears another name", hand_made_zip(Part("eggs-1.0.dist-info/METADATA", BODY))),
        ("bears another name", hand_made_zip(Part("spam-1.1.dist-info/METADATA", BODY))),
        ("not plain text", hand_made_zip(Part("späm-1.0.dist-info/METADATA", BODY))),
        ("is no file", hand_made_zip(Part(METADATA.name, BODY, mode=0o120777))),
        ("unusual way", hand_made_zip(Part(METADATA.name, BODY, flags=1))),
        ("unusual way", hand_made_zip(Part(METADATA.name, BODY, method=14))),
        ("too large", hand_made_zip(Part(METADATA.name, BODY, size=MAX_METADATA_BYTES + 1))),
        ("says something else", hand_made_zip(Part(METADATA.name, BODY, local_name="a" * 27))),
        ("two different sizes", hand_made_zip(Part(METADATA.name, BODY, local_size=3))),
        ("size or checksum", hand_made_zip(Part(METADATA.name, BODY, size=300))),
        ("hidden behind", hand_made_zip(Part(METADATA.name, BODY, size=3))),
        ("size or checksum", hand_made_zip(Part(METADATA.name, BODY, crc=1))),
        ("cut off", hand_made_zip(Part(METADATA.name, BODY, size=3, crc=zlib.crc32(BODY[:3])))),
        ("cut off", hand_made_zip(Part(METADATA.name, BODY, packed=deflated(BODY)[:-1]))),
        ("cut off", hand_made_zip(Part(METADATA.name, BODY, packed=deflated(BODY) + b"x"))),
        ("broken", hand_made_zip(Part(METADATA.name, BODY, packed=b"\xff\xff"))),
        ("overlaps", _patched(hand_made_zip(METADATA, CODE), FIRST_ENTRY + 20, b"\xff\xff\0\0")),
        ("overlaps", _patched(hand_made_zip(METADATA), 28, b"\xff\1")),
        ("another member", _patched(hand_made_zip(METADATA, CODE), LAST_ENTRY + 42, b"\0\0")),
        ("two end records disagree", _zip64(METADATA, count=2)),
        ("zip64 end record is not where", _zip64(METADATA, count=1, place=4)),
    ],
)  # fmt: skip
def test_a_crooked_wheel_is_left_to_somebody_who_reads_all_of_it(why: str, data: bytes) -> None:
    with pytest.raises(NotReadable, match=why):
        read(data)


def test_bytes_that_do_not_come_are_noticed() -> None:
    data = large(metadata_first=True)
    reading = read_metadata(SPAM, Piece(len(data) - TAIL, data[-TAIL:], len(data)))
    next(reading)
    with pytest.raises(NotReadable, match="fewer bytes"):
        reading.send(b"PK")


def test_a_bomb_is_not_inflated_beyond_its_claim() -> None:
    bomb = Part(METADATA.name, BODY, packed=deflated(bytes(50_000_000)))
    with pytest.raises(NotReadable, match="hidden behind"):
        read(hand_made_zip(bomb))


_NAMES = st.text("abc/.", min_size=1, max_size=8).filter(lambda name: "dist-info" not in name)


@given(
    files=st.dictionaries(_NAMES, st.binary(max_size=300), max_size=20),
    place=st.integers(0, 20),
    body=st.binary(max_size=2000),
    comment=st.binary(max_size=50).filter(lambda text: b"PK" not in text),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    tail=st.integers(1, 3000),
)
def test_an_honest_wheel_is_read_wherever_its_metadata_stands_and_however_short_the_tail(
    files: dict[str, bytes], place: int, body: bytes, comment: bytes, method: int, tail: int
) -> None:
    members = list(files.items())
    members.insert(place, (METADATA.name, body))

    found = read(made_of(members, comment, method), tail)

    assert found.body == body
    assert len(found.spans) <= 4


@given(data=st.data(), tail=st.sampled_from([30, 200, TAIL]))
def test_what_is_read_of_a_damaged_wheel_is_what_is_read_in_the_whole_of_it(
    data: st.DataObject, tail: int
) -> None:
    damaged = bytearray(wheel("spam", "1.0").data)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))

    found: bytes | None = None
    with suppress(NotReadable):
        found = read(bytes(damaged), tail).body

    assert len({found, whole(bytes(damaged))} - {None}) <= 1
