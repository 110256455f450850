"""Room on the disk: what is kept free stays free, also when many write at the same time."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from affineur.blobs import LocalBlobs
from affineur.core.errors import NoRoom, Unavailable
from affineur.core.ports import Staged
from support.racing import at_once

MIB = 1024 * 1024


@dataclass
class SmallDisk:
    """A disk of a made-up size, as full as its folder is."""

    size_bytes: int

    def free(self, folder: Path) -> int:
        used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        return self.size_bytes - used


@contextmanager
def mounted(folder: Path, size_bytes: int) -> Iterator[Path]:
    """A disk of that size, where this machine lets us have one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only a machine's superuser can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


class Writers:
    """Everybody who writes to some blobs, so that all can be made to leave."""

    def __init__(self, blobs: LocalBlobs) -> None:
        self.blobs = blobs
        self._staged: list[Staged] = []

    def begin(self) -> Staged:
        self._staged.append(self.blobs.stage())
        return self._staged[-1]

    def leave(self) -> None:
        for one in self._staged:
            one.discard()


@contextmanager
def writers_to(blobs: LocalBlobs) -> Iterator[Writers]:
    writers = Writers(blobs)
    try:
        yield writers
    finally:
        writers.leave()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Writers]:
    """A disk of 1000 bytes, of which 400 are kept free."""
    with writers_to(LocalBlobs(tmp_path, keep_free_bytes=400, free=SmallDisk(1000).free)) as made:
        yield made


def test_what_fits_is_taken_to_the_last_byte_that_is_not_kept_free(small: Writers) -> None:
    staged = small.begin()
    staged.reserve(600)
    staged.write(b"a" * 600)

    assert small.blobs.has(staged.commit())
    assert small.blobs.free_bytes() == 400


def test_what_does_not_fit_is_refused_before_a_byte_of_it_came(small: Writers) -> None:
    with pytest.raises(NoRoom, match="no room on the disk for 601 bytes"):
        small.begin().reserve(601)


def test_what_others_are_writing_counts(small: Writers) -> None:
    first, second = small.begin(), small.begin()
    first.reserve(400)
    first.write(b"a" * 100)  # 300 more will come
    with pytest.raises(NoRoom, match="300 are reserved"):
        second.reserve(201)
    second.reserve(200)

    first.discard()

    second.reserve(600)


def test_what_is_larger_than_anybody_said_stops_where_the_room_ends(small: Writers) -> None:
    staged = small.begin()
    staged.reserve(0)
    staged.write(b"a" * 600)

    with pytest.raises(NoRoom):
        staged.write(b"a")

    staged.discard()
    assert small.blobs.free_bytes() == 1000


def test_what_is_said_to_be_larger_later_is_reserved_then(small: Writers) -> None:
    staged = small.begin()
    staged.reserve(100)
    staged.write(b"a" * 50)
    with pytest.raises(NoRoom):
        staged.reserve(601)
    staged.reserve(600)

    with pytest.raises(NoRoom):
        small.begin().reserve(1)


def test_what_the_server_makes_for_itself_may_use_what_is_kept_free(small: Writers) -> None:
    staged = small.begin()
    staged.write(b"a" * 900)

    assert small.blobs.has(staged.commit())


def test_many_who_begin_at_once_get_no_more_than_there_is(small: Writers) -> None:
    def begin() -> int:
        with suppress(NoRoom):
            small.begin().reserve(150)
            return 1
        return 0

    assert sum(at_once(12, begin)) == 4


def test_a_real_disk_keeps_free_what_it_should(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", 8 * MIB) as disk:
        blobs = LocalBlobs(disk, keep_free_bytes=3 * MIB)
        with writers_to(blobs) as writers:
            staged = writers.begin()
            staged.reserve(0)
            staged.write(b"a" * 4 * MIB)

            with pytest.raises(NoRoom):
                staged.write(b"a" * 2 * MIB)

            assert 3 * MIB <= blobs.free_bytes() <= 4 * MIB
        assert blobs.free_bytes() > 7 * MIB


def test_a_real_disk_that_is_full_all_the_same_is_told_and_nothing_is_held(
    tmp_path: Path,
) -> None:
    with mounted(tmp_path / "disk", 2 * MIB) as disk:
        blobs = LocalBlobs(disk)
        with writers_to(blobs) as writers:
            staged = writers.begin()
            with pytest.raises(Unavailable, match="does not take the file: No space left"):
                staged.write(b"a" * 4 * MIB)
            with pytest.raises(Unavailable):
                staged.commit()
        assert list(blobs.digests()) == []
