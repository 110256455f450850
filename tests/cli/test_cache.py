"""`affineur cache`: what is held, and making room, on the server's own disk."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from affineur.blobs import LocalBlobs
from affineur.cli.main import run
from affineur.core.names import Sha256
from affineur.services import eviction
from affineur.store import listings
from affineur.store.listings import HeldFile
from support.databases import sqlite_database

Told = dict[str, Any]  # Any: JSON
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def blobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalBlobs:
    """The blobs of a server that cached three files, the first of them the longest ago."""
    monkeypatch.setenv("AFFINEUR_DATA", str(tmp_path))
    monkeypatch.setenv("AFFINEUR_KEEP_FREE_BYTES", "1")
    monkeypatch.setattr(eviction, "GRACE", timedelta(0))
    blobs = LocalBlobs(tmp_path / "blobs")
    with sqlite_database(tmp_path / "affineur.db") as database, database.writing() as conn:
        for number in range(3):
            sha256 = _kept(blobs, number)
            listings.keep_file(conn, LONG_AGO + timedelta(days=number), HeldFile(sha256, 1024))
    return blobs


def _kept(blobs: LocalBlobs, number: int) -> Sha256:
    staged = blobs.stage()
    staged.write(bytes([number]) * 1024)
    return staged.commit()


def _told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Told:
    assert run(["cache", *arguments, "--json"]) == 0
    told: Told = json.loads(capsys.readouterr().out)
    return told


def test_the_state_of_the_cache_is_told(
    blobs: LocalBlobs, capsys: pytest.CaptureFixture[str]
) -> None:
    told = _told(capsys, "status")

    assert told["needed"] == {"files": 0, "size_bytes": 0}
    assert told["cached"] == {"files": 3, "size_bytes": 3 * 1024}
    assert (told["limit_bytes"], told["excess_bytes"]) == (20 * 1024**3, 0)
    assert 0 < told["free_bytes"] <= blobs.free_bytes() + 1024**3


def test_people_are_told_it_in_sizes(blobs: LocalBlobs, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "status"]) == 0

    told = capsys.readouterr().out
    assert "cached, needed by nobody\t3\t3.0 KiB" in told
    assert "most that may be cached (cache_bytes)\t\t20.0 GiB" in told
    assert len(list(blobs.digests())) == 3


@pytest.mark.parametrize(
    ("most", "left"), [("0", 0), ("1KiB", 1), ("2.5 kb", 2), ("1G", 3), ("3072", 3)]
)
def test_room_is_made_at_once(
    blobs: LocalBlobs, capsys: pytest.CaptureFixture[str], most: str, left: int
) -> None:
    told = _told(capsys, "evict", "--to", most)

    assert told["evicted"] == {"files": 3 - left, "size_bytes": (3 - left) * 1024}
    assert told["cached"] == {"files": left, "size_bytes": left * 1024}
    assert len(list(blobs.digests())) == left


def test_without_a_size_the_settings_say_how_much_goes(
    blobs: LocalBlobs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFFINEUR_CACHE_BYTES", "2048")

    assert _told(capsys, "evict")["evicted"] == {"files": 1, "size_bytes": 1024}
    assert len(list(blobs.digests())) == 2


@pytest.mark.parametrize("size", ["much", "-1", "5 PiB", "1e9", ""])
def test_what_is_no_size_is_wrong_use(
    blobs: LocalBlobs, capsys: pytest.CaptureFixture[str], size: str
) -> None:
    assert run(["cache", "evict", "--to", size]) == 2
    assert "is no size, such as 5GiB" in capsys.readouterr().err
    assert len(list(blobs.digests())) == 3
