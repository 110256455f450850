"""What is the local disk's own: full disks, folders, and what lies on it."""

import asyncio
import os
import resource
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from affineur.blobs import LocalBlobs
from affineur.core.errors import Unavailable


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """Let the system refuse to write files beyond a size, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_held(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    staged = blobs.stage()
    staged.write(b"a" * 1000)

    with room_for(1500), pytest.raises(Unavailable, match="disk"):
        staged.write(b"b" * 1000)

    staged.discard()
    assert list(blobs.digests()) == []
    assert blobs.sweep_staging(0) == 0


def test_what_was_half_written_cannot_be_committed(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    staged = blobs.stage()
    with room_for(1500), pytest.raises(Unavailable):
        staged.write(b"b" * 2000)

    with pytest.raises(Unavailable):
        staged.commit()

    staged.discard()
    assert list(blobs.digests()) == []


def test_a_folder_that_cannot_be_made_is_told_and_nothing_is_held(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    staged = blobs.stage()
    staged.write(b"hello")
    (tmp_path / "kept" / staged.sha256()[:2]).write_text("in the way")

    with pytest.raises(Unavailable, match="disk"):
        staged.commit()

    assert not blobs.has(staged.sha256())
    staged.discard()


def test_kept_files_are_read_only_and_named_by_their_digest_alone(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    staged = blobs.stage()
    staged.write(b"hello")
    sha256 = staged.commit()

    path = blobs.local_path(sha256)

    assert path == tmp_path / "kept" / sha256[:2] / sha256[2:]
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o444  # noqa: PTH116  the name as given


def test_what_is_no_blob_is_not_listed(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    (tmp_path / "kept" / "ab").mkdir()
    (tmp_path / "kept" / "ab" / "lost+found").write_text("")
    (tmp_path / "kept" / "README").write_text("")
    (tmp_path / "kept" / "zz").mkdir()
    (tmp_path / "kept" / "zz" / ("x" * 62)).write_text("")

    assert list(blobs.digests()) == []


def test_a_blob_cut_short_on_disk_is_never_streamed_as_if_whole(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    staged = blobs.stage()
    staged.write(b"hello")
    sha256 = staged.commit()
    path = blobs.local_path(sha256)
    assert path is not None
    os.truncate(path, 3)

    async def whole() -> bytes:
        return b"".join([piece async for piece in blobs.stream(sha256, 0, 5)])

    with pytest.raises(Unavailable, match=sha256):
        asyncio.run(whole())


def test_a_folder_removed_by_hand_is_made_again(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    first, second = blobs.stage(), blobs.stage()
    first.write(b"hello")
    second.write(b"hello")
    shutil.rmtree(tmp_path / "kept" / first.commit()[:2])

    assert blobs.read(second.commit()) == b"hello"
