"""From what an index says of a file to an `IndexFile`, whatever form it was said in.

Links to what is no distribution of the project are left out and named; a filename that is
linked with two digests is left out too, since nobody can say which of them is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from affineur.core.errors import BadInput
from affineur.core.files import Filename, IndexFile
from affineur.core.names import ProjectName, Sha256, parse_project, parse_sha256
from affineur.core.pages import ProjectFacts

_LONGEST_TOLD = 200
_LONGEST_REASON = 1000
_LONGEST_SPECIFIER = 500
_LONGEST_MOMENT = 64
_END_OF_TIME = 9000
"""The year in which we stop to believe in upload times."""
_LONGEST_URL = 2000
_MOST_LOCATIONS = 20
_STATUS = re.compile(r"[a-z][a-z0-9-]{0,31}")
_WEB = re.compile(
    r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/[^?#\\]*", re.IGNORECASE
)


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
    provenance: str | None = None
    """An absolute URL."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an index told of a project as a whole, nothing checked yet."""

    status: str | None = None
    reason: str | None = None
    tracks: Sequence[str] = ()
    """Absolute URLs, as those that follow."""
    alternate_locations: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands on a page."""

    files: tuple[IndexFile, ...]
    skipped: tuple[str, ...] = ()
    facts: ProjectFacts = ProjectFacts()


def listing(project: ProjectName, links: Iterable[Link], told: Told = Told()) -> Listing:
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
    return Listing(tuple(files.values()), tuple(skipped), facts(project, told))


def facts(project: ProjectName, told: Told) -> ProjectFacts:
    """Check what an index told of a project; what is no fact that we could repeat is dropped."""
    status = (told.status or "").lower()
    is_status = _STATUS.fullmatch(status) is not None
    tracks = (url for url in locations(told.tracks) if _is_page_of(project, url))
    return ProjectFacts(
        status if is_status else None,
        reason(told.reason) or None if is_status else None,
        tuple(tracks),
        tuple(locations(told.alternate_locations)),
    )


def locations(urls: Iterable[str]) -> list[str]:
    """Keep the web addresses among these: no credentials, no queries, and not too many."""
    plain = (url for url in urls if len(url) <= _LONGEST_URL and is_plain_location(url))
    return list(islice(dict.fromkeys(plain), _MOST_LOCATIONS))


def is_plain_location(url: str) -> bool:
    """Whether a URL is of the web, has no credentials or query, and can be shown as it is."""
    return url.isascii() and url.isprintable() and " " not in url and bool(_WEB.fullmatch(url))


def reason(text: str | None) -> str | None:
    """Take a reason as one line that is not too long; None when nothing was said."""
    if text is None:
        return None
    printable = (c if c.isprintable() else " " for c in text[: 2 * _LONGEST_REASON])
    return " ".join("".join(printable).split())[:_LONGEST_REASON]


def moment(text: str | None) -> datetime | None:
    """Read an upload time (ISO 8601, UTC unless it says otherwise); None when it is none."""
    if text is None or len(text) > _LONGEST_MOMENT:
        return None
    try:
        read = datetime.fromisoformat(text)
        utc = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return utc if utc.year < _END_OF_TIME else None  # an age is added to it


@lru_cache(1024)  # the files of a project say the same few things
def python_versions(text: str | None) -> str | None:
    """Check a Requires-Python; None when it is empty or cannot be read."""
    if not text or len(text) > _LONGEST_SPECIFIER:
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
        reason(link.yanked),
        digest(link.metadata_sha256),
        link.location,
        f"{link.location}.metadata" if link.has_metadata else None,
        provenance_location=_provenance(link.provenance),
    )


def _provenance(url: str | None) -> str | None:
    """Where a provenance is; whether it may be fetched from there is asked when it is."""
    is_web = url is not None and url.startswith(("https://", "http://"))
    return url if is_web and url is not None and len(url) <= _LONGEST_URL else None


def _is_page_of(project: ProjectName, url: str) -> bool:
    """Whether a URL names the project's own page: a project tracks its namesake only."""
    try:
        return parse_project(unquote(url.rstrip("/").rpartition("/")[2])) == project
    except BadInput:
        return False


def _told(filename: str) -> str:
    return filename[:_LONGEST_TOLD].encode("unicode_escape").decode()
