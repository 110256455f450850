"""Reads an sdist, `.tar.gz` or `.zip`: every member to its end, PKG-INFO, the licence files.

Source: PEP 625, and PEP 721 for what a tar archive may hold.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from affineur.checks.gathering import Gathering
from affineur.checks.member_names import Names
from affineur.checks.members import (
    CHUNK_BYTES,
    MAX_METADATA_BYTES,
    BrokenOff,
    Budget,
    Defects,
    show,
)
from affineur.checks.record_file import Seen
from affineur.checks.scanning.scanner import Scanner
from affineur.checks.tar_headers import TarMember, read_members
from affineur.checks.tar_links import Links
from affineur.checks.tar_stream import TarStream
from affineur.checks.zip_contents import ZipContents
from affineur.checks.zip_end import looks_like_zip
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

    def judge_repeated(self, name: str, seen: Seen, defects: Defects) -> None:
        """Compare a member with the one of its name before: some tools pack a file twice."""
        shown = show(name)
        before = self.gathering.members.get(shown)
        if before is not None and before.sha256 == seen.sha256.hex():
            defects.add("repeated", f"{shown} is in the archive twice, with the same bytes.", shown)
        else:
            defects.add("duplicate", f"{shown} is in the archive more than once.", shown)

    def take(self, name: str, content: bytes, seen: Seen) -> None:
        """Take in a member that was read."""
        self.gathering.take(name, content, seen.size_bytes, seen.sha256.hex())
        if name.partition("/")[2] == "PKG-INFO" and seen.size_bytes <= MAX_METADATA_BYTES:
            self.infos[name] = content


def read_sdist(
    file: BinaryIO,
    filename: Filename,
    budget: Budget,
    defects: Defects,
    wanted: re.Pattern[str],
    scanner: Scanner | None = None,
) -> ArchiveReport:
    """Read the whole sdist."""
    contents = _Contents(Gathering(_under_root, wanted, scanner or Scanner(filename)))
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
    if looks_like_zip(file, budget.file_bytes):
        what = "It is a tar archive by its name, and a zip archive by its end: pip unpacks that."
        defects.add("polyglot", what)
    file.seek(0)
    stream = TarStream(file, budget, defects)
    names = Names(defects, may_repeat=True)
    links = Links(defects)
    for member in read_members(stream, defects):
        _take_member(stream, member, names, links, contents)
    names.finish()
    links.finish()
    stream.finish()


def _take_member(
    stream: TarStream, member: TarMember, names: Names, links: Links, contents: _Contents
) -> None:
    name = member.name.removeprefix("./")
    if member.kind == "folder" and name in ("", "."):
        return
    shown = names.take(name, is_folder=member.kind == "folder")
    if member.kind == "neither":
        names.defects.add("device", f"{shown} is neither a file, a folder nor a link.", shown)
    elif name in names.repeated and (member.kind != "file" or name in links.targets):
        names.defects.add("duplicate", f"{shown} is in the archive as a link, too.", shown)
    elif member.kind == "file":
        content, seen = _read_content(stream, member, contents.keep_bytes(name, member.size_bytes))
        if name in names.repeated:
            contents.judge_repeated(name, seen, names.defects)
        contents.take(name, content, seen)
    elif member.kind != "folder":
        links.take(name, member)


def _read_content(stream: TarStream, member: TarMember, keep_bytes: int) -> tuple[bytes, Seen]:
    left, kept, sha256 = member.size_bytes, bytearray(), hashlib.sha256()
    while left:
        chunk = stream.read(min(CHUNK_BYTES, left))
        if not chunk:
            raise BrokenOff("unreadable", f"The tar archive is cut off in {show(member.name)}.")
        left -= len(chunk)
        sha256.update(chunk)
        if len(kept) < keep_bytes:
            kept += chunk[: keep_bytes - len(kept)]
    return bytes(kept), Seen(member.size_bytes, sha256.digest(), sha256.digest())


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
