"""What the use cases need from the world, as Protocols; the contract of each stands here once.

`bootstrap.py` picks the implementations. Each Protocol has one suite under
`tests/contracts/` that every implementation passes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from packaging.version import Version

from affineur.core.archive_ports import ArchiveDiffer, ArchiveReader, MemberReader
from affineur.core.files import IndexFile
from affineur.core.findings import Fact, Outcome
from affineur.core.names import ProjectName, Sha256
from affineur.core.pages import ProjectFacts
from affineur.core.requests import Ask, Closure, RequestFile
from affineur.core.spans import Piece, Span, Tail
from affineur.core.subjects import Need, Subject
from affineur.core.validators import Validators


class Clock(Protocol):
    """The time of day, so that tests can set it."""

    def now(self) -> datetime:
        """Give the moment, in UTC, with its time zone."""
        ...


# --- bytes -------------------------------------------------------------------------------


class Staged(Protocol):
    """A blob that is being written. It counts for nothing until it is committed."""

    @property
    def path(self) -> Path:
        """The local temporary file, readable while it grows."""
        ...

    @property
    def size_bytes(self) -> int:
        """What was written so far."""
        ...

    def reserve(self, size_bytes: int) -> None:
        """Say how large it will be, 0 when nobody knows, before or while it is written.

        From then on it leaves free what the store keeps free: this, and `write` beyond it,
        raise `NoRoom` when the disk, with all that others reserved, has no room for it. What
        the server makes for itself is not reserved, and may use the room that is kept free.
        """
        ...

    def write(self, chunk: bytes) -> None:
        """Append bytes; a reader of `path` sees them when this returns."""
        ...

    def sha256(self) -> Sha256:
        """Give the digest of what was written so far."""
        ...

    def commit(self) -> Sha256:
        """Make it a blob for good: flushed to disk, then renamed to its digest. Blocking.

        Committing bytes that are already held is no error. Raise `Unavailable` when the
        disk does not take it; then nothing is held.
        """
        ...

    def discard(self) -> None:
        """Throw it away; no error when it was committed or discarded before."""
        ...


class Blobs(Protocol):
    """Content-addressed bytes. What is held under a digest never changes."""

    def stage(self) -> Staged:
        """Begin a blob."""
        ...

    def has(self, sha256: Sha256) -> bool:
        """Whether the bytes are held. Blocking."""
        ...

    def size_bytes(self, sha256: Sha256) -> int:
        """Give the size of a held blob; raise `NotFound` when it is not held. Blocking."""
        ...

    def read(self, sha256: Sha256) -> bytes:
        """Give the whole blob; raise `NotFound` when it is not held. Blocking."""
        ...

    def local_path(self, sha256: Sha256) -> Path | None:
        """Give the blob as a local file to send, never to write; None when it is remote."""
        ...

    def stream(self, sha256: Sha256, start: int, stop: int) -> AsyncIterator[bytes]:
        """Give the bytes from `start` up to, without, `stop`."""
        ...

    def as_file(self, sha256: Sha256) -> AbstractContextManager[Path]:
        """Give the blob as a local file for the length of a `with`. Blocking."""
        ...

    def digests(self) -> Iterator[Sha256]:
        """All digests held, in no order. Blocking."""
        ...

    def delete(self, sha256: Sha256) -> None:
        """Forget a blob; no error when it is not held. Blocking."""
        ...

    def free_bytes(self) -> int | None:
        """Say how much more the store can take; None when nobody knows of a limit. Blocking."""
        ...

    def sweep_staging(self, older_than_s: float) -> int:
        """Remove what writers left behind; return how many. Blocking."""
        ...


# --- external indexes --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Site:
    """An external index as a connector reaches it."""

    url: str
    """The URL of its simple index (PEP 503), ending in '/'."""
    origins: tuple[str, ...] = ()
    """Further origins (`https://host[:port]`) that its files and redirects may lead to."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    """Sent to the origin of `url` alone."""
    timeout_s: float = 20.0
    """Longest silence, connecting or between two reads."""
    max_page_bytes: int = 64 * 1024 * 1024
    max_file_bytes: int = 4 * 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class UpstreamPage:
    """What an external index says of a project."""

    project: ProjectName
    files: tuple[IndexFile, ...]
    facts: ProjectFacts = ProjectFacts()
    etag: str | None = None
    skipped: tuple[str, ...] = ()
    """Links that were left out because they name no distribution that we could hold."""


@dataclass(frozen=True, slots=True)
class NotModified:
    """The page is as it was under the ETag that was given."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The index answered that it has no such project."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is being fetched."""

    size_bytes: int | None
    chunks: AsyncIterator[bytes]
    """Raises `UpstreamTrouble` when it breaks off, is too large or too slow."""
    state: Validators = Validators()
    is_unchanged: bool = False
    """Whether it is as it was in the state that was asked about; then there are no bytes."""


@dataclass(frozen=True, slots=True)
class NoRanges:
    """The origin gives a file whole or not at all."""


@dataclass(frozen=True, slots=True)
class NameList:
    """The names of all projects of an external index, as they were written to a file."""

    count: int
    etag: str | None = None


class Upstream(Protocol):
    """External indexes: reading only, within the limits of the `Site`."""

    async def page(
        self, site: Site, project: ProjectName, etag: str | None = None
    ) -> UpstreamPage | NotModified | Missing:
        """Ask for a project's page, JSON before HTML; raise `UpstreamTrouble` on anything else."""
        ...

    def file(
        self, site: Site, location: str, unless: Validators | None = None
    ) -> AbstractAsyncContextManager[Download]:
        """Fetch a file, unless it is still in a state in which it was fetched before.

        Raise `UpstreamTrouble` when it is not to be had or not allowed.
        """
        ...

    async def piece(
        self, site: Site, location: str, wanted: Span | Tail, of: Piece | None = None
    ) -> Piece | NoRanges:
        """Read a piece of a file and no more, under the same rules and limits as `file`.

        `of` is a piece that was read before: the file must still be in that state. A file
        that is no longer than a wanted `Tail` may come whole. Of an origin that ignores the
        question nothing is read but the headers. Raise `UpstreamTrouble` when the file is not
        to be had, has changed, or when something else comes than was asked for.
        """
        ...

    async def names(
        self, site: Site, into: Path, etag: str | None = None
    ) -> NameList | NotModified | Missing:
        """Write the names of all projects to a new file: normalised, sorted, one a line.

        What cannot be a name is left out. There may be a million: they are never held in the
        memory of this process. Raise `UpstreamTrouble` on anything but a list of projects.
        """
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


