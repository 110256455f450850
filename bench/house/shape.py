"""How large the house is, and its projects: each is told from its number alone, always the same.

Popular projects come first and have some two hundred files each; the others have few or many,
ten on average. One in thirty is the house's own.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from bench.borrowed import Dist, sdist, wheel

REAL = 3
"""How many of the first projects have their bytes, too."""

_NAMES = Path(__file__).parents[1] / "most_downloaded.txt"
_FIRST = "async fast open pure tiny data cloud graph text image audio geo bio quant neural deep"
_SECOND = (
    "token http json yaml table stream cache queue task event model tensor vector matrix sensor "
    "metric config secret schema query parser lexer render layout widget panel signal socket "
    "packet router proxy client server worker agent broker ledger wallet invoice"
)
_THIRD = (
    "tools utils core kit lib api sdk cli plugin ext helpers types stubs client server bridge "
    "adapter driver engine runner builder loader reader writer parser checker linter format "
    "convert export import sync watch serve proxy mock test bench lab zoo hub base next plus lite "
    "pro one go rs js db ml ai ops web app auth crypto"
)
_FILES_EACH = (1, 2, 3, 4, 6, 8, 10, 12, 16, 30)
_POPULAR_FILES = 209
_PLATFORMS = (
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "manylinux_2_17_aarch64.manylinux2014_aarch64",
    "macosx_11_0_arm64",
    "win_amd64",
)
_PYTHONS = ("cp311-cp311", "cp312-cp312", "cp313-cp313")
_README = (
    "Description-Content-Type: text/markdown\n\n# {name}\n\nA **package** of the large house.\n\n"
    "- it has a list\n- and a [link](https://example.org/{name})\n"
)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is of everything; ten files for each project."""

    projects: int = 100_000
    popular: int = 400
    requests: int = 10_000
    events: int = 1_000_000
    assessed: int = 8_000
    """Of how many projects every file was vetted."""
    people: int = 250
    days: int = 90
    """For how long uses are counted."""
    downloads_a_day: int = 5_000


SMALL = Scale(1_000, 4, 100, 10_000, 80, 20, 30, 100)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a release."""

    filename: str
    sha256: str
    metadata_sha256: str | None
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Release:
    """One version with its files."""

    version: str
    at: datetime
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """One project with its releases, oldest first."""

    number: int
    name: str
    is_own: bool
    releases: tuple[Release, ...]


@dataclass(frozen=True, slots=True)
class House:
    """The house at a moment."""

    scale: Scale
    now: datetime

    def projects(self) -> Iterator[Project]:
        """Give all projects, a thousand times ten files for each thousand."""
        return (self.project(number) for number in range(self.scale.projects))

    def project(self, number: int) -> Project:
        """Give one project."""
        return _project(self, number)

    def name(self, number: int) -> str:
        """Name a project."""
        if number < self.scale.popular:
            return _popular()[number]
        own = "acme-" if number % 33 == 5 else ""
        return own + _made_up(number)


@lru_cache(2_048)
def _project(house: House, number: int) -> Project:
    is_popular = number < house.scale.popular
    count = _FILES_EACH[number % 10]
    if is_popular:
        count = _POPULAR_FILES + (number < 80)
    is_own = not is_popular and number % 33 == 5
    name = house.name(number)
    releases = tuple(_releases(name, number, count, house.now))
    return Project(number, name, is_own, releases)


def next_release(project: Project, now: datetime) -> Release:
    """Give the release that comes after the last one, which nobody has approved yet."""
    last = project.releases[-1]
    version = f"{int(last.version.split('.')[0])}.{len(project.releases) + 7}.0"
    shape = [one.filename.split("-", 2)[2] for one in last.files if one.filename.endswith("whl")]
    stem = project.name.replace("-", "_")
    names = [f"{stem}-{version}-{tags}" for tags in shape] + [f"{stem}-{version}.tar.gz"]
    return Release(version, now - timedelta(days=9), tuple(_file(one, None) for one in names))


@lru_cache(4_096)
def contents(project: str, version: str) -> tuple[Dist, Dist]:
    """Build the wheel and the sdist of one of the real projects."""
    said = _README.format(name=project)
    code = f"def version():\n    return {version!r}\n".encode()
    files = {f"{project.replace('-', '_')}/__init__.py": code}
    return (
        wheel(project, version, files=files, metadata_extra=said, requires=["six>=1"]),
        sdist(project, version, files=files, metadata_extra=said, requires=["six>=1"]),
    )


@lru_cache(1)
def _popular() -> tuple[str, ...]:
    lines = _NAMES.read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@lru_cache(1)
def _words() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return tuple(_FIRST.split()), tuple(_SECOND.split()), tuple(_THIRD.split())


def _made_up(number: int) -> str:
    """Make up a name; the numbers that are left over stand behind it."""
    first, second, third = _words()
    mixed = number * 7919
    one, two = second[mixed % len(second)], third[mixed // len(second) % len(third)]
    rest = mixed // (len(second) * len(third))
    return f"{first[rest % len(first)]}-{one}-{two}-{number}"


def _releases(name: str, number: int, count: int, now: datetime) -> Iterator[Release]:
    """Give releases until there are as many files as wanted."""
    chance = random.Random(number)  # noqa: S311  nothing is kept secret by it
    is_native = number >= REAL and number % 5 == 3
    each = len(_PLATFORMS) * len(_PYTHONS) + 1 if is_native else 2
    total = -(-count // each)
    major, minor = chance.randint(0, 4), 0
    for index in range(total):
        major, minor = (major + 1, 0) if chance.random() < 0.08 else (major, minor + 1)
        at = now - timedelta(days=20 + (total - index) * chance.uniform(5, 40))
        wanted = min(each, count - index * each)
        version = f"{major}.{minor}.{chance.randint(0, 3)}"
        files = _files(name, version, wanted, is_native=is_native)
        yield Release(version, at, tuple(_real(name, version, files) if number < REAL else files))


def _files(name: str, version: str, wanted: int, *, is_native: bool) -> list[File]:
    stem = f"{name.replace('-', '_')}-{version}"
    tags = [f"{python}-{one}" for python in _PYTHONS for one in _PLATFORMS]
    wheels = [f"{stem}-{tag}.whl" for tag in (tags if is_native else ["py3-none-any"])]
    metadata = _digest(f"METADATA of {stem}")
    found = [_file(f"{stem}.tar.gz", None), *(_file(one, metadata) for one in wheels)]
    return found[-wanted:]


def _real(name: str, version: str, files: list[File]) -> list[File]:
    made = {dist.filename: dist for dist in contents(name, version)}
    return [_of_dist(one.filename, made[one.filename]) for one in files]


def _of_dist(filename: str, dist: Dist) -> File:
    told = str(dist.metadata_sha256) if dist.is_wheel else None
    return File(filename, str(dist.sha256), told, len(dist.data))


def _file(filename: str, metadata_sha256: str | None) -> File:
    digest = _digest(filename)
    return File(filename, digest, metadata_sha256, 4_000 + int(digest[:5], 16))


def _digest(told: str) -> str:
    return hashlib.sha256(f"large house: {told}".encode()).hexdigest()
