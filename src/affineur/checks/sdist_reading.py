"""Reads an sdist, `.tar.gz` or `.zip`: every member to its end, PKG-INFO, the licence files.

Source: PEP 625, and PEP 721 for what a tar archive may hold.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from affineur.checks.members import (
    CHUNK_BYTES,
    MAX_LICENCE_BYTES,
    MAX_LICENCES,
    MAX_METADATA_BYTES,
    BrokenOff,
    Budget,
    Defects,
    Names,
    is_licence,
    licence_text,
    show,
)
from affineur.checks.tar_stream import TarStream
from affineur.checks.wheel_reading import ZipContents
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename


@dataclass(slots=True)
class _Contents:
    """What was read so far."""

    sizes: dict[str, int] = field(default_factory=dict)
    infos: dict[str, bytes] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)

    def keep_bytes(self, name: str) -> int:
        """Say how much of a member the report needs."""
        root, _, inside = name.partition("/")
        self.roots.add(root)
        if inside == "PKG-INFO":
            return MAX_METADATA_BYTES
        is_wanted = inside and is_licence(inside) and len(self.texts) < MAX_LICENCES
        return MAX_LICENCE_BYTES if is_wanted else 0

    def keep(self, name: str, content: bytes, size_bytes: int) -> None:
        """Take in a member that was read."""
        self.sizes[show(name)] = size_bytes
        inside = name.partition("/")[2]
        if inside == "PKG-INFO" and size_bytes <= MAX_METADATA_BYTES:
            self.infos[name] = content
        elif content:
            self.texts[show(name)] = licence_text(content)


def read_sdist(
    file: BinaryIO, filename: Filename, budget: Budget, defects: Defects
) -> ArchiveReport:
    """Read the whole sdist."""
    contents = _Contents()
    if filename.text.endswith(".zip"):
        _read_zip(file, budget, defects, contents)
    else:
        _read_tar(file, budget, defects, contents)
    root = _find_root(contents.roots, filename, defects)
    metadata = contents.infos.get(f"{root}/PKG-INFO")
    if metadata is None:
        defects.add("no-pkg-info", "The sdist has no PKG-INFO at its root.")
    return ArchiveReport(contents.sizes, metadata, _under(root, contents.texts))


def _read_zip(file: BinaryIO, budget: Budget, defects: Defects, contents: _Contents) -> None:
    archive = ZipContents(file, budget, defects)
    archive.open()
    for name in archive.entries:
        content, seen = archive.read(name, contents.keep_bytes(name))
        contents.keep(name, content, seen.size_bytes)


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
        content, size = _read_content(stream, member, contents.keep_bytes(name))
        if size != member.size:
            raise BrokenOff("unreadable", f"The tar archive is cut off in {shown}.")
        contents.keep(name, content, size)


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


def _read_content(stream: TarStream, member: tarfile.TarInfo, keep_bytes: int) -> tuple[bytes, int]:
    stream.seek(member.offset_data)
    size, kept = 0, bytearray()
    while size < member.size:
        chunk = stream.read(min(CHUNK_BYTES, member.size - size))
        if not chunk:
            break
        size += len(chunk)
        if len(kept) < keep_bytes:
            kept += chunk[: keep_bytes - len(kept)]
    return bytes(kept), size


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


def _under(root: str, texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if name.startswith(f"{show(root)}/")}
