"""Simple pages as JSON (PEP 691, PEP 700, PEP 714, PEP 792)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from affineur.core.names import ProjectName
from affineur.web.index.links import FileLink, ProjectLinks

_Json = dict[str, object]


def project(page: ProjectLinks) -> bytes:
    """Render a project's page."""
    document: _Json = {
        "meta": {"api-version": page.api_version},
        "name": page.name,
        "versions": page.versions,
        "files": [_file(link) for link in page.files],
    }
    if page.status:
        document["project-status"] = {"status": page.status}
    return orjson.dumps(document)


def root(names: Sequence[ProjectName]) -> bytes:
    """Render the list of all projects."""
    projects = [{"name": name} for name in names]
    return orjson.dumps({"meta": {"api-version": "1.0"}, "projects": projects})


def _file(link: FileLink) -> _Json:
    told: _Json = {
        "filename": link.filename,
        "url": link.url,
        "hashes": {"sha256": link.sha256},
    }
    optional: _Json = {
        "requires-python": link.requires_python,
        "yanked": None if link.yanked is None else link.yanked or True,
        "core-metadata": _core_metadata(link),
        "size": link.size_bytes,
        "upload-time": link.upload_time,
    }
    return told | {key: value for key, value in optional.items() if value is not None}


def _core_metadata(link: FileLink) -> object:
    if not link.has_core_metadata:
        return None
    return {"sha256": link.metadata_sha256} if link.metadata_sha256 else True
