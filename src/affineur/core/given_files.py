"""Files that people ask with: requirements, lock files of every tool, pyproject.toml.

A lock file asks for exactly the files that it names, where it names them; Pipfile.lock knows only
digests, so its releases are asked for by version. What comes from elsewhere than an index is left
out, and nothing that a file names is opened or fetched.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from packaging.version import Version

from affineur.core.command_lines import caret
from affineur.core.errors import BadInput, TooLarge
from affineur.core.files import Filename
from affineur.core.given import (
    LARGEST_BYTES,
    MOST_RELEASES,
    Given,
    Reading,
    lines_of,
    refuse_binary,
)
from affineur.core.lockfiles import Pinned, lock_packages, pins_of, pipfile_packages
from affineur.core.names import ProjectName
from affineur.core.pasted import read_pasted
from affineur.core.requests import Release, RequestFile
from affineur.core.requirement_lines import read_lines

_ELSEWHERE = {
    "git": "it comes from a repository, not from an index",
    "hg": "it comes from a repository, not from an index",
    "svn": "it comes from a repository, not from an index",
    "vcs": "it comes from a repository, not from an index",
    "url": "it comes from a URL, not from an index",
    "archive": "it comes from a URL, not from an index",
    "path": "it is a folder or a file of your own",
    "file": "it is a folder or a file of your own",
    "directory": "it is a folder or a file of your own",
    "editable": "it is a folder or a file of your own",
    "virtual": "it is a folder or a file of your own",
    "workspace": "it is a folder or a file of your own",
}
_PASTED = "What was pasted"


def read_file(name: str, data: bytes) -> Given:
    """Read a file by its name, or by its content when the name says nothing.

    Raise `BadInput`, naming the line where there is one, when it cannot be read.
    """
    shown = re.sub(r"[^\w.+ -]", "", re.split(r"[/\\]", name)[-1])[:100] or "the file"
    if len(data) > LARGEST_BYTES:
        raise TooLarge(f"{shown} is larger than {LARGEST_BYTES // 1024 // 1024} MiB.")
    text = _decoded(data)
    refuse_binary(text, shown)
    return _reader(shown, text)(text, shown)


def read_text(text: str) -> Given:
    """Read what was pasted: a file's content, or anything that `core.pasted` reads."""
    return _reader("", text)(text, _PASTED)