# --- vetting -----------------------------------------------------------------------------


class Check(Protocol):
    """Looks at one file. Pure: all that it may know is in the subject."""

    @property
    def name(self) -> str:
        """Stable, in kebab case."""
        ...

    @property
    def version(self) -> int:
        """Rises when the same subject may get another outcome."""
        ...

    @property
    def needs(self) -> frozenset[Need]:
        """The parts of the subject that it looks at: when none of them changed, nothing did.

        Its outcome is kept for the file's digest, and given again while its version and what
        it needs stay as they were.
        """
        ...

    @property
    def wants(self) -> tuple[str, ...]:
        """Small text files that it reads: `fnmatch` patterns of paths within the distribution.

        `*.dist-info/entry_points.txt` of a wheel, `setup.py` of an sdist (its root folder is
        no part of the path). They come in `ArchiveReport.texts`, 256 files of 256 KiB at most.
        """
        ...

    def look(self, subject: Subject) -> Outcome:
        """Say what it sees, or why it could not look. Raising counts as could not assess."""
        ...


# --- resolving ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IndexAccess:
    """Where and how a resolver may read a feed."""

    url: str
    """The feed's simple index."""
    token: str


class StaticRequirements(Protocol):
    """Looks up what an sdist states as its requirements."""

    def __call__(self, file: RequestFile) -> Awaitable[tuple[str, ...] | None]:
        """Give its Requires-Dist lines; None when only running its code could tell (PEP 643)."""
        ...


class Resolver(Protocol):
    """Finds the closure of what is asked for, running no package's code."""

    async def resolve(
        self,
        ask: Ask,
        index: IndexAccess,
        static: StaticRequirements,
        preferred: Sequence[tuple[ProjectName, Version]] = (),
    ) -> Closure:
        """Give the closure with files; raise `ResolutionFailed` with what the resolver said.

        Of the releases that would do, `preferred` ones are taken before newer ones.
        Raise `UpstreamTrouble` when the feed did not answer: trying again may help.
        """
        ...

    async def lock(self, ask: Ask, index: IndexAccess, static: StaticRequirements) -> str:
        """Give a pylock.toml (PEP 751) of the closure, with remarks as comments; raise likewise."""
        ...


@dataclass(frozen=True, slots=True)
class Vetting:
    """All that vetting needs: the archive reader and the checks, in order."""

    reader: ArchiveReader
    checks: Sequence[Check]
    differ: ArchiveDiffer | None = None
    """None where nobody asks for differences."""
    opener: MemberReader | None = None
    """None where nobody reads in archives."""


# --- conditions of policies --------------------------------------------------------------


class CannotTell(Exception):
    """A condition has no answer for these facts; `reason` says which is missing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Condition(Protocol):
    """One condition of a rule, ready to be asked. Pure, and bounded in what it costs."""

    @property
    def names(self) -> frozenset[str]:
        """The facts that it speaks of."""
        ...

    def holds(self, facts: Mapping[str, Fact]) -> bool:
        """Say whether it holds; raise `CannotTell` when a fact that decides is missing."""
        ...


class Conditions(Protocol):
    """Reads conditions that people write."""

    def read(self, text: str) -> Condition:
        """Read one; raise `BadInput` with the place of what is wrong or would cost too much."""
        ...
