"""Reading pages in JSON, strictly: PEP 691 with 592, 700, 708, 714, 740 and 792."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from affineur.core.errors import BadInput
from affineur.core.names import parse_project
from affineur.probe.html_page import Names
from affineur.probe.messages import Reply
from affineur.probe.page import MOST_FILES, About, Flaw, Page, PageFile, absolute
from affineur.probe.rows import CannotTell

_NAME = re.compile(
    rb"\{\s*+(?:\"_last-serial\"\s*+:\s*+\d++\s*+,\s*+)?+\"name\"\s*+:\s*+\"([^\"\\]++)\""
)
_MOST_FLAWS = 100
_HEX = re.compile(r"[0-9A-Fa-f]+")
_OLD_METADATA = ("dist-info-metadata", "data-dist-info-metadata")

Json = Mapping[str, Any]  # Any: JSON


class Unreadable(Exception):
    """Nothing of a page can be understood; the text says why."""


def read_json_page(reply: Reply, project: str) -> Page:
    """Read a project's page; raise `Unreadable` when nothing of it can be understood."""
    flaws = _Flaws()
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"it is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Unreadable("it is JSON, but no object")
    _check_name(document.get("name"), project, flaws)
    listed, versions = document.get("files"), document.get("versions")
    if not isinstance(listed, list):
        raise Unreadable("it has no list `files`")
    if max(len(listed), len(versions) if isinstance(versions, list) else 0) > MOST_FILES:
        raise Unreadable(f"it lists more than {MOST_FILES} files or versions")
    files = [_file(file, reply.url, flaws) for file in listed]
    meta = flaws.table(About.FORM, "meta", document.get("meta"))
    return Page(
        flaws.text(About.VERSION, "api-version", meta.get("api-version")),
        tuple(file for file in files if file is not None),
        tuple(flaws.found),
        flaws.texts(About.VERSIONS, "versions", versions),
        flaws.texts(About.TRACKS, "tracks", meta.get("tracks")),
        flaws.texts(About.TRACKS, "alternate-locations", document.get("alternate-locations")),
        _status(document, meta, flaws),
    )


def read_json_names(reply: Reply) -> Names:
    """Read the list of all projects; the beginning of one that did not come whole."""
    if reply.cut:
        found = [name.decode("utf-8", "replace") for name in _NAME.findall(reply.body)]
        return Names(tuple(found), is_whole=False)
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        return Names((), is_whole=True, flaws=(f"it is not JSON: {error}",))
    projects = document.get("projects") if isinstance(document, dict) else None
    if not isinstance(projects, list):
        return Names((), is_whole=True, flaws=("it has no list `projects`",))
    names = [one.get("name") for one in projects if isinstance(one, dict)]
    texts = tuple(name for name in names if isinstance(name, str))
    flaws = () if len(texts) == len(projects) else ("it lists a project without a name",)
    return Names(texts, is_whole=True, flaws=flaws)


def read_object(reply: Reply) -> Json:
    """Read a JSON object; raise `CannotTell` when it is none."""
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise CannotTell(f"{reply.told('content-type')}: no JSON object", reply.ask)
    return document


class _Flaws:
    """Collects what is wrong; gives what is right, or nothing."""

    def __init__(self) -> None:
        self.found: list[Flaw] = []

    def add(self, about: About, text: str) -> None:
        if len(self.found) < _MOST_FLAWS:
            self.found.append(Flaw(about, text))

    def text(self, about: About, name: str, value: object) -> str | None:
        if isinstance(value, str):
            return value
        self._complain(about, name, value, "a string")
        return None

    def table(self, about: About, name: str, value: object) -> Json:
        if isinstance(value, dict):
            return value
        self.add(about, f"`{name}` is no object but {_told(value)}")
        return {}

    def texts(self, about: About, name: str, value: object) -> tuple[str, ...] | None:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self._complain(about, name, value, "a list of strings")
        return None

    def size(self, filename: str, value: object) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self._complain(About.SIZES, f"size of {filename[:80]}", value, "a number")
        return None

    def _complain(self, about: About, name: str, value: object, kind: str) -> None:
        if value is not None:
            self.add(about, f"`{name}` is not {kind} but {_told(value)}")


def _check_name(name: object, project: str, flaws: _Flaws) -> None:
    if name == project:
        return
    try:
        is_other_spelling = isinstance(name, str) and parse_project(name) == project
    except BadInput:
        is_other_spelling = False
    said = "is not normalised" if is_other_spelling else "is not the project's"
    flaws.add(About.FORM, f"`name` {said}: {_told(name)}")


def _file(file: object, base: str, flaws: _Flaws) -> PageFile | None:
    told = file if isinstance(file, dict) else {}
    filename, url = told.get("filename"), told.get("url")
    if not isinstance(filename, str) or not isinstance(url, str):
        flaws.add(About.FORM, f"a file has no filename or no url: {_told(file)}")
        return None
    text = _texts_of(filename, flaws)
    return PageFile(
        filename,
        absolute(base, url),
        _hashes(filename, told.get("hashes"), flaws),
        text(About.REQUIRES_PYTHON, "requires-python", told.get("requires-python")),
        _yanked(filename, told.get("yanked"), flaws),
        _metadata(filename, told.get("core-metadata"), flaws),
        next((_metadata(filename, told[key], flaws) for key in _OLD_METADATA if key in told), None),
        flaws.size(filename, told.get("size")),
        text(About.TIMES, "upload-time", told.get("upload-time")),
        text(About.PROVENANCE, "provenance", told.get("provenance")),
    )


def _texts_of(filename: str, flaws: _Flaws) -> Callable[[About, str, object], str | None]:
    def text(about: About, name: str, value: object) -> str | None:
        return flaws.text(about, f"{name} of {filename[:80]}", value)

    return text


def _hashes(filename: str, value: object, flaws: _Flaws) -> dict[str, str]:
    hashes = flaws.table(About.FORM, f"hashes of {filename[:80]}", value)
    good = {name: one for name, one in hashes.items() if _is_hex(one)}
    if len(good) < len(hashes):
        flaws.add(About.HASHES, f"a digest of {filename[:80]} is not hexadecimal")
    return good


def _yanked(filename: str, value: object, flaws: _Flaws) -> str | None:
    if value is None or value is False:
        return None
    if isinstance(value, str):
        if not value:
            flaws.add(About.YANKED, f"`yanked` of {filename[:80]} is an empty string")
        return value
    if value is not True:
        flaws.add(About.YANKED, f"`yanked` of {filename[:80]} is {_told(value)}")
    return ""


def _metadata(filename: str, value: object, flaws: _Flaws) -> str | None:
    if value is None or value is False:
        return None
    if value is True:
        return ""
    if isinstance(value, dict) and value and all(map(_is_hex, value.values())):
        name = "sha256" if "sha256" in value else next(iter(value))
        return f"{name}={value[name]}"
    flaws.add(About.METADATA, f"core metadata of {filename[:80]} is told as {_told(value)}")
    return ""


def _status(document: Json, meta: Json, flaws: _Flaws) -> str | None:
    told = document.get("project-status")
    if told is None and "project-status" in meta:  # where a draft had it
        flaws.add(About.STATUS, "`project-status` stands in `meta`")
        return None
    if told is None:
        return None
    status = flaws.table(About.STATUS, "project-status", told).get("status")
    return flaws.text(About.STATUS, "status", status)


def _is_hex(value: object) -> bool:
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


def _told(value: object) -> str:
    return repr(value)[:80]
