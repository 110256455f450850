"""From what an index says of a file to an `IndexFile`, whatever form it was said in.

Links to what is no distribution of the project are left out and named; a filename that is
linked with two digests is left out too, since nobody can say which of them is meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from affineur.core.errors import BadInput
from affineur.core.files import Filename, IndexFile
from affineur.core.names import ProjectName, Sha256, parse_sha256

_LONGEST_TOLD = 200


class UnusablePage(Exception):
    """An answer is no page of this project; the text is the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Link:
    """A file as an index told it, nothing checked yet."""

    filename: str
    location: str
    sha256: str | None = None
    size_bytes: int | None = None
    uploaded_at: str | None = None
    requires_python: str | None = None
    yanked: str | None = None
    has_metadata: bool = False
    metadata_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands on a page."""

    files: tuple[IndexFile, ...]
    skipped: tuple[str, ...] = ()
    status: str | None = None


def listing(project: ProjectName, links: Iterable[Link], status: str | None = None) -> Listing:
    """Keep the links to distributions of the project, in their order; name the others."""
    files: dict[str, IndexFile] = {}
    skipped: list[str] = []
    ambiguous: set[str] = set()
    for link in links:
        file = _file(project, link)
        if file is None:
            skipped.append(_told(link.filename))
        elif files.setdefault(link.filename, file).sha256 != file.sha256:
            ambiguous.add(link.filename)
    for filename in sorted(ambiguous):
        del files[filename]
        skipped.append(f"{filename} (listed with two digests)")
    return Listing(tuple(files.values()), tuple(skipped), status)


def moment(text: str | None) -> datetime | None:
    """Read an upload time (ISO 8601, UTC unless it says otherwise); None when it is none."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@lru_cache(1024)  # the files of a project say the same few things
def python_versions(text: str | None) -> str | None:
    """Check a Requires-Python; None when it is empty or cannot be read."""
    if not text:
        return None
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return None
    return text


def digest(text: str | None) -> Sha256 | None:
    """Check a sha256; None when it is none."""
    if text is None:
        return None
    try:
        return parse_sha256(text)
    except BadInput:
        return None


def _file(project: ProjectName, link: Link) -> IndexFile | None:
    try:
        filename = Filename.parse(link.filename)
    except BadInput:
        return None
    if filename.project != project:
        return None
    return IndexFile(
        filename,
        digest(link.sha256),
        link.size_bytes,
        moment(link.uploaded_at),
        python_versions(link.requires_python),
        link.yanked,
        digest(link.metadata_sha256),
        link.location,
        f"{link.location}.metadata" if link.has_metadata else None,
    )


def _told(filename: str) -> str:
    return filename[:_LONGEST_TOLD].encode("unicode_escape").decode()
