"""What a wheel's RECORD, its WHEEL file and its data folders say."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping

import pytest

from affineur.core.archives import ArchiveReport
from affineur.core.findings import Severity
from support.dists import wheel

Read = Callable[[str, bytes], ArchiveReport]
NAME = "spam-1.0-py3-none-any.whl"
INFO = "spam-1.0.dist-info"
METADATA = b"Metadata-Version: 2.4\nName: spam\nVersion: 1.0\n"
WHEEL = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
CODE = b"x = 1\n"
ELF = b"\x7fELF" + bytes(100)


def hashed(content: bytes, algorithm: str = "sha256") -> str:
    digest = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def line(name: str, content: bytes, algorithm: str = "sha256") -> str:
    return f"{name},{hashed(content, algorithm)},{len(content)}"


FILES: Mapping[str, bytes] = {
    "spam.py": CODE,
    f"{INFO}/METADATA": METADATA,
    f"{INFO}/WHEEL": WHEEL,
}
REST = [line(name, content) for name, content in FILES.items() if name != "spam.py"]


def with_record(*lines: str, files: Mapping[str, bytes] = FILES) -> bytes:
    """A wheel with these lines in its RECORD, which speaks of itself, too."""
    record = "\n".join([*lines, *REST, f"{INFO}/RECORD,,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {**files, f"{INFO}/RECORD": record}.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "lines",
    [
        (line("spam.py", CODE),),
        (line("spam.py", CODE, "sha512"),),
        (line("./spam.py", CODE),),
        (line('"spam.py"', CODE),),
        (f"spam.py,{hashed(CODE)},",),
        (line("spam.py", CODE), f"{INFO}/,,"),
        (line("spam.py", CODE), line("spam.py", CODE)),
        (line("spam.py", CODE), f"{INFO}/RECORD.jws,,"),
    ],
)
def test_a_right_record_has_no_defect(read: Read, lines: tuple[str, ...]) -> None:
    assert read(NAME, with_record(*lines)).defects == ()


def test_a_signature_of_record_cannot_stand_in_it(read: Read) -> None:
    signed = with_record(line("spam.py", CODE), files={**FILES, f"{INFO}/RECORD.jws": b"{}"})

    assert read(NAME, signed).defects == ()


@pytest.mark.parametrize(
    ("defect", "severity", "lines"),
    [
        ("record-hash", Severity.BLOCK, (line("spam.py", b"other"),)),
        ("record-hash", Severity.BLOCK, (line("spam.py", b"other", "md5"),)),
        ("record-conflict", Severity.BLOCK, (line("spam.py", CODE), line("spam.py", b"2"))),
        (
            "record-outside",
            Severity.BLOCK,
            (line("spam.py", CODE), "../../../bin/python,,"),
        ),
        ("record-outside", Severity.BLOCK, (line("spam.py", CODE), "/etc/passwd,,")),
        ("record-extra", Severity.REVIEW, ()),
        ("record-unhashed", Severity.REVIEW, ("spam.py,,",)),
        ("record-unhashed", Severity.REVIEW, ("spam.py,crc32=AAAA,6",)),
        ("record-weak-hash", Severity.INFO, (line("spam.py", CODE, "md5"),)),
        ("record-weak-hash", Severity.INFO, (line("spam.py", CODE, "sha1"),)),
        ("record-size", Severity.INFO, (f"spam.py,{hashed(CODE)},7",)),
        ("record-absent-file", Severity.INFO, (line("spam.py", CODE), line("eggs.py", CODE))),
    ],
)
def test_what_record_says_wrong_is_told_by_its_weight(
    read: Read, defect: str, severity: Severity, lines: tuple[str, ...]
) -> None:
    found = {one.id: one.severity for one in read(NAME, with_record(*lines)).defects}

    assert found[defect] is severity


@pytest.mark.parametrize(
    ("defect", "severity", "files"),
    [
        ("same-place", Severity.BLOCK, {"spam.py": b"1", "spam-1.0.data/purelib/spam.py": b"2"}),
        (
            "same-place",
            Severity.BLOCK,
            {"spam-1.0.data/platlib/a.py": b"1", "spam-1.0.data/purelib/a.py": b"2"},
        ),
        ("data-folder", Severity.REVIEW, {"spam-1.0.data/lib/a.py": b""}),
        ("data-folder", Severity.REVIEW, {"spam-1.0.data/a.py": b""}),
        ("foreign-data-folder", Severity.REVIEW, {"eggs-1.0.data/scripts/a": b""}),
        ("traversal", Severity.BLOCK, {"spam-1.0.data/data/../../../../a": b""}),
        ("native-in-purelib", Severity.INFO, {"spam/fast.so": ELF}),
    ],
)
def test_where_a_file_would_be_installed_is_judged(
    read: Read, defect: str, severity: Severity, files: Mapping[str, bytes]
) -> None:
    made = wheel("spam", "1.0", files=files)

    found = [(one.id, one.severity) for one in read(made.filename, made.data).defects]

    assert found[:1] == [(defect, severity)]


def test_files_in_every_part_of_the_data_folder_have_no_defect(read: Read) -> None:
    schemes = ("purelib", "platlib", "headers", "scripts", "data")
    made = wheel("spam", "1.0", files={f"spam-1.0.data/{one}/{one}.x": b"" for one in schemes})

    assert read(made.filename, made.data).defects == ()


@pytest.mark.parametrize(
    ("wheel_file", "expected"),
    [
        (WHEEL.replace(b"\n", b"\r\n"), []),
        (WHEEL.replace(b"py3-none-any", b"py2.py3-none-any"), [("tags-differ", Severity.INFO)]),
        (WHEEL.replace(b"py3-none-any", b"what is this"), []),
        (WHEEL.replace(b"1.0", b"2.0"), [("wheel-version", Severity.REVIEW)]),
        (b"", [("wheel-version", Severity.REVIEW)]),
    ],
)
def test_the_wheel_file_is_compared_with_the_filename(
    read: Read, wheel_file: bytes, expected: list[tuple[str, Severity]]
) -> None:
    files = {**FILES, f"{INFO}/WHEEL": wheel_file}
    record = [line("spam.py", CODE), line(f"{INFO}/WHEEL", wheel_file)]
    made = with_record(*record, files=files)

    found = [(one.id, one.severity) for one in read(NAME, made).defects]

    assert [one for one in found if one[0] != "record-conflict"] == expected


def test_a_wheel_without_a_wheel_file_goes_to_a_person(read: Read) -> None:
    files = {name: content for name, content in FILES.items() if not name.endswith("/WHEEL")}

    found = read(NAME, with_record(line("spam.py", CODE), files=files)).defects

    assert ("no-wheel-file", Severity.REVIEW) in [(one.id, one.severity) for one in found]
