"""Reads an sdist, `.tar.gz` or `.zip`: every member to its end, PKG-INFO, the licence files.

Source: PEP 625, and PEP 721 for what a tar archive may hold.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from affineur.checks.gathering import Gathering
from affineur.checks.members import (
    CHUNK_BYTES,
    MAX_METADATA_BYTES,
    BrokenOff,
    Budget,
    Defects,
    Names,
    show,
)
from affineur.checks.record_file import Seen
from affineur.checks.scanning import Scanner
from affineur.checks.tar_stream import TarStream
from affineur.checks.wheel_reading import ZipContents
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename


@dataclass(slots=True)
class _Contents:
    """What was read so far."""

    gathering: Gathering
    infos: dict[str, bytes] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)

    def keep_bytes(self, name: str, size_bytes: int) -> int:
        """Say how much of a member the report needs."""
        root, _, inside = name.partition("/")
        self.roots.add(root)
        needed = self.gathering.keep_bytes(name, size_bytes)
        return max(needed, MAX_METADATA_BYTES) if inside == "PKG-INFO" else needed

    def take(self, name: str, content: bytes, seen: Seen) -> None:
        """Take in a member that was read."""
        self.gathering.take(name, content, seen.size_bytes, seen.sha256.hex())
        if name.partition("/")[2] == "PKG-INFO" and seen.size_bytes <= MAX_METADATA_BYTES:
            self.infos[name] = content


def read_sdist(
    file: BinaryIO, filename: Filename, budget: Budget, defects: Defects, wanted: re.Pattern[str]
) -> ArchiveReport:
    """Read the whole sdist."""
    contents = _Contents(Gathering(_under_root, wanted, Scanner()))
    if filename.text.endswith(".zip"):
        _read_zip(file, budget, defects, contents)
    else:
        _read_tar(file, budget, defects, contents)
    root = _find_root(contents.roots, filename, defects)
    metadata = contents.infos.get(f"{root}/PKG-INFO")
    if metadata is None:
        defects.add("no-pkg-info", "The sdist has no PKG-INFO at its root.")
    return contents.gathering.report(metadata)


def _under_root(name: str) -> str:
    return name.partition("/")[2]


def _read_zip(file: BinaryIO, budget: Budget, defects: Defects, contents: _Contents) -> None:
    archive = ZipContents(file, budget, defects)
    archive.open()
    for name in archive.entries:
        size_bytes = archive.entries[name].size_bytes
        contents.take(name, *archive.read(name, contents.keep_bytes(name, size_bytes)))


def _read_tar(file: BinaryIO, budget: Budget, defects: Defects, contents: _Contents) -> None:
    stream = TarStream(file, budget)
    names = Names(defects)
    try:
        with tarfile.TarFile(fileobj=stream) as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # else it keeps them all
                _read_member(stream, member, names, contents)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise BrokenOff("unreadable", f"It is not a readable tar archive: {error}.") from error
    names.finish()
    stream.finish(defects)


def _read_member(
    stream: TarStream, member: tarfile.TarInfo, names: Names, contents: _Contents
) -> None:
    name = member.name.removeprefix("./")
    if member.isdir() and name in ("", "."):
        return
    shown = names.take(name, is_folder=member.isdir())
    if member.issym() or member.islnk():
        _judge_link(name, member, names.defects)
    elif member.issparse() or not (member.isreg() or member.isdir()):
        names.defects.add("device", f"{shown} is neither a file, a folder nor a link.", shown)
    elif member.isreg():
        keep_bytes = contents.keep_bytes(name, member.size)
        content, seen = _read_content(stream, member, keep_bytes)
        if seen.size_bytes != member.size:
            raise BrokenOff("unreadable", f"The tar archive is cut off in {shown}.")
        contents.take(name, content, seen)


def _judge_link(name: str, member: tarfile.TarInfo, defects: Defects) -> None:
    """Judge a link by where it leads: a symbolic one from its folder, a hard one from the top."""
    target = member.linkname
    base = posixpath.dirname(name) if member.issym() else ""
    end = posixpath.normpath(posixpath.join(base, target))
    is_inside = end.startswith(name.partition("/")[0] + "/") and "\\" not in target
    shown = show(name)
    if is_inside:
        defects.add("link", f"{shown} is a link to {show(target)}.", shown)
    else:
        defects.add("link-outside", f"{shown} is a link out of the sdist: {show(target)}.", shown)


def _read_content(
    stream: TarStream, member: tarfile.TarInfo, keep_bytes: int
) -> tuple[bytes, Seen]:
    stream.seek(member.offset_data)
    size, kept, sha256 = 0, bytearray(), hashlib.sha256()
    while size < member.size:
        chunk = stream.read(min(CHUNK_BYTES, member.size - size))
        if not chunk:
            break
        size += len(chunk)
        sha256.update(chunk)
        if len(kept) < keep_bytes:
            kept += chunk[: keep_bytes - len(kept)]
    return bytes(kept), Seen(size, sha256.digest(), sha256.digest())


def _find_root(roots: Iterable[str], filename: Filename, defects: Defects) -> str:
    """Find the folder that everything is in; the one that bears the sdist's name wins."""
    found = sorted(roots)
    matching = [root for root in found if filename.is_meant_by(root)]
    if len(found) > 1:
        some = ", ".join(show(root) for root in found[:5])
        defects.add("several-roots", f"The sdist has more than one root: {some}.")
    elif not matching:
        what = f"Its root {show(found[0])} bears another name." if found else "It is empty."
        defects.add("root-name" if found else "no-root", what)
    return matching[0] if matching else "".join(found[:1])
