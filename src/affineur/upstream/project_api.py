"""Filling in what a simple page does not say, from `/pypi/{project}/json`.

Many mirrors answer HTML without upload times. The older project API tells them, and sizes
and more. What it says counts only for the same filename with the same digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from affineur.core.files import IndexFile
from affineur.core.names import ProjectName
from affineur.upstream.json_page import parse_object, size_in_bytes
from affineur.upstream.links import Listing, moment, python_versions

_SIMPLE = "simple/"


def api_location(index_url: str, project: ProjectName) -> str | None:
    """Where an index would have its project API; None when its URL does not say."""
    if not index_url.endswith(f"/{_SIMPLE}"):
        return None
    return f"{index_url.removesuffix(_SIMPLE)}pypi/{project}/json"


def lacks_times(files: Sequence[IndexFile]) -> bool:
    """Whether there are files, and the index gave no upload time for any."""
    return bool(files) and all(file.uploaded_at is None for file in files)


def fill_in(listed: Listing, body: bytes) -> Listing:
    """Add what the API says and the page did not; raise `UnusablePage` when it is no answer."""
    told = {
        (release.get("filename"), _sha256(release)): release
        for release in _releases(parse_object(body))
    }
    files = tuple(
        _filled(file, told.get((file.filename.text, file.sha256)))
        if file.sha256 is not None
        else file
        for file in listed.files
    )
    return replace(listed, files=files)


def _releases(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:  # Any: JSON
    releases = answer.get("releases")
    lists = [answer.get("urls"), *(releases.values() if isinstance(releases, dict) else ())]
    for files in lists:
        for file in files if isinstance(files, list) else ():
            if isinstance(file, dict) and isinstance(file.get("filename"), str):
                yield file


def _sha256(release: dict[str, Any]) -> str | None:  # Any: JSON
    """Give what it says; that counts only where the page says the same."""
    digests = release.get("digests")
    told = digests.get("sha256") if isinstance(digests, dict) else None
    return told.lower() if isinstance(told, str) else None


def _filled(file: IndexFile, release: dict[str, Any] | None) -> IndexFile:  # Any: JSON
    if release is None:
        return file
    uploaded_at = release.get("upload_time_iso_8601")
    pythons = release.get("requires_python")
    return replace(
        file,
        size_bytes=file.size_bytes or size_in_bytes(release.get("size")),
        uploaded_at=moment(uploaded_at if isinstance(uploaded_at, str) else None),
        requires_python=file.requires_python
        or python_versions(pythons if isinstance(pythons, str) else None),
        yanked=file.yanked if file.yanked is not None else _yanked(release),
    )


def _yanked(release: dict[str, Any]) -> str | None:  # Any: JSON
    if release.get("yanked") is not True:
        return None
    reason = release.get("yanked_reason")
    return reason if isinstance(reason, str) else ""
