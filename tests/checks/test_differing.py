"""The child that compares two archives: in order, within caps, and what goes wrong is said."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from affineur.checks.child import report
from affineur.checks.differing import ChildDiffer
from affineur.core.colours import Colour
from affineur.core.differences import Side, Touched, touched
from affineur.core.files import Filename
from affineur.core.lines import DiffCaps, Lines
from affineur.core.subjects import NotAssessable
from support.dists import Dist, Flaw, sdist, wheel

CAPS = DiffCaps()
OLD = {"spam/a.py": b"one\ntwo\n", "spam/b.bin": b"\0\1", "spam/gone.py": b"x\n"}
NEW = {"spam/a.py": b"one\n2\n", "spam/b.bin": b"\0\2", "spam/new.py": b"y\n"}


def compared(
    folder: Path, old: Dist, new: Dist, caps: DiffCaps = CAPS, differ: ChildDiffer | None = None
) -> dict[str, Lines]:
    """Compare two distributions; give the lines of each file by its path."""
    sides, paths = [], []
    for name, dist in (("old", old), ("new", new)):
        filename, path = Filename.parse(dist.filename), folder / name
        path.write_bytes(dist.data)
        sides.append(Side(filename, report(path, filename, 1 << 30)))
        paths.append((path, filename))
    _, files = touched(sides[0], sides[1])
    lines = asking(differ or ChildDiffer(30, 1 << 30, 1 << 30), paths, files, caps)
    return {file.path: one for file, one in zip(files, lines, strict=True)}


def asking(
    differ: ChildDiffer,
    paths: list[tuple[Path, Filename]],
    files: tuple[Touched, ...],
    caps: DiffCaps,
) -> tuple[Lines, ...]:
    return asyncio.run(differ.lines(paths[0], paths[1], files, caps))


@pytest.mark.parametrize("make", [wheel, sdist])
def test_each_file_is_compared_by_lines_unless_it_is_no_text(tmp_path: Path, make: object) -> None:
    assert callable(make)
    found = compared(tmp_path, make("spam", "1.0", files=OLD), make("spam", "1.1", files=NEW))
    found.pop("_backend.py", None)  # of an sdist

    assert {path: one.lines for path, one in found.items()} == {
        "spam/a.py": ("@@ -1,2 +1,2 @@", " one", "-two", "+2"),
        "spam/gone.py": ("@@ -1 +0,0 @@", "-x"),
        "spam/new.py": ("@@ -0,0 +1 @@", "+y"),
        "spam/b.bin": (),
    }
    assert (found["spam/a.py"].added, found["spam/a.py"].removed) == (1, 1)


def test_what_is_more_than_anybody_reads_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    old, new = wheel("spam", "1.0", files=OLD), wheel("spam", "1.1", files=NEW)
    left_out = Lines(cut="not shown: there is too much of it altogether")

    few = compared(tmp_path, old, new, replace(CAPS, shown=1))
    assert [one == left_out for one in few.values()] == [False, True, True, False]
    one = compared(tmp_path, old, new, replace(CAPS, files=1))
    assert one == few


def test_two_texts_that_would_take_for_ever_are_given_up(tmp_path: Path) -> None:
    names = [[f"{number * step % 997}" for number in range(9000)] for step in (1, 7)]
    old, new = (
        wheel("spam", version, files={"a.py": "\n".join(lines).encode()})
        for version, lines in zip(("1.0", "1.1"), names, strict=True)
    )
    found = compared(tmp_path, old, new, replace(CAPS, file_s=0.01))

    assert found == {"a.py": Lines(cut="too unlike to be compared line by line")}


def test_an_archive_that_cannot_be_read_again_is_trouble(tmp_path: Path) -> None:
    old, new = wheel("spam", "1.0", files=OLD), wheel("spam", "1.1", files=NEW)
    with pytest.raises(NotAssessable, match="one of them cannot be read"):
        compared(tmp_path, old, new, differ=ChildDiffer(30, 1 << 30, 1))


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    old, new = wheel("spam", "1.0", files=OLD), wheel("spam", "1.1", files=NEW)
    with pytest.raises(NotAssessable, match=r"took longer than 0\.001 s"):
        compared(tmp_path, old, new, differ=ChildDiffer(0.001, 1 << 30, 1 << 30))


def test_a_member_that_climbs_out_is_compared_and_written_nowhere(tmp_path: Path) -> None:
    old, new = wheel("spam", "1.0"), wheel("spam", "1.1", flaw=Flaw.TRAVERSAL)
    found = compared(tmp_path, old, new)

    assert found["../../outside.py"].lines == ("@@ -0,0 +1 @@", "+print('outside')")
    assert list(tmp_path.parent.glob("outside.py")) == []


def test_lines_come_with_the_colours_of_the_whole_file_when_they_are_wanted(tmp_path: Path) -> None:
    old = wheel("spam", "1.0", files={"a.py": b'x = """\nimport os\n"""\nimport os\n'})
    new = wheel("spam", "1.1", files={"a.py": b'x = """\nimport re\n"""\nimport os\n'})
    found = compared(tmp_path, old, new, replace(CAPS, is_coloured=True))["a.py"].hunks[0]

    assert [(row.text, row.colours) for row in found.rows[1:]] == [
        ("import os", ((9, Colour.TEXT),)),
        ("import re", ((9, Colour.TEXT),)),
        ('"""', ((3, Colour.TEXT),)),
        ("import os", ((6, Colour.KEYWORD), (3, None))),
    ]
