"""How the loopback upstream writes its pages: PEP 691 JSON, PEP 503 HTML, the project API."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from packaging.utils import canonicalize_name

from support.dists import Dist

JSON_PAGE = "application/vnd.pypi.simple.v1+json"
HTML_PAGE = "text/html"


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the index lists it."""

    filename: str
    sha256: str
    size_bytes: int
    url: str
    requires_python: str | None = None
    metadata_sha256: str | None = None
    uploaded_at: datetime | None = None
    yanked: str | None = None
    data: bytes = b""
    metadata: bytes = b""
    provenance: bytes | None = None

    @classmethod
    def of(cls, dist: Dist, url: str, uploaded_at: datetime | None, yanked: str | None) -> Listed:
        """List a distribution that is held at `url`."""
        return cls(
            dist.filename,
            dist.sha256,
            len(dist.data),
            url,
            dist.requires_python,
            dist.metadata_sha256 if dist.is_wheel else None,
            uploaded_at,
            yanked,
            dist.data,
            dist.metadata,
        )

    @property
    def project(self) -> str:
        """The normalised name that the filename begins with."""
        stem = self.filename.removesuffix(".tar.gz")
        name = stem.split("-", 1)[0] if self.filename.endswith(".whl") else stem.rpartition("-")[0]
        return canonicalize_name(name)

    @property
    def version(self) -> str:
        """The version in the filename."""
        return self.filename.removesuffix(".tar.gz").split("-")[1]


def flood(project: str, count: int, url: str) -> list[Listed]:
    """List that many wheels which nobody could download."""
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]
    names = [f"{project}-1.{number}-py3-none-any.whl" for number in range(count)]
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        Listed(name, digest, 1000, f"{url}{digest}/{name}", uploaded_at=moment)
        for name, digest in zip(names, digests, strict=True)
    ]


def json_page(
    project: str, files: Iterable[Listed], facts: Mapping[str, Any], *, has_metadata: bool = True
) -> bytes:
    """Write a page as PEP 691 and its successors say; `facts` are further keys, `meta` too."""
    listed = list(files)
    page = {
        **facts,
        "meta": {"api-version": "1.4"} | facts.get("meta", {}),
        "name": project,
        "files": [_json_file(file, has_metadata=has_metadata) for file in listed],
        "versions": sorted({file.version for file in listed}),
    }
    return json.dumps(page).encode()


def _json_file(file: Listed, *, has_metadata: bool) -> dict[str, Any]:  # Any: JSON
    told: dict[str, Any] = {
        "filename": file.filename,
        "url": file.url,
        "hashes": {"sha256": file.sha256},
        "size": file.size_bytes,
        "yanked": _yanked(file),
    }
    if file.requires_python is not None:
        told["requires-python"] = file.requires_python
    if file.metadata_sha256 is not None and has_metadata:
        told["core-metadata"] = {"sha256": file.metadata_sha256}
    if file.uploaded_at is not None:
        told["upload-time"] = _moment(file.uploaded_at)
    if file.provenance is not None:
        told["provenance"] = f"{file.url}.provenance"
    return told


def json_root(names: Iterable[str]) -> bytes:
    """Write the list of all projects as PEP 691 says, with what one index adds."""
    projects = [{"_last-serial": 1, "name": name} for name in names]
    return json.dumps({"meta": {"api-version": "1.4"}, "projects": projects}).encode()


def html_root(names: Iterable[str]) -> bytes:
    """Write the list of all projects as PEP 503 says."""
    anchors = (
        f'    <a href="/simple/{canonicalize_name(name)}/">{html.escape(name)}</a>\n'
        for name in names
    )
    head = "<!DOCTYPE html>\n<html><head><title>Simple index</title></head>\n<body>\n"
    return (head + "".join(anchors) + "</body></html>\n").encode()


def html_page(project: str, files: Iterable[Listed], *, tells_times: bool) -> bytes:
    """Write a page as PEP 503 says; `data-upload-time` is what some mirrors add."""
    title = f"Links for {html.escape(project)}"
    anchors = [_anchor(file, tells_times=tells_times) for file in files]
    head = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1>\n"
    return (head + "".join(anchors) + "</body></html>\n").encode()


def _anchor(file: Listed, *, tells_times: bool) -> str:
    attributes = {"href": f"{file.url}#sha256={file.sha256}"}
    if file.requires_python is not None:
        attributes["data-requires-python"] = file.requires_python
    if file.yanked is not None:
        attributes["data-yanked"] = file.yanked
    if tells_times and file.uploaded_at is not None:
        attributes["data-upload-time"] = _moment(file.uploaded_at)
    told = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {told}>{html.escape(file.filename)}</a><br/>\n"


def project_api(project: str, files: Iterable[Listed]) -> bytes:
    """Write what `/pypi/{project}/json` answers."""
    releases: dict[str, list[dict[str, Any]]] = {}  # Any: JSON
    for file in files:
        moment = file.uploaded_at
        releases.setdefault(file.version, []).append(
            {
                "filename": file.filename,
                "url": file.url,
                "digests": {"sha256": file.sha256},
                "size": file.size_bytes,
                "requires_python": file.requires_python,
                "upload_time_iso_8601": _moment(moment) if moment else None,
                "yanked": file.yanked is not None,
                "yanked_reason": file.yanked or None,
            }
        )
    return json.dumps({"info": {"name": project}, "releases": releases, "urls": []}).encode()


def _yanked(file: Listed) -> bool | str:
    return False if file.yanked is None else (file.yanked or True)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
