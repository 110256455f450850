"""All checks over single files, offline, on the product's code path: reader, checks, assess."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from affineur.bootstrap import vetting
from affineur.config import Settings
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.findings import Assessment, Finding, Severity
from affineur.core.known_names import KnownNames
from affineur.core.names import Sha256, parse_project
from affineur.core.ports import Vetting
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable, Previous, Subject
from affineur.core.vetting import assess
from bench.real_wheels import most_downloaded


@dataclass(frozen=True, slots=True)
class Looked:
    """What all checks said of one file."""

    assessment: Assessment
    archive: ArchiveReport | NotAssessable
    took_s: float

    def weighty(self, *checks: str) -> tuple[Finding, ...]:
        """Give the findings of these checks for which a person would have to look."""
        told = (one for one in self.assessment.findings if one.check in checks)
        return tuple(one for one in told if one.severity is not Severity.INFO)


@contextmanager
def vetting_parts() -> Iterator[Vetting]:
    """Put the reader and the checks together as a server does, with its default settings."""
    with TemporaryDirectory(prefix="affineur-bench-") as data:
        yield vetting(Settings(data=Path(data)))


def popular() -> KnownNames:
    """Take the most downloaded names for popular."""
    names = tuple(parse_project(name) for name in most_downloaded())
    return KnownNames(popular=names, popular_as_of=datetime.now(UTC))


def request_file(path: Path) -> RequestFile:
    """Name a file on this disk as a request would."""
    with path.open("rb") as file:
        sha256 = Sha256(file_digest(file, "sha256").hexdigest())
    return RequestFile(Filename.parse(path.name), sha256, path.stat().st_size)


def look(parts: Vetting, path: Path, names: KnownNames, previous: Previous | None = None) -> Looked:
    """Read one file, and let every check look at it; nothing is asked of any index."""
    began = time.monotonic()
    of = request_file(path)
    archive: ArchiveReport | NotAssessable
    try:
        archive = parts.reader.read(path, of.filename)
    except NotAssessable as error:
        archive = error
    subject = Subject(of, datetime.now(UTC), archive, names=names, previous=previous)
    return Looked(assess(parts.checks, subject), archive, time.monotonic() - began)
