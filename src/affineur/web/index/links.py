"""What a simple page tells of a project, once, for both of its representations.

Served files and explained ones are told alike, but the explained ones are yanked with the
reason (PEP 592), which is what pip and uv show to whoever asked for exactly that version.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from affineur.core.pages import Entry, Page


@dataclass(frozen=True, slots=True)
class FileLink:
    """One file as a client sees it."""

    filename: str
    url: str
    """Relative to the project's page, without a fragment."""
    sha256: str
    version: str
    requires_python: str | None
    yanked: str | None
    """The reason in one line, perhaps empty; None when it is not yanked."""
    has_core_metadata: bool
    metadata_sha256: str | None
    """The digest of its core metadata, when it is known already."""
    size_bytes: int | None
    upload_time: str | None


@dataclass(frozen=True, slots=True)
class ProjectLinks:
    """A project's page as a client sees it."""

    name: str
    files: tuple[FileLink, ...]
    versions: tuple[str, ...]
    status: str | None

    @property
    def api_version(self) -> str:
        """The newest version of the simple API whose promises this page keeps.

        1.1 (PEP 700) promises a size for every file, 1.4 (PEP 792) adds the status.
        """
        if any(link.size_bytes is None for link in self.files):
            return "1.0"
        return "1.4" if self.status else "1.1"


def links_of(page: Page) -> ProjectLinks:
    """Tell what clients may know of a page. A file without a digest has no URL, so no link."""
    listed = [entry for entry in page.listed if entry.file.sha256 is not None]
    versions = sorted({entry.file.filename.version for entry in listed})
    return ProjectLinks(
        page.project,
        tuple(_link(entry) for entry in listed),
        tuple(str(version) for version in versions),
        page.status,
    )


def _link(entry: Entry) -> FileLink:
    file = entry.file
    uploaded = file.uploaded_at
    return FileLink(
        filename=file.filename.text,
        url=f"../../files/{file.sha256}/{quote(file.filename.text, safe='')}",
        sha256=str(file.sha256),
        version=str(file.filename.version),
        requires_python=file.requires_python or None,
        yanked=_yanked(entry),
        has_core_metadata=file.is_wheel,
        metadata_sha256=file.metadata_sha256 if file.is_wheel else None,
        size_bytes=file.size_bytes or None,
        upload_time=uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if uploaded else None,
    )


def _yanked(entry: Entry) -> str | None:
    if entry.withheld is not None:
        return one_line(entry.withheld.reason) or entry.withheld.rule.value
    return None if entry.file.yanked is None else one_line(entry.file.yanked)


def one_line(text: str) -> str:
    """Take line breaks and control characters out of a text, as clients print it."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())
