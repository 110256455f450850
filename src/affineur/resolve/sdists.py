"""Releases that exist only as sdists: what uv is told of them, so that it need build nothing.

uv takes requirements as given (its `dependency-metadata`). Until an sdist was looked into,
uv is told that it has none; then what the sdist itself states (metadata that is not dynamic,
PEP 643), for that version alone. Where it states nothing, the closure says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from affineur.core.errors import ResolutionFailed
from affineur.core.files import FileKind
from affineur.core.names import ProjectName, parse_project
from affineur.core.ports import StaticRequirements
from affineur.core.requests import Release

_MOST = 20
_NEEDS_SDIST = re.compile(r"Wheels are required for `([^`]+)` because building from source")


class Sdists:
    """Projects that are taken as sdists, with what was read in their releases so far."""

    def __init__(self) -> None:
        self.projects: list[ProjectName] = []
        self._stated: dict[tuple[ProjectName, Version], tuple[str, ...] | None] = {}

    def learn(self, said: str) -> bool:
        """Find in uv's words what it can only have as sdists; say whether any is new."""
        named = [parse_project(name) for name in _NEEDS_SDIST.findall(said)]
        new = [name for name in dict.fromkeys(named) if name not in self.projects]
        self.projects += new
        self._refuse_too_many(len(self.projects))
        return bool(new)

    def unread(self, releases: Iterable[Release]) -> list[Release]:
        """Give those of a closure that are taken as sdists and were not looked into yet."""
        return [
            release
            for release in releases
            if release.project in self.projects
            and (release.project, release.version) not in self._stated
        ]

    async def read(self, release: Release, static: StaticRequirements) -> None:
        """Look into a release, so that uv knows its requirements from now on."""
        self._refuse_too_many(len(self._stated) + 1)
        sdists = [file for file in release.files if file.filename.kind is FileKind.SDIST]
        stated = await static(sdists[0]) if sdists else None
        key = release.project, release.version
        self._stated[key] = _usable(release, stated) if stated is not None else None

    def config(self) -> str:
        """Write down for uv what it needs no build to know; what has a version goes before."""
        guesses = [_table(project, None, ()) for project in self.projects]
        known = [
            _table(project, version, lines or ())
            for (project, version), lines in self._stated.items()
        ]
        return "".join(guesses + known)

    def notes(self, releases: Iterable[Release]) -> tuple[str, ...]:
        """Say of which releases of a closure the requirements are unknown."""
        return tuple(
            f"{release.project} {release.version} exists only as an sdist whose dependencies "
            "cannot be read without running it: it is taken without them."
            for release in releases
            if self._stated.get((release.project, release.version), ()) is None
        )

    def _refuse_too_many(self, count: int) -> None:
        if count > _MOST:
            raise ResolutionFailed(
                f"More than {_MOST} releases that exist only as sdists would have to be looked "
                f"into: {', '.join(self.projects)}.",
                hint="Ask for narrower versions, or for fewer packages at once.",
            )


def _table(project: ProjectName, version: Version | None, lines: Sequence[str]) -> str:
    """Write one table of uv's settings; JSON's strings and lists are TOML's too."""
    exactly = f"version = {json.dumps(str(version))}\n" if version is not None else ""
    return (
        f"[[dependency-metadata]]\nname = {json.dumps(project)}\n{exactly}"
        f"requires-dist = {json.dumps([str(line) for line in lines])}\n"
    )


def _usable(release: Release, stated: Iterable[str]) -> tuple[str, ...] | None:
    """Write stated requirements anew; None when one cannot be read, as in old metadata.

    A URL is never followed: one that only an extra needs is left out, as resolvers do; any
    other has no closure in an index.
    """
    try:
        requirements = [Requirement(line) for line in stated]
    except InvalidRequirement:
        return None
    for one in requirements:
        if one.url is not None and "extra" not in str(one.marker or ""):
            raise ResolutionFailed(
                f"{release.project} {release.version} requires {str(one)[:200]!r}: a URL, and "
                "only packages of the index can be asked for."
            )
    return tuple(str(one) for one in requirements if one.url is None)
