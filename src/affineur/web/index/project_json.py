"""A project as JSON in the shape of the older API (`/pypi/{project}/json`).

What a file says stands on the simple page, too; what a release says of itself is its core
metadata. What nobody told is null or left out, never made up: so there are no md5 digests, no
owners, no counts of downloads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.errors import MessageError
from typing import Any

import orjson
from packaging.metadata import RawMetadata, parse_email
from packaging.utils import canonicalize_name

from affineur.core.releases import PageRelease, releases_of
from affineur.services.describing import Described, Vulnerability
from affineur.web.index.links import FileLink, links_of

_Json = dict[str, Any]  # Any: JSON


def project(told: Described, index: str, *, all_releases: bool) -> bytes:
    """Render a project with one release in full; `index` is its feed's URL, without a slash."""
    links = {link.filename: link for link in links_of(told.page).files}
    document: _Json = {
        "info": _info(told, _links(told.release, links), index),
        "last_serial": told.serial,
    }
    if all_releases:
        document["releases"] = {
            str(one.version): [_file(link, index) for link in _links(one, links)]
            for one in releases_of(told.page)
        }
    document["urls"] = [_file(link, index) for link in _links(told.release, links)]
    document["vulnerabilities"] = [_vulnerability(one) for one in told.vulnerabilities]
    as_of = told.advisories_as_of
    document["vulnerabilities_as_of"] = as_of.strftime("%Y-%m-%dT%H:%M:%SZ") if as_of else None
    return orjson.dumps(document)


def _links(release: PageRelease, links: Mapping[str, FileLink]) -> list[FileLink]:
    return [links[entry.file.filename.text] for entry in release.entries]


def _file(link: FileLink, index: str) -> _Json:
    return {
        "comment_text": "",
        "core-metadata": _core_metadata(link),
        "digests": {"sha256": link.sha256},
        "downloads": -1,
        "filename": link.filename,
        "has_sig": False,
        "packagetype": "bdist_wheel" if _is_wheel(link) else "sdist",
        "python_version": link.filename.rsplit("-", 3)[1] if _is_wheel(link) else "source",
        "requires_python": link.requires_python,
        "size": link.size_bytes,
        "upload_time": link.upload_time and link.upload_time[:19],
        "upload_time_iso_8601": link.upload_time,
        "url": f"{index}/{link.url.removeprefix('../../')}",
        "yanked": link.yanked is not None,
        "yanked_reason": link.yanked or None,
    }


def _is_wheel(link: FileLink) -> bool:
    return link.filename.endswith(".whl")


def _core_metadata(link: FileLink) -> object:
    if not link.has_core_metadata:
        return False
    return {"sha256": link.metadata_sha256} if link.metadata_sha256 else True


def _info(told: Described, files: Sequence[FileLink], index: str) -> _Json:
    name = told.page.project
    page = f"{index}/simple/{name}/"
    pythons = (link.requires_python for link in files)
    facts: _Json = {
        **_of_itself(told.metadata, name),
        "bugtrack_url": None,
        "docs_url": None,
        "downloads": {"last_day": -1, "last_month": -1, "last_week": -1},
        "package_url": page,
        "project_url": page,
        "release_url": page,
        "version": str(told.release.version),
        "yanked": told.release.is_yanked,
        "yanked_reason": None,
    }
    if facts["requires_python"] is None:
        facts["requires_python"] = next((one for one in pythons if one), None)
    if told.release.is_yanked:
        facts["yanked_reason"] = next((link.yanked for link in files if link.yanked), None)
    return dict(sorted(facts.items()))


def _of_itself(metadata: bytes | None, name: str) -> _Json:
    """Tell what stands in the core metadata; null where it says nothing, or is not known."""
    raw = _parsed(metadata)
    said = raw.get("name") or ""
    dynamic = raw.get("dynamic")
    return {
        "author": _text(raw.get("author")),
        "author_email": _text(raw.get("author_email")),
        "classifiers": _texts(raw.get("classifiers")) or [],
        "description": _text(raw.get("description")),
        "description_content_type": _text(raw.get("description_content_type")),
        "download_url": _text(raw.get("download_url")),
        "dynamic": _texts(dynamic),
        "home_page": _text(raw.get("home_page")),
        "keywords": _text(",".join(raw.get("keywords", ())) or None),
        "license": _text(raw.get("license")),
        "license_expression": _text(raw.get("license_expression")),
        "license_files": _texts(raw.get("license_files")),
        "maintainer": _text(raw.get("maintainer")),
        "maintainer_email": _text(raw.get("maintainer_email")),
        "name": _text(said) if canonicalize_name(said) == name else name,
        "platform": _text(", ".join(raw.get("platforms", ())) or None),
        "project_urls": _urls(raw.get("project_urls")),
        "provides_extra": _texts(raw.get("provides_extra")),
        "requires_dist": _requirements(raw),
        "requires_python": _text(raw.get("requires_python")),
        "summary": _text(raw.get("summary")),
    }


def _requirements(raw: RawMetadata) -> list[str] | None:
    """Give the requirements; null when nobody knows them, as clients take null to mean that."""
    is_dynamic = "requires-dist" in {one.lower() for one in raw.get("dynamic", ())}
    if not raw or is_dynamic:
        return None
    return _texts(raw.get("requires_dist", ()))


def _parsed(metadata: bytes | None) -> RawMetadata:
    if metadata is None:
        return {}
    try:
        return parse_email(metadata)[0]
    except (MessageError, ValueError):
        return {}


def _urls(urls: Mapping[str, str] | None) -> dict[str, str] | None:
    return {_clean(label): _clean(url) for label, url in urls.items()} if urls else None


def _texts(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else [_clean(one) for one in values]


def _text(value: str | None) -> str | None:
    return _clean(value) if value else None


def _clean(text: str) -> str:
    """Replace what is no Unicode (lone surrogates), which JSON cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _vulnerability(one: Vulnerability) -> _Json:
    return {
        "aliases": list(one.aliases),
        "details": _text(one.details),
        "fixed_in": list(one.fixed_in),
        "id": one.id,
        "link": one.link,
        "source": "osv",
        "summary": _text(one.summary),
        "withdrawn": None,
    }
