"""Simple pages as HTML: PEP 503, with PEP 592, 629, 658/714, 708, 740 and 792.

`data-upload-time` is in no standard; some indexes tell it so, and uv reads it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from affineur.core.names import ProjectName
from affineur.web.index.links import FileLink, ProjectLinks


def project(page: ProjectLinks) -> bytes:
    """Render a project's page."""
    metas = [("pypi:repository-version", page.api_version)]
    if page.status:
        metas.append(("pypi:project-status", page.status))
    if page.status_reason:
        metas.append(("pypi:project-status-reason", page.status_reason))
    metas += [("pypi:tracks", url) for url in page.tracks]
    metas += [("pypi:alternate-locations", url) for url in page.alternate_locations]
    return _document(f"Links for {page.name}", metas, (_anchor(link) for link in page.files))


def root(names: Sequence[ProjectName]) -> bytes:
    """Render the list of all projects."""
    anchors = (f'<a href="{escape(name)}/">{escape(name)}</a><br>' for name in names)
    return _document("Simple index", [("pypi:repository-version", "1.0")], anchors)


def _document(title: str, metas: Iterable[tuple[str, str]], anchors: Iterable[str]) -> bytes:
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        *(f'<meta name="{name}" content="{escape(content)}">' for name, content in metas),
        f"<title>{escape(title)}</title>",
        "</head>",
        "<body>",
        f"<h1>{escape(title)}</h1>",
        *anchors,
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines).encode()


def _anchor(link: FileLink) -> str:
    metadata = _core_metadata(link)
    attributes = {
        "href": f"{link.url}#sha256={link.sha256}",
        "data-requires-python": link.requires_python,
        "data-yanked": link.yanked,
        "data-core-metadata": metadata,
        "data-dist-info-metadata": metadata,  # the old name, which PEP 714 allows in HTML only
        "data-provenance": link.provenance,
        "data-upload-time": link.upload_time,
    }
    told = " ".join(
        f'{name}="{escape(value)}"' for name, value in attributes.items() if value is not None
    )
    return f"<a {told}>{escape(link.filename)}</a><br>"


def _core_metadata(link: FileLink) -> str | None:
    if not link.has_core_metadata:
        return None
    return f"sha256={link.metadata_sha256}" if link.metadata_sha256 else "true"
