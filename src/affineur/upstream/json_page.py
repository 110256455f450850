"""Reading a project page in JSON: PEP 691, with PEP 592, 658/714, 700, 708, 740 and 792."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import orjson

from affineur.core.errors import BadInput
from affineur.core.names import ProjectName, parse_project
from affineur.upstream.links import Link, Listing, Told, UnusablePage, listing

_METADATA_KEYS = ("core-metadata", "dist-info-metadata", "data-dist-info-metadata")


def read_json_page(body: bytes, project: ProjectName, url: str) -> Listing:
    """Read a page that came from `url`; raise `UnusablePage` when it is none of this project."""
    page = parse_object(body)
    _check_version(page.get("meta"))
    _check_name(page.get("name"), project)
    files = page.get("files")
    if not isinstance(files, list):
        raise UnusablePage("has no list of files")
    return listing(project, [_link(file, url) for file in files], _told(page, url))


def parse_object(body: bytes) -> dict[str, Any]:  # Any: JSON
    """Read JSON that is an object; raise `UnusablePage` when it is not."""
    try:
        page = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnusablePage("is not JSON, although it says so") from error
    if not isinstance(page, dict):
        raise UnusablePage("is JSON, but no object")
    return page


def size_in_bytes(value: object) -> int | None:
    """Check a size; None when it is none."""
    is_size = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
    return value if is_size and isinstance(value, int) else None


def _check_version(meta: object) -> None:
    version = meta.get("api-version") if isinstance(meta, dict) else None
    if not isinstance(version, str) or version.split(".")[0] != "1":
        raise UnusablePage(f"has the API version {str(version)[:20]!r}, and 1 is what we read")


def _check_name(name: object, project: ProjectName) -> None:
    try:
        is_same = isinstance(name, str) and parse_project(name) == project
    except BadInput:
        is_same = False
    if not is_same:
        raise UnusablePage(f"names another project: {str(name)[:60]!r}")


def _link(file: object, url: str) -> Link:
    if not isinstance(file, dict):
        raise UnusablePage("lists a file that is no object")
    filename, location = file.get("filename"), file.get("url")
    if not isinstance(filename, str) or not isinstance(location, str):
        raise UnusablePage("lists a file without filename or url")
    hashes = file.get("hashes")
    metadata = next((file[key] for key in _METADATA_KEYS if key in file), False)
    return Link(
        filename,
        absolute(url, location),
        _text(hashes, "sha256"),
        size_in_bytes(file.get("size")),
        _text(file, "upload-time"),
        _text(file, "requires-python"),
        _yanked(file.get("yanked")),
        has_metadata=bool(metadata),
        metadata_sha256=_text(metadata, "sha256"),
        provenance=url_in(url, file.get("provenance")),
    )


def absolute(base: str, location: str) -> str:
    """Resolve a link as it stands on a page, without its fragment."""
    bare = location.partition("#")[0]
    if bare.startswith(("https://", "http://")):
        return bare
    try:
        return urljoin(base, bare)
    except ValueError as error:
        raise UnusablePage(f"has a link that is no URL: {location[:80]!r}") from error


def _text(table: object, key: str) -> str | None:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) else None


def _yanked(value: object) -> str | None:
    if isinstance(value, str) and value:
        return value
    return "" if value is True else None


def _told(page: dict[str, Any], url: str) -> Told:  # Any: JSON
    """Read what it says of the project; the status has two places, by the standard's example."""
    meta = page.get("meta")
    status = page.get("project-status")
    if status is None and isinstance(meta, dict):
        status = meta.get("project-status")
    return Told(
        status if isinstance(status, str) else _text(status, "status"),
        _text(status, "reason") or _text(meta, "project-status-reason"),
        urls(url, meta.get("tracks") if isinstance(meta, dict) else None),
        urls(url, page.get("alternate-locations")),
    )


def urls(base: str, told: object) -> list[str]:
    """Resolve a list of URLs, leaving out what is none."""
    found = (url_in(base, one) for one in (told if isinstance(told, list) else ()))
    return [one for one in found if one is not None]


def url_in(base: str, told: object) -> str | None:
    """Resolve a URL that may be missing, and be no URL."""
    if not isinstance(told, str) or not told:
        return None
    try:
        return absolute(base, told)
    except UnusablePage:
        return None
