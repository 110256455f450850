"""Simple pages as JSON: PEP 691, with PEP 592, 658/714, 700, 708, 740 and 792.

The old name of `core-metadata` is not written: it breaks some versions of pip (PEP 714).
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from affineur.core.names import ProjectName
from affineur.web.index.links import FileLink, ProjectLinks

_Json = dict[str, object]


def project(page: ProjectLinks) -> bytes:
    """Render a project's page."""
    meta: _Json = {"api-version": page.api_version}
    if page.tracks:
        meta["tracks"] = page.tracks
    document: _Json = {
        "meta": meta,
        "name": page.name,
        "versions": page.versions,
        "files": [_file(link) for link in page.files],
    }
    if page.status:
        reason = {"reason": page.status_reason} if page.status_reason else {}
        document["project-status"] = {"status": page.status} | reason
    if page.alternate_locations:
        document["alternate-locations"] = page.alternate_locations
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
        "provenance": link.provenance,
    }
    return told | {key: value for key, value in optional.items() if value is not None}


def _core_metadata(link: FileLink) -> object:
    if not link.has_core_metadata:
        return None
    return {"sha256": link.metadata_sha256} if link.metadata_sha256 else True
