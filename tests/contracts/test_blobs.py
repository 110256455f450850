"""What every implementation of `core.ports.Blobs` must do."""

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from affineur.blobs import LocalBlobs
from affineur.core.errors import NotFound, Unavailable
from affineur.core.names import Sha256
from affineur.core.ports import Blobs
from support.racing import at_once

Opener = Callable[[Path], Blobs]
"""Opens the blobs under a folder, the same ones again when it is called again."""

HELLO = b"hello"
HELLO_SHA256 = Sha256("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
ABSENT = Sha256("0" * 64)


@pytest.fixture(params=[LocalBlobs], ids=["local"])
def opener(request: pytest.FixtureRequest) -> Opener:
    opening: Opener = request.param
    return opening


@pytest.fixture
def blobs(opener: Opener, tmp_path: Path) -> Blobs:
    return opener(tmp_path)


def keep(blobs: Blobs, *chunks: bytes) -> Sha256:
    staged = blobs.stage()
    for chunk in chunks:
        staged.write(chunk)
    return staged.commit()


async def streamed(blobs: Blobs, sha256: Sha256, start: int, stop: int) -> list[bytes]:
    return [piece async for piece in blobs.stream(sha256, start, stop)]


# --- what is committed is held -----------------------------------------------------------


def test_committed_bytes_are_held_under_their_digest(blobs: Blobs) -> None:
    sha256 = keep(blobs, b"hel", b"", b"lo")

    assert sha256 == HELLO_SHA256
    assert blobs.has(sha256)
    assert blobs.read(sha256) == HELLO
    assert blobs.size_bytes(sha256) == len(HELLO)
    assert list(blobs.digests()) == [sha256]


def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    sha256 = keep(blobs)

    assert sha256 == hashlib.sha256(b"").hexdigest()
    assert (blobs.read(sha256), blobs.size_bytes(sha256)) == (b"", 0)
    assert asyncio.run(streamed(blobs, sha256, 0, 0)) == []


def test_blobs_outlive_the_object_that_made_them(opener: Opener, tmp_path: Path) -> None:
    sha256 = keep(opener(tmp_path), HELLO)

    assert opener(tmp_path).read(sha256) == HELLO


def test_the_same_bytes_may_be_committed_again(blobs: Blobs) -> None:
    first = keep(blobs, HELLO)
    second = keep(blobs, HELLO)

    assert first == second
    assert list(blobs.digests()) == [first]
    assert blobs.read(first) == HELLO


def test_many_may_commit_the_same_bytes_at_once(blobs: Blobs) -> None:
    body = os.urandom(300_000)

    digests = at_once(12, lambda: keep(blobs, body))

    assert set(digests) == {hashlib.sha256(body).hexdigest()}
    assert list(blobs.digests()) == [digests[0]]
    assert blobs.read(digests[0]) == body
    assert blobs.sweep_staging(0) == 0


def test_many_may_commit_different_bytes_at_once(blobs: Blobs) -> None:
    digests = at_once(12, lambda: keep(blobs, os.urandom(1000)))

    assert len(set(digests)) == 12
    assert sorted(blobs.digests()) == sorted(digests)


# --- what is staged counts for nothing ---------------------------------------------------


def test_what_is_staged_is_not_held(blobs: Blobs) -> None:
    staged = blobs.stage()
    staged.write(HELLO)

    assert not blobs.has(HELLO_SHA256)
    assert list(blobs.digests()) == []
    staged.discard()


def test_a_reader_sees_what_was_staged_as_it_grows(blobs: Blobs) -> None:
    staged = blobs.stage()

    staged.write(b"hel")
    assert (staged.path.read_bytes(), staged.size_bytes) == (b"hel", 3)
    staged.write(b"lo")
    assert (staged.path.read_bytes(), staged.size_bytes) == (HELLO, 5)
    assert staged.sha256() == HELLO_SHA256
    staged.discard()


def test_what_is_discarded_is_gone(blobs: Blobs) -> None:
    staged = blobs.stage()
    staged.write(HELLO)

    staged.discard()
    staged.discard()

    assert not staged.path.exists()
    assert not blobs.has(HELLO_SHA256)


def test_discarding_after_a_commit_keeps_the_blob(blobs: Blobs) -> None:
    staged = blobs.stage()
    staged.write(HELLO)
    sha256 = staged.commit()

    staged.discard()

    assert blobs.read(sha256) == HELLO


def test_a_staged_file_that_lost_bytes_never_becomes_a_blob(blobs: Blobs) -> None:
    staged = blobs.stage()
    staged.write(HELLO)
    os.truncate(staged.path, 3)

    with pytest.raises(Unavailable):
        staged.commit()

    assert not blobs.has(HELLO_SHA256)
    assert list(blobs.digests()) == []
    staged.discard()


def test_a_staged_file_that_was_swept_away_never_becomes_a_blob(blobs: Blobs) -> None:
    staged = blobs.stage()
    staged.write(HELLO)
    assert blobs.sweep_staging(0) == 1

    with pytest.raises(Unavailable):
        staged.commit()

    assert not blobs.has(HELLO_SHA256)
    staged.discard()


def test_sweeping_takes_what_was_left_long_ago_and_nothing_else(blobs: Blobs) -> None:
    sha256 = keep(blobs, HELLO)
    left, fresh = blobs.stage(), blobs.stage()
    an_hour_ago = time.time() - 3600
    os.utime(left.path, (an_hour_ago, an_hour_ago))

    assert blobs.sweep_staging(older_than_s=1800) == 1

    assert not left.path.exists()
    assert fresh.path.exists()
    assert blobs.read(sha256) == HELLO
    left.discard()
    fresh.discard()


def test_sweeping_and_committing_at_once_disturb_each_other_not(blobs: Blobs) -> None:
    def both() -> Sha256:
        sha256 = keep(blobs, os.urandom(1000))
        blobs.sweep_staging(older_than_s=3600)
        return sha256

    digests = [sha256 for _ in range(10) for sha256 in at_once(8, both)]

    assert sorted(blobs.digests()) == sorted(digests)


# --- reading -----------------------------------------------------------------------------


def test_a_stream_gives_exactly_the_bytes_asked_for(blobs: Blobs) -> None:
    body = random.Random(7).randbytes(1_000_000)  # noqa: S311  bytes to compare, no secret
    sha256 = keep(blobs, body)

    async def part(start: int, stop: int) -> bytes:
        return b"".join(await streamed(blobs, sha256, start, stop))

    assert asyncio.run(part(0, len(body))) == body
    assert asyncio.run(part(1, 2)) == body[1:2]
    assert asyncio.run(part(262_143, 524_289)) == body[262_143:524_289]
    assert asyncio.run(part(999_999, 1_000_000)) == body[-1:]
    assert asyncio.run(part(500, 500)) == b""


def test_a_stream_gives_large_blobs_in_pieces(blobs: Blobs) -> None:
    sha256 = keep(blobs, bytes(1_000_000))

    pieces = asyncio.run(streamed(blobs, sha256, 0, 1_000_000))

    assert max(map(len, pieces)) < 500_000


def test_a_stream_beyond_the_end_is_trouble_and_never_a_short_answer(blobs: Blobs) -> None:
    sha256 = keep(blobs, HELLO)

    with pytest.raises(Unavailable):
        asyncio.run(streamed(blobs, sha256, 0, 6))
    with pytest.raises(Unavailable):
        asyncio.run(streamed(blobs, sha256, 5, 6))


def test_a_blob_can_be_used_as_a_file(blobs: Blobs) -> None:
    sha256 = keep(blobs, HELLO)

    with blobs.as_file(sha256) as path:
        assert path.read_bytes() == HELLO

    assert blobs.read(sha256) == HELLO


def test_what_is_not_held_is_not_found(blobs: Blobs) -> None:
    assert not blobs.has(ABSENT)
    with pytest.raises(NotFound, match=ABSENT):
        blobs.read(ABSENT)
    with pytest.raises(NotFound, match=ABSENT):
        blobs.size_bytes(ABSENT)
    with pytest.raises(NotFound, match=ABSENT), blobs.as_file(ABSENT):
        pytest.fail("a blob that is not held was given as a file")
    with pytest.raises(NotFound, match=ABSENT):
        asyncio.run(streamed(blobs, ABSENT, 0, 1))


def test_a_deleted_blob_is_gone_and_can_come_back(blobs: Blobs) -> None:
    sha256 = keep(blobs, HELLO)

    blobs.delete(sha256)
    blobs.delete(sha256)
    assert not blobs.has(sha256)
    assert list(blobs.digests()) == []

    assert keep(blobs, HELLO) == sha256
    assert blobs.read(sha256) == HELLO


# --- power cuts --------------------------------------------------------------------------

WRITER = """
import os, sys
from importlib import import_module
from pathlib import Path

opener = getattr(import_module(sys.argv[1]), sys.argv[2])
blobs = opener(Path(sys.argv[3]))
while True:
    staged = blobs.stage()
    for _ in range(4):
        staged.write(os.urandom(100_000))
    print(staged.commit(), flush=True)
"""


@pytest.mark.parametrize("rests_s", [0.0, 0.003, 0.011, 0.027])
def test_a_killed_writer_leaves_whole_blobs_and_nothing_else(
    opener: Opener, tmp_path: Path, rests_s: float
) -> None:
    named = [opener.__module__, opener.__name__, str(tmp_path)]
    writer = subprocess.Popen([sys.executable, "-c", WRITER, *named], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    told = [writer.stdout.readline() for _ in range(5)]
    time.sleep(rests_s)  # so that the kill falls into different steps of a commit
    writer.send_signal(signal.SIGKILL)
    told += writer.communicate()[0].splitlines(keepends=True)

    blobs = opener(tmp_path)
    acknowledged = {line.decode().strip() for line in told if line.endswith(b"\n")}
    held = set(blobs.digests())
    assert acknowledged <= held
    assert [hashlib.sha256(blobs.read(one)).hexdigest() for one in held] == list(held)
    assert blobs.sweep_staging(0) <= 1
    assert keep(blobs, HELLO) == HELLO_SHA256
