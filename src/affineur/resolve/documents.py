"""Files that people ask with: a requirements file for uv, or a pylock.toml read as it is.

They come from outside. A requirements file may hold requirement lines, hashes and comments;
anything that would make a resolver open a path, a URL or another index is refused by line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from packaging.version import Version

from affineur.core.errors import BadInput
from affineur.core.files import Filename
from affineur.core.names import ProjectName, parse_project, parse_sha256, parse_version
from affineur.core.requests import Release, RequestFile, parse_requirement

_HASH = re.compile(r"\s--hash[= ]\s*\S+")
_MOST_LINES = 10_000


def requirement_lines(document: str, document_name: str) -> list[str]:
    """Give the requirements in a requirements file; raise `BadInput` naming a refused line."""
    lines = []
    for number, line in _logical_lines(document.removeprefix("\ufeff")):
        text = re.sub(r"(^|\s)#.*$", "", line)
        text = _HASH.sub("", " " + text).strip()
        if not text:
            continue
        if text.startswith("-"):
            raise BadInput(
                f"Line {number} of {document_name} is an option, which cannot be asked for: "
                f"{text[:100]!r}.",
                hint="Leave only requirement lines in it; included files are given one by one.",
            )
        try:
            lines.append(str(parse_requirement(text)))
        except BadInput as error:
            raise BadInput(f"Line {number} of {document_name}: {error.message}") from error
    if not lines:
        raise BadInput(f"{document_name} holds no requirement.")
    if len(lines) > _MOST_LINES:
        raise BadInput(f"{document_name} holds more than {_MOST_LINES} requirements.")
    return lines


def _logical_lines(document: str) -> Iterator[tuple[int, str]]:
    """Join lines that a backslash continues, as pip does; each with the number of its first."""
    parts: list[str] = []
    for number, line in enumerate(re.split(r"\r?\n", document), start=1):
        is_comment = line.lstrip().startswith("#")
        continues = line.endswith("\\") and not is_comment
        parts.append(line[:-1] if continues else f" {line}")
        if not continues:
            yield number - len(parts) + 1, " ".join(parts)
            parts = []
    if parts:
        yield document.count("\n") - len(parts) + 2, " ".join(parts)


def releases_of_lock(document: str, document_name: str) -> tuple[Release, ...]:
    """Give the releases and files of a pylock.toml (PEP 751); its URLs play no part."""
    try:
        tables = tomllib.loads(document)
    except (ValueError, RecursionError) as error:  # also of numbers that are too long
        raise BadInput(f"{document_name} is not TOML: {error}.") from error
    packages = tables.get("packages")
    if not isinstance(packages, list):
        raise BadInput(f"{document_name} names no packages (PEP 751).")
    found: dict[tuple[ProjectName, Version], list[RequestFile]] = {}
    for package in packages:
        if not isinstance(package, dict) or "name" not in package:
            raise BadInput(f"{document_name} holds a package without a name.")
        if "version" not in package:
            continue  # a directory or a repository: nothing that an index has
        key = parse_project(str(package["name"])), parse_version(str(package["version"]))
        found.setdefault(key, []).extend(_files(package, document_name, key))
    return tuple(Release(name, version, tuple(files)) for (name, version), files in found.items())


def _files(
    package: Mapping[str, Any], document_name: str, release: tuple[ProjectName, Version]
) -> Sequence[RequestFile]:  # Any: TOML as read
    project, version = release
    try:
        tables = list(package.get("wheels", ()))
        if "sdist" in package:
            tables.append(package["sdist"])
        files = [_file(table) for table in tables]
    except (AttributeError, KeyError, TypeError) as error:
        raise BadInput(f"{document_name} holds a file of {project} without its hash.") from error
    if any((file.filename.project, file.filename.version) != release for file in files):
        raise BadInput(
            f"{document_name} holds a file of another release under {project} {version}."
        )
    return files


def _file(table: Mapping[str, Any]) -> RequestFile:  # Any: TOML as read
    name = table.get("name") or _last_part(str(table.get("url") or table["path"]))
    return RequestFile(Filename.parse(str(name)), parse_sha256(table["hashes"]["sha256"]))


def _last_part(location: str) -> str:
    """Give the filename in a URL, in which a `+` may be written otherwise, or in a path."""
    return unquote(re.sub(r"[#?].*", "", location).rsplit("/", 1)[-1])
