"""A project's page as an index tells it: what stands on it, and what is wrong with that."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from urllib.parse import unquote, urljoin, urlsplit

from affineur.core.errors import BadInput
from affineur.core.files import Filename

MOST_FILES = 50_000
"""A page that lists more is not looked at."""
_DISTRIBUTION = re.compile(r"[^/?#]+\.(?:whl|tar\.gz|zip|tar\.bz2|tgz|egg|exe|msi|rpm)")


class About(StrEnum):
    """What a flaw is about: the row that it breaks."""

    FORM = auto()
    NAMES = auto()
    HASHES = auto()
    VERSION = auto()
    REQUIRES_PYTHON = auto()
    YANKED = auto()
    METADATA = auto()
    VERSIONS = auto()
    SIZES = auto()
    TIMES = auto()
    TRACKS = auto()
    PROVENANCE = auto()
    STATUS = auto()


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that stands on a page and must not, or not so."""

    about: About
    text: str


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file as a page tells it, every text as it was written."""

    filename: str
    url: str
    """Absolute, without a fragment."""
    hashes: Mapping[str, str]
    requires_python: str | None = None
    yanked: str | None = None
    """The reason, perhaps empty; None when it is not yanked."""
    metadata: str | None = None
    """What `core-metadata` says: `sha256=...`, or empty for no digest; None when it is not said."""
    old_metadata: str | None = None
    """The same under its older names."""
    size: int | None = None
    upload_time: str | None = None
    provenance: str | None = None

    @property
    def announced(self) -> str | None:
        """What is said of its core metadata under either name."""
        return self.old_metadata if self.metadata is None else self.metadata

    @property
    def sha256(self) -> str | None:
        """Its sha256, in lower case."""
        found = self.hashes.get("sha256")
        return None if found is None else found.lower()

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel."""
        return self.filename.endswith(".whl")

    @property
    def version(self) -> str | None:
        """The version that its name tells; None when it is no name of a distribution."""
        try:
            return str(Filename.parse(self.filename).version)
        except (BadInput, ValueError):  # a number without an end is a ValueError
            return None


@dataclass(frozen=True, slots=True)
class Page:
    """A project's page in one of its forms."""

    version: str | None
    """The API version that it claims."""
    files: tuple[PageFile, ...]
    flaws: tuple[Flaw, ...] = ()
    versions: tuple[str, ...] | None = None
    tracks: tuple[str, ...] | None = None
    alternates: tuple[str, ...] | None = None
    status: str | None = None

    def flaws_about(self, about: About) -> tuple[str, ...]:
        """Tell what is wrong with one of its subjects."""
        return tuple(flaw.text for flaw in self.flaws if flaw.about is about)

    def claims(self, minor: int) -> bool:
        """Whether it claims version 1.`minor` or a later one."""
        claimed = re.fullmatch(r"1\.(\d{1,4})", self.version or "")
        return claimed is not None and int(claimed[1]) >= minor


def is_digest(name: str) -> bool:
    """Whether this names a digest that we can compute."""
    return name in hashlib.algorithms_guaranteed and not name.startswith("shake")


def is_distribution(filename: str) -> bool:
    """Whether this is the name of a file that a page may list."""
    return _DISTRIBUTION.fullmatch(filename) is not None


def last_part(url: str) -> str:
    """Give the last part of a URL's path, decoded; empty when it is no URL."""
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        return ""


def absolute(base: str, location: str) -> str:
    """Resolve a location as it stands on a page, without its fragment; empty if it is no URL."""
    try:
        return urljoin(base, location.strip()).partition("#")[0]
    except ValueError:
        return ""
