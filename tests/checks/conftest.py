"""What the tests of checks share: reading an archive, and the subject of a check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from affineur.checks.child import report
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename, IndexFile
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable, Subject
from support.dists import Dist, wheel
from support.signed import GITHUB, GITHUB_PROVENANCE, HEAD
from support.values import NOW, digest

Read = Callable[[str, bytes], ArchiveReport]
Look = Callable[..., Subject]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read an archive as the child does, in this process, with 1 GiB to inflate."""

    def read_it(filename: str, data: bytes) -> ArchiveReport:
        path = tmp_path / "archive"
        path.write_bytes(data)
        return report(path, Filename.parse(filename), 1024**3)

    return read_it


@pytest.fixture
def defects(read: Read) -> Callable[[str, bytes], set[str]]:
    """Name the defects of an archive."""
    return lambda filename, data: {one.id for one in read(filename, data).defects}


@pytest.fixture
def subject() -> Look:
    """Make the subject of a check: a file, its metadata, and further fields of `Subject`."""

    def make(
        filename: str = "spam-1.0-py3-none-any.whl", metadata: str | None = None, **fields: object
    ) -> Subject:
        archive = ArchiveReport(metadata=metadata.encode() if metadata is not None else None)
        file = RequestFile(Filename.parse(filename), digest(filename), size_bytes=10)
        return replace(Subject(file, NOW, archive), **fields)  # type: ignore[arg-type]  # by name

    return make


def unreadable() -> NotAssessable:
    return NotAssessable("reading it took longer than 60 seconds")


def of(dist: Dist) -> tuple[str, bytes]:
    return dist.filename, dist.data


@pytest.fixture
def signed(subject: Look) -> Look:
    """A file that GitHub Actions built, with its provenance and a page that lists it."""

    def make(metadata: str = HEAD, **fields: object) -> Subject:
        listed = IndexFile(GITHUB.filename, GITHUB.sha256)
        told = {"file": GITHUB, "index": listed, "provenance": GITHUB_PROVENANCE}
        return subject(metadata=metadata, **(told | fields))

    return make


@pytest.fixture
def scan(read: Read) -> Callable[[Mapping[str, str | bytes]], ArchiveReport]:
    """Read a wheel that holds these files."""

    def scan_it(files: Mapping[str, str | bytes]) -> ArchiveReport:
        contents = {
            name: body.encode() if isinstance(body, str) else body for name, body in files.items()
        }
        return read(*of(wheel("spam", "1.0", files=contents)))

    return scan_it
