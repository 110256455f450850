"""What is read in an sdist."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.checks.gathering import pattern_of
from affineur.checks.members import BrokenOff, Budget, Defects, OverLimit
from affineur.checks.sdist_reading import read_sdist
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from support.dists import Flaw, sdist

DefectsOf = Callable[[str, bytes], set[str]]
Read = Callable[[str, bytes], ArchiveReport]
NOTHING = pattern_of([])
SDIST = "spam-1.0.tar.gz"


def tarred(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member in (("spam-1.0/PKG-INFO", b"Name: spam\n"), *members):
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                entry = tarfile.TarInfo(member[0])
                entry.size = len(member[1])
                archive.addfile(entry, io.BytesIO(member[1]))
    return buffer.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def test_an_honest_sdist_has_no_defect_and_gives_its_contents(read: Read) -> None:
    made = sdist("spam", "1.0", files={"spam.py": b"x = 1\n", "LICENSE.txt": b"MIT"})

    report = read(made.filename, made.data)

    assert report.defects == ()
    assert report.members["spam-1.0/spam.py"].size_bytes == 6
    assert report.licence_texts == {"spam-1.0/LICENSE.txt": "MIT"}


@pytest.mark.parametrize(
    ("flaw", "defect"),
    [
        (Flaw.NO_METADATA, {"no-pkg-info"}),
        (Flaw.TRAVERSAL, {"traversal"}),
        (Flaw.ABSOLUTE, {"absolute", "several-roots"}),
        (Flaw.DUPLICATE, {"duplicate"}),
        (Flaw.SYMLINK, {"link-outside"}),
        (Flaw.BOMB, {"bomb"}),
        (Flaw.TRUNCATED, {"unreadable"}),
        (Flaw.NOT_AN_ARCHIVE, {"unreadable"}),
    ],
)
def test_a_flaw_of_an_sdist_is_told_by_its_defect(
    defects: DefectsOf, flaw: Flaw, defect: set[str]
) -> None:
    made = sdist("spam", "1.0", flaw=flaw)

    assert defects(made.filename, made.data) == defect


@pytest.mark.parametrize(
    ("defect", "data"),
    [
        ("link", tarred(link("spam-1.0/a", "PKG-INFO"))),
        ("link", tarred(link("spam-1.0/docs/a", "../PKG-INFO"))),
        ("link", tarred(link("spam-1.0/a", "spam-1.0/PKG-INFO", tarfile.LNKTYPE))),
        ("link-outside", tarred(link("spam-1.0/a", "../../.ssh"))),
        ("link-outside", tarred(link("spam-1.0/a", "/etc/passwd"))),
        ("link-outside", tarred(link("spam-1.0/a", "PKG-INFO", tarfile.LNKTYPE))),
        ("link-outside", tarred(link("spam-1.0/a", "..\\..\\x"))),
        ("device", tarred(link("spam-1.0/a", "", tarfile.CHRTYPE))),
        ("device", tarred(link("spam-1.0/a", "", tarfile.FIFOTYPE))),
        ("several-roots", tarred(("other/a.py", b""))),
        ("odd-name", tarred(("spam-1.0/\udcff.py", b""))),
        ("trailing-data", tarred() + b"hidden"),
        ("trailing-data", tarred()[:1024] + b"no header at all".ljust(512) + tarred()),
    ],
)
def test_a_crooked_tar_is_told_by_its_defect(defects: DefectsOf, defect: str, data: bytes) -> None:
    assert defect in defects(SDIST, gzip.compress(data))


def test_a_second_gzip_stream_is_a_defect(defects: DefectsOf) -> None:
    twice = gzip.compress(tarred()) + gzip.compress(b"what only some programs read")

    assert defects(SDIST, twice) == {"trailing-data"}


def test_a_root_that_bears_another_name_is_a_defect(defects: DefectsOf) -> None:
    assert defects("eggs-1.0.tar.gz", gzip.compress(tarred())) == {"root-name"}


def test_members_that_begin_with_a_dot_folder_are_read_like_others(read: Read) -> None:
    made = read(SDIST, gzip.compress(tarred(("./spam-1.0/a.py", b"1"))))

    assert set(made.members) == {"spam-1.0/PKG-INFO", "spam-1.0/a.py"}
    assert made.defects == ()


def test_names_are_shown_in_a_form_that_every_database_takes(read: Read) -> None:
    report = read(SDIST, gzip.compress(tarred(("spam-1.0/a\udcff\n.py", b""))))

    assert "spam-1.0/a\\udcff\\n.py" in report.members


def test_an_sdist_over_the_limit_is_not_read() -> None:
    data = gzip.compress(tarred(("spam-1.0/a", bytes(range(256)) * 5000)))
    budget = Budget(len(data), total_bytes=1_000_000)

    with pytest.raises(OverLimit, match="more than 0 MiB uncompressed"):
        read_sdist(io.BytesIO(data), Filename.parse(SDIST), budget, Defects(), NOTHING)


@given(st.data())
def test_no_damage_makes_the_reader_fail_otherwise_than_by_a_defect(data: st.DataObject) -> None:
    honest = bytearray(tarred(("spam-1.0/a.py", b"x = 1\n"), link("spam-1.0/b", "a.py")))
    for _ in range(data.draw(st.integers(1, 4))):
        honest[data.draw(st.integers(0, 2600))] = data.draw(st.integers(0, 255))
    packed = gzip.compress(bytes(honest), 1)
    defects = Defects()

    try:
        budget = Budget(len(packed), 10**7)
        read_sdist(io.BytesIO(packed), Filename.parse(SDIST), budget, defects, NOTHING)
    except BrokenOff as end:
        defects.add(end.defect_id, end.what)

    assert all(defect.what.endswith(".") for defect in defects.all())
