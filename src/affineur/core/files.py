"""Distribution files: what their names say, and what an index says about them.

A file's identity is its sha256. Filenames are read by `packaging` (PEP 427, PEP 625) and
must come back the same when read and written again, so that one file has one name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from math import prod

from packaging.tags import Tag
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from affineur.core.errors import BadInput
from affineur.core.names import ProjectName, Sha256

_LONGEST_FILENAME = 255
_MOST_TAGS = 1000
_REMEMBERED = 8192
"""Parts of names that are remembered: pages are read again and again, and name them often."""
_ALLOWED = re.compile(r"[A-Za-z0-9._+!-]*")


class FileKind(StrEnum):
    """What kind of distribution a file is."""

    WHEEL = "wheel"
    SDIST = "sdist"


@dataclass(frozen=True, slots=True)
class Filename:
    """A distribution's filename, with what it says."""

    text: str
    project: ProjectName
    version: Version
    kind: FileKind
    tags: frozenset[Tag] = frozenset()
    """The wheel's compatibility tags; empty for an sdist."""

    @classmethod
    def parse(cls, text: str) -> Filename:
        """Read a filename; raise `BadInput` for anything but a wheel or an sdist."""
        if len(text) > _LONGEST_FILENAME or not _ALLOWED.fullmatch(text):
            raise BadInput(f"{text[:80]!r} is not the filename of a distribution.")
        if text.endswith(".whl"):
            return cls._wheel(text)
        if text.endswith((".tar.gz", ".zip")):
            return cls._sdist(text)
        raise BadInput(
            f"{text!r} is neither a wheel nor an sdist.",
            hint="affineur holds .whl, .tar.gz and .zip distributions.",
        )

    @classmethod
    def _wheel(cls, text: str) -> Filename:
        stem, *tags = text.removesuffix(".whl").rsplit("-", 3)
        try:
            name, version = _wheel_stem(stem)
            return cls(text, name, version, FileKind.WHEEL, _tag_set("-".join(tags)))
        except InvalidWheelFilename as error:
            raise BadInput(f"{text!r} is not a wheel's filename (PEP 427).") from error

    @classmethod
    def _sdist(cls, text: str) -> Filename:
        try:
            name, version = _sdist_stem(text)
        except InvalidSdistFilename as error:
            raise BadInput(f"{text!r} is not an sdist's filename (PEP 625).") from error
        return cls(text, name, version, FileKind.SDIST)

    def is_meant_by(self, stem: str) -> bool:
        """Whether `name-version`, as a folder in an archive has it, says the same."""
        name, _, version = stem.rpartition("-")
        try:
            is_same_version = Version(version) == self.version
        except InvalidVersion:
            return False
        return is_same_version and str(canonicalize_name(name)) == self.project


@lru_cache(_REMEMBERED)
def _wheel_stem(stem: str) -> tuple[ProjectName, Version]:
    """Read `name-version[-build]`: the wheels of a release have it in common."""
    name, version, _build, _tags = parse_wheel_filename(f"{stem}-py3-none-any.whl")
    return ProjectName(name), version


@lru_cache(_REMEMBERED)
def _tag_set(tags: str) -> frozenset[Tag]:
    """Read the tags of a wheel, if they are not thousands: many wheels have the same."""
    if prod(part.count(".") + 1 for part in tags.split("-")) > _MOST_TAGS:
        raise InvalidWheelFilename(f"{tags!r} stands for more than {_MOST_TAGS} tags")
    return parse_wheel_filename(f"any-1-{tags}.whl")[3]


@lru_cache(_REMEMBERED)
def _sdist_stem(text: str) -> tuple[ProjectName, Version]:
    name, version = parse_sdist_filename(text)
    return ProjectName(name), version


@dataclass(frozen=True, slots=True)
class IndexFile:
    """What an index says about one file."""

    filename: Filename
    sha256: Sha256 | None
    """None when the index gives no sha256; such a file is never served."""
    size_bytes: int | None = None
    uploaded_at: datetime | None = None
    """When it was first uploaded, by the origin's clock; None when it does not tell."""
    requires_python: str | None = None
    yanked: str | None = None
    """The reason of a yank (PEP 592), perhaps empty; None when it is not yanked."""
    metadata_sha256: Sha256 | None = None
    """The digest of its core metadata (PEP 658), when known."""
    location: str | None = None
    """Where the origin has the bytes (URL); None when they are ours."""
    metadata_location: str | None = None
    """Where the origin has the core metadata, when it says that it does."""
    first_seen_at: datetime | None = None
    """When we first saw it there, told only of a file without an upload time."""
    provenance_location: str | None = None
    """Where the origin has the provenance (PEP 740), when it says that it does."""
    provenance_sha256: Sha256 | None = None
    """The digest of the provenance that we hold."""

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel."""
        return self.filename.kind is FileKind.WHEEL

    @property
    def known_since(self) -> datetime | None:
        """When it was uploaded; where nobody tells, when we first saw it; None is just now.

        A file is at least as old as our knowledge of it (decision 0012).
        """
        return self.uploaded_at or self.first_seen_at

    @property
    def has_provenance(self) -> bool:
        """Whether there is a provenance of it, here or at its origin."""
        return self.provenance_sha256 is not None or self.provenance_location is not None
