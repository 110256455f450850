"""What is read in an accepted archive is what other programs read in it."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.checks.gathering import pattern_of
from affineur.checks.members import BrokenOff, Budget, Defects, OverLimit
from affineur.checks.sdist_reading import read_sdist
from affineur.checks.wheel_reading import read_wheel
from affineur.core.archives import ArchiveReport
from affineur.core.files import FileKind, Filename
from affineur.core.findings import Severity
from support.dists import Dist, sdist, wheel
from support.tars import file, gnu_long, pax, tar_gz
from support.zips import Part, hand_made_zip, stored

Read = Callable[[str, bytes], ArchiveReport]
Digests = Mapping[str, str]
FILES = {
    "spam/__init__.py": b"x = 1\n",
    "spam/empty.py": b"",
    "spam/big.bin": bytes(range(256)) * 3000,
    "spam/" + "deep/" * 30 + "n\u00e4me.py": b"long\n",
    "LICENSE": b"MIT",
}
WHEEL = wheel("spam", "1.0", files=FILES)
SDIST = sdist("spam", "1.0", files=FILES)
ZIPPED = Dist(
    "spam-1.0.zip",
    hand_made_zip(Part("spam-1.0/PKG-INFO"), stored("spam-1.0/a"), Part("spam-1.0/b/", b"")),
    b"",
)
TARRED = Dist(
    "spam-1.0.tar.gz",
    tar_gz(
        file("spam-1.0/PKG-INFO"),
        pax(("path", "spam-1.0/by/pax")) + file("short"),
        gnu_long("spam-1.0/by/gnu") + file("short"),
        file("prefixed", prefix=b"spam-1.0"),
        file("spam-1.0/PKG-INFO"),
    ),
    b"",
)


def by_zipfile(data: bytes) -> Digests:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            one.filename: hashlib.sha256(archive.read(one)).hexdigest()
            for one in archive.infolist()
            if not one.is_dir()
        }


def by_tarfile(data: bytes) -> Digests:
    found: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for one in archive:
            content = archive.extractfile(one) if one.isreg() else None
            if content is not None:
                found[one.name] = hashlib.sha256(content.read()).hexdigest()
    return found


def by_program(command: list[str], data: bytes, folder: Path) -> Digests:
    """Let a program unpack it; say what is there afterwards."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed here")
    (folder / "archive").write_bytes(data)
    into = folder / "unpacked"
    into.mkdir()
    subprocess.run([*command, str(folder / "archive")], cwd=into, check=True, capture_output=True)
    return {
        str(path.relative_to(into)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(into.rglob("*"))
        if path.is_file()
    }


def digests(report: ArchiveReport) -> Digests:
    return {name: member.sha256 for name, member in report.members.items()}


def is_blocked(report: ArchiveReport) -> bool:
    return any(one.severity is Severity.BLOCK for one in report.defects)


@pytest.mark.parametrize("made", [WHEEL, ZIPPED])
def test_zipfile_reads_the_same(read: Read, made: Dist) -> None:
    report = read(made.filename, made.data)

    assert not is_blocked(report)
    assert digests(report) == by_zipfile(made.data)


@pytest.mark.parametrize("made", [SDIST, TARRED])
def test_tarfile_reads_the_same(read: Read, made: Dist) -> None:
    report = read(made.filename, made.data)

    assert not is_blocked(report)
    assert digests(report) == by_tarfile(made.data)


@pytest.mark.parametrize("made", [WHEEL, ZIPPED])
@pytest.mark.parametrize("command", [["unzip", "-q"], ["bsdtar", "-xf"], ["7z", "x"]])
def test_programs_unpack_the_same_zip(
    read: Read, tmp_path: Path, made: Dist, command: list[str]
) -> None:
    assert digests(read(made.filename, made.data)) == by_program(command, made.data, tmp_path)


@pytest.mark.parametrize("made", [SDIST, TARRED])
@pytest.mark.parametrize("command", [["tar", "-xzf"], ["bsdtar", "-xf"]])
def test_programs_unpack_the_same_tar(
    read: Read, tmp_path: Path, made: Dist, command: list[str]
) -> None:
    assert digests(read(made.filename, made.data)) == by_program(command, made.data, tmp_path)


@pytest.mark.parametrize(
    "installer",
    [
        [str(Path(sys.executable).with_name("uv")), "pip", "install"],
        [sys.executable, "-m", "pip", "install"],
    ],
)
def test_installers_install_the_same(read: Read, tmp_path: Path, installer: list[str]) -> None:
    path, target = tmp_path / WHEEL.filename, tmp_path / "target"
    path.write_bytes(WHEEL.data)
    options = ["--no-deps", "--no-index", "--target", str(target), str(path)]

    subprocess.run([*installer, *options], check=True, capture_output=True)  # ours

    members = digests(read(WHEEL.filename, WHEEL.data))
    written_anew = {name for name in members if name.endswith(".dist-info/RECORD")}
    assert {
        name: hashlib.sha256((target / name).read_bytes()).hexdigest()
        for name in members.keys() - written_anew
    } == {name: members[name] for name in members.keys() - written_anew}


def harmed(honest: bytes, data: st.DataObject) -> bytes:
    """Flip, insert and remove bytes."""
    changed = bytearray(honest)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        until = at + data.draw(st.integers(0, 4))
        changed[at:until] = data.draw(st.binary(max_size=4))
    return bytes(changed)


def judged(filename: str, data: bytes) -> ArchiveReport | None:
    """Read it as the child does; None when it is blocked or over a limit."""
    defects, name = Defects(), Filename.parse(filename)
    read = read_wheel if name.kind is FileKind.WHEEL else read_sdist
    try:
        budget = Budget(len(data), 10**8)
        report = read(io.BytesIO(data), name, budget, defects, pattern_of([]))
    except (BrokenOff, OverLimit):
        return None
    blocking = [one for one in defects.all() if one.severity is Severity.BLOCK]
    return None if blocking else report


SMALL_WHEEL = wheel("spam", "1.0", files={"spam.py": b"x = 1\n"}).data
SMALL_ZIP = hand_made_zip(Part("spam-1.0/PKG-INFO"), stored("spam-1.0/a"))
SMALL_TAR = gzip.decompress(TARRED.data)


@given(st.data())
def test_a_harmed_wheel_is_blocked_or_read_as_zipfile_reads_it(data: st.DataObject) -> None:
    changed = harmed(SMALL_WHEEL, data)

    report = judged("spam-1.0-py3-none-any.whl", changed)

    assert report is None or digests(report) == by_zipfile(changed)


@given(st.data())
def test_a_harmed_zip_is_blocked_or_read_as_zipfile_reads_it(data: st.DataObject) -> None:
    changed = harmed(SMALL_ZIP, data)

    report = judged("spam-1.0.zip", changed)

    assert report is None or digests(report) == by_zipfile(changed)


@given(st.data())
def test_a_harmed_tar_is_blocked_or_read_as_tarfile_reads_it(data: st.DataObject) -> None:
    changed = gzip.compress(harmed(SMALL_TAR, data), 1)

    report = judged("spam-1.0.tar.gz", changed)

    assert report is None or digests(report) == by_tarfile(changed)
