"""What a simple page tells of a project, once, for both of its representations.

Served files and explained ones are told alike, but the explained ones are yanked with the
reason (PEP 592), which is what pip and uv show to whoever asked for exactly that version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from affineur.core.pages import Entry, Page, ProjectStatus

_LOOPBACK = re.compile(r"http://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:/|$)")


@dataclass(frozen=True, slots=True)
class FileLink:
    """One file as a client sees it."""

    filename: str
    url: str
    """Relative to the project's page, without a fragment."""
    sha256: str
    requires_python: str | None
    yanked: str | None
    """The reason in one line, perhaps empty; None when it is not yanked."""
    has_core_metadata: bool
    metadata_sha256: str | None
    """The digest of its core metadata, when it is known already."""
    size_bytes: int | None
    upload_time: str | None
    provenance: str | None
    """An absolute URL on a secure origin (PEP 740), when there is a provenance."""


@dataclass(frozen=True, slots=True)
class ProjectLinks:
    """A project's page as a client sees it."""

    name: str
    files: tuple[FileLink, ...]
    versions: tuple[str, ...]
    status: str | None
    """One of the markers that there are: a client may refuse a page with any other."""
    status_reason: str | None
    tracks: tuple[str, ...]
    alternate_locations: tuple[str, ...]

    @property
    def api_version(self) -> str:
        """The newest version of the simple API whose promises this page keeps.

        1.1 (PEP 700) promises a size for every file; everything that came later is optional.
        """
        return "1.0" if any(link.size_bytes is None for link in self.files) else "1.4"


def links_of(page: Page, files_url: str = "") -> ProjectLinks:
    """Tell what clients may know of a page. A file without a digest has no URL, so no link.

    `files_url` is where the feed's files are, absolute and without a slash at the end: the
    standard wants that for provenances, which are left out when it is no secure origin.
    """
    listed = [entry for entry in page.listed if entry.file.sha256 is not None]
    versions = sorted({entry.file.filename.version for entry in listed})
    secure_url = files_url if is_secure(files_url) else None
    status = page.facts.status if page.facts.status in set(ProjectStatus) else None
    return ProjectLinks(
        page.project,
        tuple(_link(entry, secure_url) for entry in listed),
        tuple(str(version) for version in versions),
        status,
        one_line(page.facts.status_reason or "") or None if status else None,
        page.facts.tracks,
        page.facts.alternate_locations,
    )


def is_secure(url: str) -> bool:
    """Whether a URL's origin is one that clients may trust the network to (PEP 740)."""
    return url.startswith("https://") or _LOOPBACK.match(url) is not None


def _link(entry: Entry, secure_url: str | None) -> FileLink:
    file = entry.file
    since = file.known_since
    path = f"{file.sha256}/{quote(file.filename.text, safe='')}"
    has_provenance = secure_url is not None and file.has_provenance
    return FileLink(
        filename=file.filename.text,
        url=f"../../files/{path}",
        sha256=str(file.sha256),
        requires_python=one_line(file.requires_python or "") or None,
        yanked=_yanked(entry),
        has_core_metadata=file.is_wheel,
        metadata_sha256=file.metadata_sha256 if file.is_wheel else None,
        size_bytes=file.size_bytes or None,
        upload_time=_moment(since) if since else None,
        provenance=f"{secure_url}/{path}.provenance" if has_provenance else None,
    )


def _moment(moment: datetime) -> str:
    """Write a moment as PEP 700 wants it: in UTC, with six digits and a Z."""
    bare = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{bare.isoformat(timespec='microseconds')}Z"


def _yanked(entry: Entry) -> str | None:
    if entry.withheld is not None:
        return one_line(entry.withheld.reason) or entry.withheld.rule.value
    return None if entry.file.yanked is None else one_line(entry.file.yanked)


def one_line(text: str) -> str:
    """Take line breaks and control characters out of a text, as clients print it."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())
