"""The names that travel through affineur, each parsed once at the edge.

Project names are normalised as PEP 503 says and never compared in any other spelling; feed
names are ours; digests are lower-case sha256 hex.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NewType

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from affineur.core.errors import BadInput

ProjectName = NewType("ProjectName", str)
"""A project name, normalised (PEP 503)."""

FeedName = NewType("FeedName", str)
"""The name of a feed: what stands behind `/pypi/` in its URLs."""

Sha256 = NewType("Sha256", str)
"""A sha256 digest: 64 lower-case hexadecimal digits."""

_LONGEST_NAME = 128
_FEED_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATTERN = re.compile(r"[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?")


def parse_project(text: str) -> ProjectName:
    """Normalise a project name; raise `BadInput` when it is none."""
    if len(text) > _LONGEST_NAME or not text.isascii():
        raise BadInput(f"{text[:60]!r} is not a project name.")
    try:
        return ProjectName(canonicalize_name(text, validate=True))
    except InvalidName as error:
        raise BadInput(
            f"{text!r} is not a project name.",
            hint="Project names hold letters, digits, '.', '_' and '-' (PEP 508).",
        ) from error


def parse_version(text: str) -> Version:
    """Parse a version as PEP 440 says; raise `BadInput` when it is none."""
    try:
        return Version(text)
    except InvalidVersion as error:
        raise BadInput(f"{text[:60]!r} is not a version (PEP 440).") from error


def parse_feed_name(text: str) -> FeedName:
    """Check the name of a feed; raise `BadInput` when it cannot be one."""
    if not _FEED_NAME.fullmatch(text):
        raise BadInput(
            f"{text[:60]!r} is not a feed name.",
            hint="Feed names hold lower-case letters, digits and '-', at most 64.",
        )
    return FeedName(text)


def parse_sha256(text: str) -> Sha256:
    """Check a sha256 digest in hexadecimal, any case; raise `BadInput` when it is none."""
    lowered = text.lower()
    if not _SHA256.fullmatch(lowered):
        raise BadInput(f"{text[:70]!r} is not a sha256 digest.")
    return Sha256(lowered)


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern over normalised project names, where `*` stands for any run of characters."""

    text: str

    @classmethod
    def parse(cls, text: str) -> NamePattern:
        """Normalise a pattern; raise `BadInput` when it holds anything but name characters."""
        normalised = re.sub(r"[-_.]+", "-", text.strip().lower())
        if len(normalised) > _LONGEST_NAME or not _PATTERN.fullmatch(normalised):
            raise BadInput(
                f"{text[:60]!r} is not a name pattern.",
                hint="Use a project name in which '*' stands for anything: mycompany-*",
            )
        return cls(re.sub(r"\*+", "*", normalised))

    def matches(self, project: ProjectName) -> bool:
        """Whether this pattern covers the project; takes the leftmost fit of every part."""
        first, *middle = self.text.split("*")
        if not middle:
            return project == first
        last = middle.pop()
        if not (project.startswith(first) and project.endswith(last)):
            return False
        at, end = len(first), len(project) - len(last)
        for part in middle:
            found = project.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return at <= end
