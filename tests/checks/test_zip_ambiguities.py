"""Zip archives in which programs see different files: the 14 families of ZipDiff, and more.

The families are those of "My ZIP isn't your ZIP" (You et al., USENIX Security 2025), each built
here from its description: a1 to a5 redundant metadata, b1 to b4 names, c1 to c5 structure.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest

from affineur.core.archives import ArchiveReport, Defect
from affineur.core.findings import Severity
from support.zips import (
    Part,
    deflated,
    end_record,
    hand_made_zip,
    pieces,
    stored,
    zip64_records,
)

Read = Callable[[str, bytes], ArchiveReport]
SDIST = "spam-1.0.zip"
HONEST = Part("spam-1.0/PKG-INFO")
A, B = "spam-1.0/a", "spam-1.0/b"
FULL = 0xFFFFFFFF
DATA = b"content"
CRC, PACKED, SIZE = zlib.crc32(DATA), len(deflated(DATA)), len(DATA)


def zipped(*parts: Part) -> bytes:
    return hand_made_zip(HONEST, *parts)


def zip64(*values: int) -> bytes:
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)


def unicode_path(name: str, *, of: str, version: int = 1, crc: int | None = None) -> bytes:
    told = zlib.crc32(of.encode()) if crc is None else crc
    body = struct.pack("<BL", version, told) + name.encode()
    return struct.pack("<HH", 0x7075, len(body)) + body


def ended(body: bytes, directory: bytes, end: bytes) -> bytes:
    return body + directory + end


def descriptor(*, form: str = "<LLL", crc: int = CRC, packed: int = PACKED) -> bytes:
    return b"PK\7\x08" + struct.pack(form, crc, packed, SIZE)


def streamed(**claims: object) -> Part:
    """A member whose sizes stand behind it."""
    told = {"local_crc": 0, "local_compressed": 0, "local_size": 0} | claims
    return Part(A, flags=8, **told)  # type: ignore[arg-type]  # by name


def two_ends(*, inner_comment: int) -> bytes:
    """An archive in the comment of another one, both of which reach the end of the file."""
    body, directory = pieces(HONEST)
    outer = body + directory
    inner_body, inner_directory = pieces(Part(A), at=len(outer) + 22)
    start = len(outer) + 22 + len(inner_body)
    inner = inner_body + inner_directory + end_record(1, len(inner_directory), start)
    end = end_record(1, len(directory), len(body), inner)
    return outer + end[:20] + struct.pack("<H", len(inner) + inner_comment) + inner


def wide(*, place: int = 0, count: int = 2, narrow: tuple[int, int, int] | None = None) -> bytes:
    """An archive with zip64 end records, right ones without arguments."""
    body, directory = pieces(HONEST, Part(A))
    at = len(body) + len(directory)
    records = zip64_records(count, len(directory), len(body), at, place=at + place)
    return body + directory + records + end_record(*(narrow or (2, len(directory), len(body))))


def hidden_directory() -> bytes:
    """Another archive, with zip64 records, in the comment of the last directory entry (c5)."""
    body, _ = pieces(HONEST)
    head = len(body) + len(HONEST.central(0))
    inner, inner_directory = pieces(Part(A), at=head)
    at = head + len(inner) + len(inner_directory)
    records = zip64_records(1, len(inner_directory), head + len(inner), at)
    outer = Part(HONEST.name, comment=inner + inner_directory + records)
    directory = outer.central(0)
    return body + directory + end_record(1, len(directory), len(body))


def two_directories() -> bytes:
    """One directory where the end record says, another one just before it (c4)."""
    body, directory = pieces(HONEST)
    other_body, other = pieces(Part(HONEST.name, b"another"), at=len(body) + len(directory))
    first = body + directory
    return first + other_body + other + end_record(1, len(other), len(body))


FAMILIES = {
    "a1 stored in the local header": zipped(Part(A, local_method=0, local_compressed=SIZE)),
    "a1 stored in the directory": zipped(Part(A, method=0, local_method=8, compressed=SIZE)),
    "a2 no compressed size in the local header": zipped(Part(A, local_compressed=0)),
    "a2 no size in the local header": zipped(Part(A, local_size=0)),
    "a2 no size in the directory": zipped(Part(A, size=0, local_size=SIZE)),
    "a2 no compressed size in the directory": zipped(
        Part(A, compressed=0, local_compressed=PACKED)
    ),
    "a2 zip64 sizes beside true ones": zipped(Part(A, extra=zip64(0, 0))),
    "a2 zip64 sizes beside true ones in the local header": zipped(Part(A, local_extra=zip64(1, 1))),
    "a2 two zip64 fields": zipped(
        Part(A, size=FULL, local_size=SIZE, extra=zip64(SIZE) + zip64(0))
    ),
    "a2 a zip64 field that is cut off": zipped(Part(A, extra=b"\1\0\x20\0abc")),
    "a2 no descriptor where one is announced": zipped(streamed()),
    "a2 a descriptor with other sizes": zipped(streamed(descriptor=descriptor(packed=0))),
    "a2 a descriptor with another checksum": zipped(streamed(descriptor=descriptor(crc=1))),
    "a2 a descriptor announced in one header only": zipped(
        Part(A, flags=8, local_flags=0, descriptor=descriptor())
    ),
    "a2 half of the sizes behind the data": zipped(
        streamed(local_size=SIZE, descriptor=descriptor())
    ),
    "a3 another name in the local header": zipped(Part(A, local_name=B)),
    "a3 a Unicode path in the directory": zipped(Part(A, extra=unicode_path(B, of=A))),
    "a3 a Unicode path in the local header": zipped(Part(A, local_extra=unicode_path(B, of=A))),
    "a3 a Unicode path of another version": zipped(Part(A, extra=unicode_path(B, of=A, version=2))),
    "a3 a Unicode path of another name": zipped(Part(A, extra=unicode_path(B, of=A, crc=0))),
    "a3 two Unicode paths": zipped(Part(A, extra=unicode_path(A, of=A) + unicode_path(B, of=A))),
    "a3 a Unicode path beside a UTF-8 name": zipped(
        Part(A, flags=0x800, extra=unicode_path(B, of=A))
    ),
    "a4 a folder with content": zipped(Part(f"{A}/")),
    "a4 a file that DOS attributes call a folder": zipped(Part(A, mode=0, attributes=0x10)),
    "a4 a file that Unix attributes call a folder": zipped(Part(A, mode=0o040755)),
    "a4 a folder that is a link": zipped(Part(f"{A}/", b"", mode=0o120777)),
    "a5 encrypted by the local header": zipped(Part(A, local_flags=1)),
    "a5 encrypted by the directory": zipped(Part(A, flags=1, local_flags=0)),
    "a5 strongly encrypted": zipped(Part(A, flags=0x40)),
    "b1 one name twice": zipped(Part(A, b"1"), Part(A, b"2")),
    "b1 one name twice with the same content": zipped(Part(A), Part(A)),
    "b2 a control character": zipped(Part("spam-1.0/a\tb")),
    "b2 a NUL": zipped(Part("spam-1.0/a.py\0.txt")),
    "b3 an absolute path": zipped(Part(f"/{A}")),
    "b3 an empty folder name": zipped(Part(A), Part("spam-1.0//a")),
    "b3 a dot at the beginning": zipped(Part(A), Part(f"./{A}")),
    "b3 a dot within": zipped(Part("spam-1.0/./a"), Part(A)),
    "b3 a dot at the end": zipped(Part(A), Part(f"{A}/.")),
    "b3 up and down": zipped(Part("spam-1.0/c/../a")),
    "b3 a stream of Windows": zipped(Part(A), Part(f"{A}::$DATA")),
    "b3 a trailing dot, dropped by Windows": zipped(Part(A), Part(f"{A}.")),
    "b3 a trailing space, dropped by Windows": zipped(Part("spam-1.0/x/a"), Part("spam-1.0/x /a")),
    "b3 a backslash that is a slash on Windows": zipped(Part(A), Part("spam-1.0\\a")),
    "c1 a member that the directory leaves out": ended(
        pieces(HONEST, Part(A))[0],
        pieces(HONEST)[1],
        end_record(1, len(pieces(HONEST)[1]), len(pieces(HONEST, Part(A))[0])),
    ),
    "c1 a member within a stored one": zipped(stored(A, Part(B).local()), Part(B, offset=100)),
    "c1 a member in the comment of an entry": zipped(Part(A, comment=Part(B).local())),
    "c1 a member in the comment of the archive": hand_made_zip(HONEST, comment=Part(B).local()),
    "c2 two end records": two_ends(inner_comment=0),
    "c2 two end records, the first too long": two_ends(inner_comment=1),
    "c2 two end records, the first too short": two_ends(inner_comment=-1),
    "c2 archives one after the other": zipped() + zipped(),
    "c3 fewer members announced": hand_made_zip(HONEST, Part(A), announced=1),
    "c3 more members announced": hand_made_zip(HONEST, announced=65537 % 65536 + 1),
    "c3 fewer members on this disk": ended(
        *pieces(HONEST, Part(A)),
        end_record(2, len(pieces(HONEST, Part(A))[1]), len(pieces(HONEST, Part(A))[0]), here=1),
    ),
    "c3 a directory that ends early": ended(
        *pieces(HONEST, Part(A)),
        end_record(2, len(pieces(HONEST)[1]), len(pieces(HONEST, Part(A))[0])),
    ),
    "c4 two directories": two_directories(),
    "c4 a member on another disk": zipped(Part(A, disk=1)),
    "c5 another directory by zip64": wide(narrow=(1, 2, 3)),
    "c5 other counts by zip64": wide(count=1, narrow=(0xFFFF, FULL, FULL)),
    "c5 a zip64 record that stands elsewhere": wide(place=-8),
    "c5 another archive in a comment": hidden_directory(),
}


def severities(defects: tuple[Defect, ...]) -> set[Severity]:
    return {one.severity for one in defects}


@pytest.mark.parametrize("data", FAMILIES.values(), ids=FAMILIES.keys())
def test_an_archive_that_may_be_read_in_two_ways_is_blocked(read: Read, data: bytes) -> None:
    report = read(SDIST, data)

    assert Severity.BLOCK in severities(report.defects)


@pytest.mark.parametrize(
    ("defect", "data"),
    [
        ("case-collision", zipped(Part("spam-1.0/test.txt"), Part("spam-1.0/test.TXT"))),
        ("case-collision", zipped(Part("spam-1.0/Test/a"), Part("spam-1.0/test"))),
        ("odd-name", zipped(Part("spam-1.0/x\\c"))),
        ("odd-name", zipped(Part("spam-1.0/x//a"))),
        ("odd-name", zipped(Part("", raw_name="spam-1.0/é".encode()))),
        (
            "stored-descriptor",
            zipped(
                streamed(packed=DATA, method=0, descriptor=descriptor(packed=SIZE)),
            ),
        ),
    ],
)
def test_what_honest_tools_write_too_goes_to_a_person(read: Read, defect: str, data: bytes) -> None:
    found = read(SDIST, data).defects

    assert {(one.id, one.severity) for one in found} == {(defect, Severity.REVIEW)}


@pytest.mark.parametrize(
    "name", ["CON", "nul.txt", "aux.py", "docs/COM1", "a:b", "what?", "dot.", "space ", "lpt9.c"]
)
def test_a_name_that_only_windows_cannot_hold_is_told_as_information(read: Read, name: str) -> None:
    found = read(SDIST, zipped(Part(f"spam-1.0/{name}"))).defects

    assert [(one.id, one.severity) for one in found] == [("windows-name", Severity.INFO)]


@pytest.mark.parametrize("name", ["console.py", "auxiliary", "com10", "...", ".a.b", "x/.gitkeep"])
def test_names_that_only_resemble_reserved_ones_are_not_odd(read: Read, name: str) -> None:
    found = {one.id for one in read(SDIST, zipped(Part(f"spam-1.0/{name}"))).defects}

    assert found <= ({"windows-name"} if name == "..." else set())


@pytest.mark.parametrize(
    "part",
    [
        streamed(descriptor=descriptor()),
        streamed(descriptor=descriptor()[4:]),
        streamed(descriptor=descriptor(form="<LQQ")),
        Part(A, size=FULL, local_size=SIZE, extra=zip64(SIZE)),
        Part(A, compressed=FULL, local_compressed=PACKED, extra=zip64(PACKED)),
        Part(A, extra=zip64(SIZE, PACKED), local_extra=zip64(SIZE, PACKED)),
        Part(A, extra=unicode_path(A, of=A)),
        Part(A, extra=b"UT\x05\0\x03abcd"),
        Part(A, extra=b"\0\0\0"),
        Part(f"{A}/", b"", packed=b"", method=0, mode=0o040755, attributes=0x10),
        Part(f"{A}/", b"", packed=b"", method=0, mode=0, attributes=0x10),
    ],
)
def test_what_only_resembles_an_ambiguity_has_no_defect(read: Read, part: Part) -> None:
    assert read(SDIST, zipped(part)).defects == ()


def test_an_end_record_by_chance_in_packed_data_is_no_defect(read: Read) -> None:
    chance = end_record(3, 70, 12, b"")[:20] + struct.pack("<H", 57)
    data = zipped(stored(A, b"before " + chance + b" behind"))

    report = read(SDIST, data)

    assert report.defects == ()
    assert set(report.members) == {HONEST.name, A}


def test_a_stored_archive_within_the_archive_is_no_defect(read: Read) -> None:
    report = read(SDIST, zipped(stored("spam-1.0/inner.zip", zipped(Part(A)))))

    assert report.defects == ()


def test_right_zip64_records_are_no_defect(read: Read) -> None:
    assert read(SDIST, wide()).defects == ()
    assert read(SDIST, wide(narrow=(0xFFFF, FULL, FULL))).defects == ()


def test_a_zip_that_begins_as_a_tar_archive_is_a_polyglot(read: Read) -> None:
    honest = bytearray(Part(A, b"", packed=b"", method=0, local_extra=b"x" * 600).local())
    honest[257:263] = b"ustar\0"
    honest[148:156] = b" " * 8
    honest[148:156] = f"{sum(honest[:512]):06o}\0 ".encode()
    extra = bytes(honest[30 + len(A) :])
    data = hand_made_zip(Part(A, b"", packed=b"", method=0, local_extra=extra), HONEST)

    assert "polyglot" in {one.id for one in read(SDIST, data).defects}


def test_the_standard_library_reads_more_than_half_of_the_ambiguous_archives() -> None:
    """Why there is a reader of our own (decision 5)."""

    def is_read(data: bytes) -> bool:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return archive.testzip() is None
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError):
            return False

    assert sum(map(is_read, FAMILIES.values())) > len(FAMILIES) / 2
