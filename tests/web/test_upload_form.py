from __future__ import annotations

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.core.errors import BadInput, TooLarge
from affineur.web.index.form import Form, FormReader
from support.forms import BOUNDARY, CONTENT_TYPE, Part, form, upload_parts

NAME = "demo-1.0.tar.gz"
FIELDS = {"name": "demo", "version": "1.0", "filetype": "sdist"}
FILE: Part = ("content", NAME, b"bytes")


def read(body: bytes, *, piece_bytes: int = 1 << 20, largest: int = 1 << 20) -> tuple[Form, bytes]:
    written = bytearray()
    reader = FormReader(CONTENT_TYPE, written.extend, largest)
    for start in range(0, len(body), piece_bytes):
        reader.feed(body[start : start + piece_bytes])
    return reader.finish(), bytes(written)


@given(st.binary(max_size=300), st.integers(1, 80))
def test_a_form_reads_the_same_in_pieces_of_any_size(content: bytes, piece_bytes: int) -> None:
    body = form(upload_parts(NAME, content, FIELDS))

    read_form, written = read(body, piece_bytes=piece_bytes)

    assert written == content
    assert read_form == Form({":action": "file_upload", "protocol_version": "1", **FIELDS}, NAME)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        f"\r\n--{BOUNDARY}".encode()[:-1],
        f"--{BOUNDARY}--".encode(),
        f"\r\n--{BOUNDARY[:-1]}x\r\n".encode(),
        b"\r\n--" * 50,
    ],
)
@pytest.mark.parametrize("piece_bytes", [1, 3, 64, 4096])
def test_bytes_that_look_like_a_boundary_are_the_file_s(content: bytes, piece_bytes: int) -> None:
    assert read(form([("content", NAME, content)]), piece_bytes=piece_bytes)[1] == content


def test_a_form_written_by_another_client_reads_the_same() -> None:
    request = httpx2.Request(
        "POST",
        "http://127.0.0.1/",
        data={":action": "file_upload", "classifiers": ["a", "b"], **FIELDS},
        files={"content": (NAME, b"bytes", "application/octet-stream")},
    )
    written = bytearray()
    reader = FormReader(request.headers["content-type"], written.extend, 1 << 20)

    reader.feed(request.read())

    assert reader.finish() == Form({":action": "file_upload", **FIELDS}, NAME)
    assert bytes(written) == b"bytes"


def test_fields_that_mean_nothing_here_are_passed_over_even_when_they_are_large() -> None:
    others: list[Part] = [
        ("description", None, b"x" * 8 * 1024 * 1024),
        ("classifiers", None, b"one"),
        ("classifiers", None, b"two"),
        ("unheard-of", None, b"\xff\xfe"),
        ("", None, b"nameless"),
    ]

    assert read(form([*others, FILE])) == (Form({}, NAME), b"bytes")


def test_a_thousand_fields_are_passed_over() -> None:
    others: list[Part] = [(f"field_{number}", None, b"x" * 1000) for number in range(1000)]

    assert read(form([FILE, *others])) == (Form({}, NAME), b"bytes")


def test_a_signature_is_passed_over_and_noticed() -> None:
    signature: Part = ("gpg_signature", f"{NAME}.asc", b"signature")

    assert read(form([signature, FILE])) == (Form({}, NAME, has_signature=True), b"bytes")


@pytest.mark.parametrize("piece_bytes", [1, 7, 1 << 20])
def test_fields_may_come_after_the_file(piece_bytes: int) -> None:
    attestations = b"[" + b" " * 500_000 + b"]"
    parts: list[Part] = [FILE, ("name", None, b"demo"), ("attestations", None, attestations)]

    read_form, written = read(form(parts), piece_bytes=piece_bytes)

    assert (read_form.fields, written) == (
        {"name": "demo", "attestations": attestations.decode()},
        b"bytes",
    )


def test_what_comes_after_the_end_is_no_part_of_the_form() -> None:
    other = form([("name", None, b"other"), ("content", "other-1.0.tar.gz", b"other")])

    assert read(form([FILE]) + other) == (Form({}, NAME), b"bytes")


@pytest.mark.parametrize("lines", [b"\r\n", b"\r\n--x", b"--"])
def test_neither_before_nor_after_the_form_anything_comes_without_end(lines: bytes) -> None:
    endless = lines * (9 * 1024 * 1024)

    with pytest.raises(BadInput):
        read(b"\r\n" + endless + form([FILE]))
    with pytest.raises(TooLarge, match="beside its file"):
        read(form([FILE]) + endless)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([], "has no file"),
        ([("name", None, b"demo")], "has no file"),
        ([FILE, FILE], "more than one file"),
        ([("content", None, b"bytes")], "has no filename"),
        ([("content", "", b"bytes")], "has no filename"),
        ([("name", None, b"a"), ("name", None, b"b"), FILE], "'name' twice"),
        ([("name", None, b"\xff"), FILE], "not UTF-8"),
        ([("name", None, b"x" * 70_000), FILE], "'name' is too large"),
        ([("comment", None, b"x" * 4097), FILE], "'comment' is too large"),
        ([("attestations", None, b"x" * 600_000), FILE], "'attestations' is too large"),
        ([("attestations", None, b"[]")] * 2, "'attestations' twice"),
        ([("summary", None, b"x" * 17 * 1024 * 1024), FILE], "too large"),
        ([("content", NAME, b"x" * (1024 * 1024 + 1))], "max_file_bytes"),
        ([("x", None, b"")] * 5000, "more than 4096 fields"),
    ],
)
def test_a_form_that_cannot_be_right_is_refused(parts: list[Part], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(form(parts))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        form([FILE])[:-4],
        form([FILE])[:-40],
        form([FILE], end=b""),
        form([FILE], end=b"--"[:1]),
        form([FILE]).replace(b"\r\n", b"\n"),
        form([FILE]).replace(b"Content-Disposition", b"Content Disposition"),
        form([FILE]).replace(b"form-data; name", b"attachment; name"),
        form([FILE]).replace(b'name="content"; ', b""),
        form([FILE]).replace(b"Content-Type", b"Content-Disposition: form-data; name=x\r\nA"),
        form([FILE]).replace(b"Content-Type", b"A: b\r\n" * 20 + b"Content-Type"),
        form([FILE]).replace(b"application/", b"x" * 9000),
    ],
)
def test_a_form_that_is_broken_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        read(body)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=x",
        "multipart/form-data; boundary=" + "x" * 300,
    ],
)
def test_what_is_no_form_is_refused(content_type: str) -> None:
    with pytest.raises(BadInput):
        FormReader(content_type, bytearray().extend, 1)


def test_a_file_over_the_limit_is_refused_before_it_is_all_there() -> None:
    written = bytearray()
    reader = FormReader(CONTENT_TYPE, written.extend, 100)
    reader.feed(form([("content", NAME, b"")], end=b"")[: -len(BOUNDARY) - 4])
    reader.feed(b"x" * 60)

    with pytest.raises(TooLarge):
        reader.feed(b"x" * 60)

    assert len(written) <= 100


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail_in_another_way(noise: bytes) -> None:
    body = form([FILE], end=b"\r\n") + noise
    try:
        read_form, _ = read(body)
    except BadInput:
        return
    assert read_form.filename == NAME
