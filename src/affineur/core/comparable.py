"""The contents of an archive by paths that can be compared between releases and builds.

Left out of a path is what changes with every release: the version in the name of a dist-info
folder, the root of an sdist, the Python and platform in the name of a compiled module. Files
that every build writes anew (RECORD, METADATA) count for what they say only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from affineur.core.archives import ArchiveReport, Kind, Member
from affineur.core.files import FileKind, Filename

_WRITTEN_ANEW = re.compile(
    r"\.dist-info/(RECORD(\..*)?|METADATA|WHEEL|sboms/.*)|PKG-INFO"
    r"|(.*/)?[^/]+\.egg-info/(PKG-INFO|SOURCES\.txt)"
)
_OWN_FOLDER = re.compile(r"(?P<stem>[^/]+)(?P<kind>\.(?:dist-info|data))(?=/)")
_NATIVE = re.compile(r"\.(so|pyd|dylib|dll)(\.[0-9.]+)?$")
_BUILT_FOR = re.compile(r"(?<=.)\.(?:cpython|cp\d|pypy|pp\d|abi3|graalpy)[^/]*(?=\.(?:so|pyd)$)")
_MANGLED = re.compile(r"-[0-9a-f]{8,}(?=[.-])")
_SO_VERSION = re.compile(r"(?<=\.so)(\.\d+)+$|(\.\d+)+(?=\.dylib$)")
_HOOKS = ("sitecustomize.py", "usercustomize.py")


@dataclass(frozen=True, slots=True)
class Contents:
    """One archive's files by comparable paths."""

    files: Mapping[str, Member]
    names: Mapping[str, str]
    """The name in the archive for each path."""
    kind: FileKind

    def startup(self) -> set[str]:
        """Give what runs whenever Python starts."""
        return {path for path in self.files if self.kind is FileKind.WHEEL and is_startup(path)}

    def of_kind(self, *kinds: Kind) -> set[str]:
        """Give the files whose bytes are of these kinds."""
        return {path for path, member in self.files.items() if member.kind in kinds}

    @property
    def size_bytes(self) -> int:
        """Give what all of it takes, unpacked."""
        return sum(member.size_bytes for member in self.files.values())


def contents_of(filename: Filename, archive: ArchiveReport) -> Contents:
    """Give an archive's files by comparable paths; what is written anew is left out."""
    files, names = {}, {}
    for name, member in archive.members.items():
        path = comparable(filename, name)
        if not _WRITTEN_ANEW.fullmatch(path):
            files[path] = member
            names[path] = name
    return Contents(files, names, filename.kind)


def comparable(filename: Filename, name: str) -> str:
    """Give a member's path without what changes with every release and every build."""
    if filename.kind is FileKind.SDIST:
        return name.partition("/")[2] or name
    own = _OWN_FOLDER.match(name)
    if own is not None and filename.is_meant_by(own["stem"]):
        name = own["kind"] + name[own.end() :]
    if _NATIVE.search(name) is None:
        return name
    name = _SO_VERSION.sub("", _BUILT_FOR.sub("", name))
    return _MANGLED.sub("", name)


def is_startup(path: str) -> bool:
    """Whether a file of a wheel runs, or may run, whenever Python starts."""
    inside = re.sub(r"^\.data/(purelib|platlib)/", "", path)
    return "/" not in inside and (inside.endswith(".pth") or inside in _HOOKS)


def entry_points(archive: ArchiveReport, contents: Contents) -> frozenset[tuple[str, str]]:
    """Give each entry point of a wheel or an sdist that tells: its group and its name."""
    if contents.kind is FileKind.WHEEL:
        wanted = [contents.names.get(".dist-info/entry_points.txt")]
    else:
        wanted = [n for p, n in contents.names.items() if p.endswith(".egg-info/entry_points.txt")]
    texts = [archive.texts[name] for name in wanted if name is not None and name in archive.texts]
    return frozenset(one for text in texts[:1] for one in _parsed(text))


def _parsed(text: str) -> Iterator[tuple[str, str]]:
    group = ""
    for line in (one.strip() for one in text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif "=" in line and not line.startswith(("#", ";")):
            yield group, line.partition("=")[0].strip()
