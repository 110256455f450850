"""The files that every server is given: the same bytes, fetched or built once and kept.

A closure of about 100 packages, locked, as this machine's pip finds them; all files of one
small real project; and one project of 2,100 files, built here, because a real one of that
size is hundreds of megabytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from packaging.metadata import parse_email

from affineur.core.files import FileKind, Filename, IndexFile
from affineur.core.names import ProjectName, parse_project
from affineur.core.ports import Site, UpstreamPage
from affineur.upstream import default_index
from affineur.upstream.client import HttpUpstream
from bench.borrowed import wheel
from bench.places import CLOSURE_LOCK, KEPT, digest_of, emptied, folder

SMALL = "six"
LARGE = "bench-large"
_VERSIONS = range(1, 22)
_INTERPRETERS = ("cp37", "cp38", "cp39", *(f"cp3{minor}" for minor in range(10, 17)))
_PLATFORMS = (
    "macosx_10_9_x86_64",
    "macosx_11_0_arm64",
    "manylinux_2_17_aarch64",
    "manylinux_2_17_i686",
    "manylinux_2_17_x86_64",
    "musllinux_1_2_aarch64",
    "musllinux_1_2_x86_64",
    "win32",
    "win_amd64",
    "win_arm64",
)


class Unfit(Exception):
    """What came is not what the benchmarks need."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file, and what an index tells of it."""

    path: Path
    name: Filename
    sha256: str
    size_bytes: int
    metadata: bytes | None
    """The METADATA of a wheel."""

    @property
    def project(self) -> ProjectName:
        """The project that it is a file of."""
        return self.name.project

    @property
    def requires_python(self) -> str | None:
        """What its metadata demands of the interpreter."""
        if self.metadata is None:
            return None
        return parse_email(self.metadata)[0].get("requires_python")


@dataclass(frozen=True, slots=True)
class Corpus:
    """All files."""

    items: tuple[Item, ...]
    key: str
    """Changes with its contents."""

    @property
    def big_file(self) -> Item:
        """The file nearest to 30 MB."""
        return min(self.items, key=lambda item: abs(item.size_bytes - 30_000_000))

    def projects(self) -> dict[ProjectName, list[Item]]:
        """Group the files by project."""
        grouped: dict[ProjectName, list[Item]] = {}
        for item in self.items:
            grouped.setdefault(item.project, []).append(item)
        return grouped


def corpus() -> Corpus:
    """Give the files, fetching and building what is missing."""
    key = f"{digest_of(CLOSURE_LOCK)}-py{sys.version_info.major}{sys.version_info.minor}"
    done = KEPT / f"corpus-{key}"
    if not done.exists():
        emptied("files")
        print("fetching the closure from the index that pip uses here", flush=True)
        _fetch_closure()
        asyncio.run(_fetch_all_files(parse_project(SMALL)))
        _build_large()
        done.touch()
    found = tuple(read(path) for path in sorted(folder("files").glob("*/*")))
    return Corpus(found, hashlib.sha256("".join(i.sha256 for i in found).encode()).hexdigest()[:12])


def read(path: Path) -> Item:
    """Read a distribution as an index would."""
    body = path.read_bytes()
    name = Filename.parse(path.name)
    metadata = _metadata(path) if name.kind is FileKind.WHEEL else None
    return Item(path, name, hashlib.sha256(body).hexdigest(), len(body), metadata)


def wheels_of_release(project: str, version: str, into: Path) -> Iterator[Path]:
    """Build 100 wheels of one release, for as many interpreters and platforms."""
    for interpreter, platform in product(_INTERPRETERS, _PLATFORMS):
        built = wheel(project, version, tag=f"{interpreter}-{interpreter}-{platform}")
        path = into / built.filename
        path.write_bytes(built.data)
        yield path


def _fetch_closure() -> None:
    into = emptied("downloads")
    command: Sequence[str | Path] = (
        *(sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check"),
        *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *("--dest", into, "-r", CLOSURE_LOCK),
    )
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Unfit("pip could not fetch the closure; what it said stands above.")
    for path in into.iterdir():
        shutil.move(path, folder("files", Filename.parse(path.name).project) / path.name)


async def _fetch_all_files(project: ProjectName) -> None:
    """Fetch every file of a project from the index that pip uses here."""
    index = default_index(os.environ)
    site = Site(index.url, username=index.username, password=index.password)
    upstream = HttpUpstream()
    try:
        page = await upstream.page(site, project)
        if not isinstance(page, UpstreamPage):
            raise Unfit(f"The index that pip uses here has no project {project}.")
        for file in page.files:
            await _fetch_file(upstream, site, file)
    finally:
        await upstream.aclose()


async def _fetch_file(upstream: HttpUpstream, site: Site, file: IndexFile) -> None:
    path = folder("files", file.filename.project) / file.filename.text
    if file.location is None or path.exists():
        return
    async with upstream.file(site, file.location) as download:
        body = b"".join([chunk async for chunk in download.chunks])
    if hashlib.sha256(body).hexdigest() != file.sha256:
        raise Unfit(f"{file.filename.text} does not have the digest that its index gives.")
    path.write_bytes(body)


def _build_large() -> None:
    for version in _VERSIONS:
        list(wheels_of_release(LARGE, f"{version}.0", folder("files", LARGE)))


def _metadata(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        if len(names) != 1:
            raise Unfit(f"{path.name} has {len(names)} METADATA files.")
        return archive.read(names[0])
