"""Showing one file of an archive: what it says, coloured, cut, and never other than it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from affineur.checks.member_reading import ChildMemberReader
from affineur.core.colours import Colour
from affineur.core.files import Filename
from affineur.core.member_views import MemberBytes, MemberText, MemberView, Window
from affineur.core.subjects import NotAssessable
from support.dists import Dist, sdist, wheel

READER = ChildMemberReader(timeout_s=20, memory_bytes=1 << 30, total_bytes=1 << 30)


def view(tmp_path: Path, dist: Dist, member: str, window: Window | None = None) -> MemberView:
    path = tmp_path / dist.filename
    path.write_bytes(dist.data)
    name = Filename.parse(dist.filename)
    return asyncio.run(READER.view(path, name, member, window or Window()))


def text(tmp_path: Path, body: bytes, window: Window | None = None) -> MemberText:
    """Show a file of these bytes whose name nobody colours."""
    dist = wheel("spam", "1.0", files={"spam/it.txt": body})
    found = view(tmp_path, dist, "spam/it.txt", window)
    assert isinstance(found, MemberText)
    return found


def test_code_is_coloured_line_by_line(tmp_path: Path) -> None:
    dist = wheel("spam", "1.0", files={"spam/a.py": b'import os\n\nx = """a\nb"""\n'})
    found = view(tmp_path, dist, "spam/a.py")
    assert isinstance(found, MemberText)
    assert list(found.lines) == ["import os", "", 'x = """a', 'b"""']
    assert found.colours[0][0] == (6, Colour.KEYWORD)


def test_a_member_of_an_sdist_is_read_by_the_name_in_the_archive(tmp_path: Path) -> None:
    dist = sdist("spam", "1.0", files={"spam/a.txt": b"hello\n"})
    found = view(tmp_path, dist, "spam-1.0/spam/a.txt")
    assert isinstance(found, MemberText)
    assert list(found.lines) == ["hello"]


def test_a_window_shows_some_lines_by_their_numbers(tmp_path: Path) -> None:
    body = "".join(f"line {n}\n" for n in range(1, 101)).encode()
    found = text(tmp_path, body, Window(first=41, lines=2))
    assert (found.first, found.last, found.total) == (41, 42, 100)
    assert list(found.lines) == ["line 41", "line 42"]


def test_a_window_behind_the_end_is_empty(tmp_path: Path) -> None:
    assert text(tmp_path, b"one\n", Window(first=9)).lines == ()


def test_lines_are_given_as_they_stand_there(tmp_path: Path) -> None:
    found = text(tmp_path, "a\u202eb\r\nd\re\n\f\x85\u2028\n".encode())
    assert found.lines == ("a\u202eb", "d\re", "\f\x85\u2028")


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    assert text(tmp_path, b"x" * 5000, Window(line_chars=10)).lines == ("x" * 10,)


def test_a_part_of_a_large_file_is_coloured_by_itself(tmp_path: Path) -> None:
    body = b"import os\n" * 30_000
    dist = wheel("spam", "1.0", files={"spam/a.py": body})
    found = view(tmp_path, dist, "spam/a.py", Window(first=20_000, lines=2))
    assert isinstance(found, MemberText)
    assert (len(found.colours), found.colours[1][0]) == (2, (6, Colour.KEYWORD))


def test_a_large_file_is_read_in_part_and_says_so(tmp_path: Path) -> None:
    found = text(tmp_path, b"abc\n" * 1000, Window(most_bytes=1024))
    assert found.total == 256
    assert found.remarks == ("Only its first 1,024 bytes are read.",)


@pytest.mark.parametrize(
    ("body", "encoding", "first"),
    [
        ("gr\u00fc\u00df".encode(), "utf-8", "gr\u00fc\u00df"),
        ("gr\u00fc\u00df".encode("utf-16"), "utf-16", "gr\u00fc\u00df"),
        ("\ufeffa".encode(), "utf-8-sig", "a"),
        (b"gr\xfc\xdf", "latin-1", "gr\u00fc\u00df"),
        (b"# coding: cp1251\n\xcf", "cp1251", "# coding: cp1251"),
        (b"# coding: utf-7\n+ADw-", "utf-8", "# coding: utf-7"),
        (b"# coding: nobody-knows\n", "utf-8", "# coding: nobody-knows"),
    ],
)
def test_encodings_are_found_and_never_believed_blindly(
    tmp_path: Path, body: bytes, encoding: str, first: str
) -> None:
    found = text(tmp_path, body)
    assert (found.encoding, found.lines[0]) == (encoding, first)


def test_what_is_no_text_gives_its_first_bytes(tmp_path: Path) -> None:
    body = b"\x7fELF\x00" + bytes(range(256)) * 40
    dist = wheel("spam", "1.0", files={"spam/it.so": body})
    assert view(tmp_path, dist, "spam/it.so") == MemberBytes(body[:4096])


def test_an_empty_file_is_text_without_lines(tmp_path: Path) -> None:
    assert text(tmp_path, b"").lines == ()


def test_a_member_that_is_not_there_cannot_be_shown(tmp_path: Path) -> None:
    with pytest.raises(NotAssessable, match="could not be read"):
        view(tmp_path, wheel("spam", "1.0"), "../../etc/passwd")


def test_an_archive_that_is_none_cannot_be_shown(tmp_path: Path) -> None:
    broken = Dist("spam-1.0-py3-none-any.whl", b"<html>", b"")
    with pytest.raises(NotAssessable, match="cannot be read"):
        view(tmp_path, broken, "spam/it.py")


@pytest.mark.parametrize("suffix", ["py", "json", "html", "toml", "rst", "md", "sh", "c", "js"])
def test_no_kind_of_file_loses_or_moves_a_line(tmp_path: Path, suffix: str) -> None:
    body = "\n\n<a \"'`{[(\\\n\n\tx = '''\n\n" + "# \u00e9\n" * 3 + "\n\nend"
    dist = wheel("spam", "1.0", files={f"spam/it.{suffix}": body.encode()})
    found = view(tmp_path, dist, f"spam/it.{suffix}")
    assert isinstance(found, MemberText)
    assert list(found.lines) == body.split("\n")
