"""Vetting without a server: files on this machine, or releases of an index.

Of a file on this machine nothing is looked up anywhere: its name may be the house's own, which
no index outside is to learn. Of a release that is named, its index is asked, as pip would.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.version import Version

from affineur.core.advisories import Advisories
from affineur.core.archives import ArchiveReport
from affineur.core.errors import BadInput, DomainError, NotFound, UpstreamChanged
from affineur.core.files import FileKind, Filename, IndexFile
from affineur.core.known_names import KnownNames
from affineur.core.names import ProjectName, Sha256
from affineur.core.ports import Clock, Missing, NotModified, Site, Upstream, UpstreamPage, Vetting
from affineur.core.predecessors import most_alike
from affineur.core.requests import RequestFile
from affineur.core.selection import Selection
from affineur.core.subjects import House, NotAssessable, Previous, Sibling, Subject
from affineur.core.vetted import Vetted, plain_verdict
from affineur.core.vetting import assess

_MOST_SIBLINGS = 4
_PIECE = 1024 * 1024
_MAX_PROVENANCE_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Desk:
    """All that vetting needs when there is no server."""

    vetting: Vetting
    upstream: Upstream
    site: Site
    """The index that releases are looked up in."""
    selection: Selection
    house: House
    clock: Clock
    folder: Path
    """Where files are put that are fetched; whoever makes the desk clears it away."""
    names: KnownNames | NotAssessable
    advisories: Mapping[ProjectName, Advisories]
    archives: dict[Path, ArchiveReport | NotAssessable] = field(default_factory=dict)
    """What was read so far."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to look at, and what its index says of it."""

    path: Path
    file: RequestFile
    index: IndexFile | None = None
    page: UpstreamPage | None = None
    provenance: bytes | NotAssessable | None = None


def of_path(path: Path) -> Sample:
    """Take a distribution on this machine; raise `BadInput` when it is none, `NotFound` if gone."""
    filename = Filename.parse(path.name)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = path.stat().st_size
    except IsADirectoryError as error:
        raise BadInput(f"{path} is a folder, not a distribution.") from error
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.") from error
    return Sample(path, RequestFile(filename, Sha256(digest), size_bytes))


async def of_release(desk: Desk, project: ProjectName, version: Version) -> list[Sample]:
    """Fetch the files of a release that this house would use; raise `NotFound` when there is none.

    Raise `UpstreamTrouble` when the index does not answer, `UpstreamChanged` when it gives
    other bytes than it announces.
    """
    page = await page_of(desk, project)
    found = {one.filename: one for one in page.files if one.filename.version == version}
    if not found:
        raise NotFound(
            f"'{project}' has no version {version} there.", hint=_versions_hint(page.files)
        )
    wanted = desk.selection.of(list(found))
    return [await fetch(desk, page, found[filename]) for filename in wanted]


async def page_of(desk: Desk, project: ProjectName) -> UpstreamPage:
    """Ask the index for a project; raise `NotFound` when it has none."""
    page = await desk.upstream.page(desk.site, project)
    if isinstance(page, Missing | NotModified):
        raise NotFound(f"The index has no project '{project}'.")
    return page


def vet(
    desk: Desk, sample: Sample, against: Sequence[Sample] = (), beside: Sequence[Sample] = ()
) -> Vetted:
    """Let every check look at a file, and compare it with the most similar of another version.

    Of `beside`, other files that are at hand, those of its own release are looked at with it.
    The answer follows no feed's policy: see `core.vetted.plain_verdict`. Blocking.
    """
    subject = replace(_subject(desk, sample), release=_siblings(desk, sample, beside))
    if against:
        by_name = {one.file.filename: one for one in against}
        before, _ = most_alike(by_name, [sample.file.filename])
        subject = replace(subject, previous=_previous(desk, by_name[before]))
    assessment = assess(desk.vetting.checks, subject)
    return Vetted(sample.file, assessment, plain_verdict(assessment))


def _siblings(desk: Desk, sample: Sample, others: Sequence[Sample]) -> tuple[Sibling, ...]:
    """Read the sdist of a file's release, and a few other files of it."""
    mine = sample.file.filename
    release = [
        one
        for one in others
        if (one.file.filename.project, one.file.filename.version) == (mine.project, mine.version)
        and one.file.sha256 != sample.file.sha256
    ]
    release.sort(key=lambda one: (one.file.filename.kind is FileKind.WHEEL, one.path.name))
    return tuple(Sibling(one.file, _read(desk, one)) for one in release[:_MOST_SIBLINGS])


def _subject(desk: Desk, sample: Sample) -> Subject:
    return Subject(
        file=sample.file,
        now=desk.clock.now(),
        archive=_read(desk, sample),
        index=sample.index,
        project_status=sample.page.facts.status if sample.page else None,
        project_files=sample.page.files if sample.page else (),
        advisories=desk.advisories.get(sample.file.filename.project, Advisories()),
        names=desk.names,
        provenance=sample.provenance,
        house=desk.house,
    )


def _previous(desk: Desk, sample: Sample) -> Previous:
    subject = _subject(desk, sample)
    assessment = assess(desk.vetting.checks, subject)
    facts = {outcome.check: outcome.facts for outcome in assessment.outcomes}
    return Previous(sample.file, subject.now, subject.archive, assessment.findings, facts)


def _read(desk: Desk, sample: Sample) -> ArchiveReport | NotAssessable:
    """Read a file once, in however many comparisons it takes part."""
    if sample.path not in desk.archives:
        try:
            desk.archives[sample.path] = desk.vetting.reader.read(sample.path, sample.file.filename)
        except NotAssessable as error:
            desk.archives[sample.path] = error
    return desk.archives[sample.path]


async def fetch(desk: Desk, page: UpstreamPage, file: IndexFile) -> Sample:
    """Fetch one file; raise `UpstreamChanged` when it is not what the index announces."""
    name = file.filename.text
    if file.location is None or file.sha256 is None:
        raise UpstreamChanged(f"The index announces no digest of {name}.")
    path = desk.folder / name
    digest = await _download(desk, file.location, path)
    if digest != file.sha256:
        raise UpstreamChanged(f"What the index gives as {name} is not what it announces.")
    size_bytes = await asyncio.to_thread(lambda: path.stat().st_size)
    kept = RequestFile(file.filename, file.sha256, size_bytes, file.uploaded_at)
    return Sample(path, kept, file, page, await _provenance(desk, file))


async def _download(desk: Desk, location: str, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as into:
        async with desk.upstream.file(desk.site, location) as download:
            async for chunk in download.chunks:
                digest.update(chunk)
                await asyncio.to_thread(into.write, chunk)
    return digest.hexdigest()


async def _provenance(desk: Desk, file: IndexFile) -> bytes | NotAssessable | None:
    if file.provenance_location is None:
        return None
    site = replace(desk.site, max_file_bytes=_MAX_PROVENANCE_BYTES)
    try:
        async with desk.upstream.file(site, file.provenance_location) as download:
            return b"".join([chunk async for chunk in download.chunks])
    except DomainError as error:
        return NotAssessable(f"its provenance could not be had: {error.message}")


def _versions_hint(files: Sequence[IndexFile]) -> str:
    newest = sorted({one.filename.version for one in files}, reverse=True)[:5]
    return f"Its newest versions: {', '.join(map(str, newest))}." if newest else ""