def _decoded(data: bytes) -> str:
    """Decode a file; `pip freeze > requirements.txt` writes UTF-16 in some shells."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").replace("\ufeff", "")
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def _reader(name: str, text: str) -> Callable[[str, str], Given]:
    if name == "pyproject.toml" or re.search(
        r"^\[(project|tool\.poetry)\]\s*$", text, re.MULTILINE
    ):
        return _read_pyproject
    if name == "Pipfile.lock" or ('"_meta"' in text and text.lstrip().startswith("{")):
        return _read_pipfile
    if name.endswith((".lock", ".toml")) or re.search(r"^\[\[packages?\]\]", text, re.MULTILINE):
        return _read_lock
    if name.endswith((".txt", ".in")):
        return _read_requirements
    return _read_words


def _read_words(text: str, _name: str) -> Given:
    return read_pasted(text)


def _read_requirements(text: str, name: str) -> Given:
    reading = Reading()
    read_lines(lines_of(text, name), reading)
    reading.refuse_too_many(name)
    if "--hash" in text:
        reading.remarks["Its hashes are not compared here; pip and uv do so when they install."] = (
            None
        )
    return reading.done(_kind("requirements file", name))


def _read_pipfile(text: str, name: str) -> Given:
    reading = Reading()
    for project, package in pipfile_packages(text, name):
        version, markers = package.get("version"), package.get("markers")
        elsewhere = next((why for key, why in _ELSEWHERE.items() if key in package), None)
        if elsewhere is not None or not isinstance(version, str):
            reading.leave_out(project, elsewhere or "it names no version")
        elif not reading.add(f"{project}{version}" + (f"; {markers}" if markers else "")):
            reading.leave_out(f"{project}{version}", "it is no requirement")
    return reading.done(_kind("lock file", name))


def _read_lock(text: str, name: str) -> Given:
    reading = Reading()
    pins: dict[tuple[ProjectName, Version], list[Pinned]] = {}
    for package in lock_packages(text, name):
        why = _from_elsewhere(package)
        if why is not None:
            reading.leave_out(str(package.get("name")), why)
            continue
        for pin in pins_of(package, name):
            pins.setdefault((pin.project, pin.version), []).append(pin)
    if len(pins) > MOST_RELEASES:
        raise TooLarge(f"{name} names {len(pins)} releases, more than {MOST_RELEASES}.")
    releases = [
        Release(project, version, _files(named, reading))
        for (project, version), named in pins.items()
    ]
    if all(release.files for release in releases):
        lock_name = name if name.endswith(".lock") else "pylock.toml"
        return replace(reading.done(_kind("lock file", name), releases), lock_name=lock_name)
    for release in releases:
        reading.add(f"{release.project}=={release.version}")
    reading.remarks["It does not name its files, so its releases are asked for by version."] = None
    return reading.done(_kind("lock file", name))


def _from_elsewhere(package: Any) -> str | None:  # Any: TOML as read
    """Say why a package comes from no index; None when it does."""
    if not isinstance(package, dict):
        return None
    source = package.get("source")
    kinds = set(package) | (set(source) if isinstance(source, dict) else set())
    if isinstance(source, dict) and "type" in source:  # poetry
        kinds = {str(source["type"]), *set(package)}
    kinds -= {"files"}
    return next((why for key, why in _ELSEWHERE.items() if key in kinds), None)


def _files(pins: list[Pinned], reading: Reading) -> tuple[RequestFile, ...]:
    found = []
    for pin in pins:
        if pin.filename is None or pin.sha256 is None:
            return ()
        try:
            filename = Filename.parse(pin.filename)
        except BadInput:
            reading.leave_out(pin.filename, "it is neither a wheel nor an sdist")
            continue
        if (filename.project, filename.version) != (pin.project, pin.version):
            raise BadInput(f"{pin.filename} is no file of {pin.project} {pin.version}.")
        found.append(RequestFile(filename, pin.sha256))
    return tuple(found)


def _read_pyproject(text: str, name: str) -> Given:
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is not TOML: {error}.") from error
    reading = Reading()
    project, tool = _table(tables, "project"), _table(_table(tables, "tool"), "poetry")
    lines = [*_strings(project.get("dependencies"))]
    for group in [*_table(project, "optional-dependencies").values()]:
        lines += _strings(group)
    for group in _table(tables, "dependency-groups").values():
        lines += _strings(group)
    lines += _strings(_table(tables, "build-system").get("requires"))
    sources = _table(_table(_table(tables, "tool"), "uv"), "sources")
    for line in lines:
        if not reading.add(line):
            reading.leave_out(line, "it is no requirement by name and version")
    for group in [_table(tool, "dependencies"), *_poetry_groups(tool)]:
        _read_poetry_table(group, reading)
    for source in sources:
        reading.remarks[f"tool.uv.sources names another place for '{source}'; it is not used."] = (
            None
        )
    reading.remarks["Its own dependencies, extras, groups and build requirements are read."] = None
    return reading.done(_kind("project file", name))


def _read_poetry_table(group: Mapping[str, Any], reading: Reading) -> None:  # Any: TOML as read
    for project, told in group.items():
        if project.lower() == "python":
            continue
        version = told.get("version") if isinstance(told, dict) else told
        elsewhere = _from_elsewhere(told)
        if elsewhere is not None or not isinstance(version, str):
            reading.leave_out(project, elsewhere or "its versions cannot be read")
        elif not reading.add(caret(project, version)):
            reading.leave_out(f"{project} {version}", "its versions cannot be read")


def _poetry_groups(tool: Mapping[str, Any]) -> list[Mapping[str, Any]]:  # Any: TOML as read
    groups = [_table(one, "dependencies") for one in _table(tool, "group").values()]
    return [_table(tool, "dev-dependencies"), *groups]


def _kind(what: str, name: str) -> str:
    return f"a pasted {what}" if name == _PASTED else f"the {what} {name}"


def _table(tables: Any, name: str) -> Mapping[str, Any]:  # Any: TOML as read
    found = tables.get(name) if isinstance(tables, Mapping) else None
    return found if isinstance(found, dict) else {}


def _strings(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
