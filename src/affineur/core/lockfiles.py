"""Lock files of every tool, and hashed requirements, as lists of pins.

Only names, versions, filenames and digests are read; URLs in a lock file are never followed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from packaging.version import Version

from affineur.core.errors import BadInput
from affineur.core.names import (
    ProjectName,
    Sha256,
    parse_project,
    parse_sha256,
    parse_version,
)

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*==\s*([^\s;\\]+)(.*)$")
_COMMENT_LINE = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_NAME_NOTHING = frozenset(
    {
        "--constraint",
        "--extra-index-url",
        "--find-links",
        "--hash",
        "--index-url",
        "--no-binary",
        "--no-index",
        "--only-binary",
        "--pre",
        "--prefer-binary",
        "--require-hashes",
        "--trusted-host",
    }
)
"""Options of a requirements file that name no package; any other could."""
_HASH = re.compile(r"--hash=sha256:([0-9a-fA-F]{64})(?![0-9a-fA-F])")


@dataclass(frozen=True, slots=True)
class Pinned:
    """One file, or one release, that a lock file names."""

    project: ProjectName
    version: Version
    filename: str | None = None
    sha256: Sha256 | None = None


def parse_lock(document: str, document_name: str) -> tuple[Pinned, ...]:
    """Read a lock file by what it is; raise `BadInput` naming what cannot be read."""
    if document_name.endswith(".txt"):
        return tuple(_requirements(document))
    if document_name.endswith("Pipfile.lock"):
        packages = pipfile_packages(document, document_name)
        return tuple(pin for one in packages for pin in _of_pipfile(*one, document_name))
    packages = lock_packages(document, document_name)
    return tuple(pin for package in packages for pin in pins_of(package, document_name))


def lock_packages(document: str, document_name: str) -> list[Any]:  # Any: TOML as read
    """Give the tables of a TOML lock file's packages; raise `BadInput` when it is none."""
    try:
        tables = tomllib.loads(document)
    except (ValueError, RecursionError) as error:  # also of numbers that are too long
        raise BadInput(
            f"{document_name} is no lock file that affineur reads: {error}.",
            hint="It reads pylock.toml, uv.lock, poetry.lock, pdm.lock, Pipfile.lock and "
            "requirements.txt.",
        ) from error
    packages = tables.get("packages", tables.get("package"))
    if not isinstance(packages, list):
        raise BadInput(f"{document_name} names no packages.")
    return packages


def pipfile_packages(
    document: str, document_name: str
) -> list[tuple[str, Mapping[str, Any]]]:  # Any: JSON as read
    """Give the packages of a Pipfile.lock, by name; raise `BadInput` when it is none."""
    try:
        tables = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{document_name} is no JSON: {error}.") from error
    groups = [one for key, one in tables.items() if key != "_meta"] if _is_table(tables) else []
    if not groups or not all(_is_table(group) for group in groups):
        raise BadInput(f"{document_name} names no packages.")
    found = [(name, package) for group in groups for name, package in group.items()]
    if not all(_is_table(package) for _, package in found):
        raise BadInput(f"{document_name} holds a package that cannot be read.")
    return found


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _of_pipfile(
    name: str, package: Mapping[str, Any], document_name: str
) -> Iterator[Pinned]:  # Any: JSON as read
    version = package.get("version")
    if not isinstance(version, str):
        return  # a repository or a path: nothing that an index serves
    project, parsed = parse_project(name), parse_version(version.removeprefix("=="))
    hashes = package.get("hashes") or [None]
    for one in hashes if isinstance(hashes, list) else [None]:
        digest = None if one is None else _digest({"hash": one}, document_name)
        yield Pinned(project, parsed, None, digest)


def pins_of(package: Any, document_name: str) -> Iterator[Pinned]:  # Any: TOML as read
    """Give the files that a package of a TOML lock file names."""
    if not isinstance(package, dict) or not isinstance(package.get("name"), str):
        raise BadInput(f"{document_name} holds a package without a name.")
    if "version" not in package or _is_local(package):
        return  # the project itself, or a path: nothing that an index serves
    project, version = parse_project(package["name"]), parse_version(str(package["version"]))
    sdists = [package["sdist"]] if "sdist" in package else []
    files = [*_list(package, "wheels"), *_list(package, "files"), *sdists]
    if not all(isinstance(file, dict) for file in files):
        raise BadInput(f"{document_name} holds a file of {project} that cannot be read.")
    if not files:
        yield Pinned(project, version)
    for file in files:
        yield Pinned(project, version, _filename(file), _digest(file, document_name))


def _list(package: dict[str, Any], key: str) -> list[Any]:  # Any: TOML as read
    found = package.get(key, [])
    return found if isinstance(found, list) else [found]


def _is_local(package: dict[str, Any]) -> bool:  # Any: TOML as read
    source = package.get("source", {})
    kinds = {"editable", "virtual", "directory", "path"}
    named = isinstance(source, dict) and bool(kinds & set(source))
    return named or "directory" in package


def _filename(file: Any) -> str | None:  # Any: TOML as read
    for key in ("name", "file", "url", "path"):
        if isinstance(file.get(key), str):
            last = str(file[key]).split("#")[0].split("?")[0].rsplit("/", 1)[-1]
            return unquote(last) if key == "url" else last
    return None


def _digest(file: Any, document_name: str) -> Sha256:  # Any: TOML as read
    hashes = file.get("hashes")
    told = hashes.get("sha256", "") if isinstance(hashes, dict) else file.get("hash", "")
    try:
        return parse_sha256(str(told).removeprefix("sha256:"))
    except BadInput as error:
        raise BadInput(f"{document_name} holds a file without a sha256.") from error


def _requirements(document: str) -> Iterator[Pinned]:
    spoken = _COMMENT_LINE.sub("", document)  # no backslash in a comment continues it
    joined = re.sub(r"\\\r?\n", " ", spoken)
    for number, line in enumerate(joined.splitlines(), start=1):
        text = re.sub(r"(^|\s)#.*$", "", line).strip()
        if not text or re.split(r"[=\s]", text)[0] in _NAME_NOTHING:
            continue
        found = _PIN.match(text)
        if found is None:
            raise BadInput(
                f"Line {number} pins no exact version: {text[:120]!r}.",
                hint="Make a lock of it first: uv pip compile --generate-hashes",
            )
        project, version = parse_project(found[1]), parse_version(found[2])
        digests = _HASH.findall(found[3])
        if not digests:
            yield Pinned(project, version)
        for digest in digests:
            yield Pinned(project, version, None, parse_sha256(digest))
