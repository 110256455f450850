"""Which approved file a new one is compared with: the last approved version, and the file of it.

The last approved version is the highest that is not above the new one; when all are above it,
the highest of all. A file of the same version counts only when it is of the same kind: a wheel
for another platform, perhaps, that came later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

from packaging.version import Version

from affineur.core.files import FileKind, Filename, IndexFile
from affineur.core.names import Sha256

_PLATFORM_VERSION = re.compile(r"_?\d+(_\d+)?(?=_)")


def predecessor(
    filename: Filename, sha256: Sha256, approved: Sequence[IndexFile]
) -> IndexFile | None:
    """Choose among a project's approved files; None when there is nothing to compare with."""
    others = [one for one in approved if _is_comparable(filename, sha256, one)]
    below = [one for one in others if one.filename.version <= filename.version]
    candidates = below or others
    if not candidates:
        return None
    last = max(one.filename.version for one in candidates)
    of_it = [one for one in candidates if one.filename.version == last]
    return min(of_it, key=lambda one: (*_unlikeness(filename, one.filename), one.filename.text))


def before_it(version: Version, others: Iterable[Version]) -> Version | None:
    """Choose the version that one is held against; None when there is no other."""
    every = {*others} - {version}
    below = {one for one in every if one < version}
    return max(below or every, default=None)


def most_alike(old: Iterable[Filename], new: Iterable[Filename]) -> tuple[Filename, Filename]:
    """Choose the two files, of two releases that have some, that can best be compared.

    Of those that are equally alike: wheels before sdists, those for every platform first.
    """

    def place(pair: tuple[Filename, Filename]) -> tuple[object, ...]:
        before, after = pair
        for_any = after.kind is FileKind.WHEEL and "any" in _platforms(after)
        is_sdist = after.kind is FileKind.SDIST
        return (*_unlikeness(after, before), is_sdist, not for_any, after.text, before.text)

    return min(product(old, new), key=place)


def _is_comparable(filename: Filename, sha256: Sha256, other: IndexFile) -> bool:
    if other.sha256 in (None, sha256):
        return False
    return other.filename.version != filename.version or other.filename.kind == filename.kind


def _unlikeness(new: Filename, old: Filename) -> tuple[bool, bool, bool, bool]:
    """Order by likeness: kind, then all tags, then the platform, then the Python."""
    return (
        new.kind != old.kind,
        new.tags != old.tags,
        not _platforms(new) & _platforms(old),
        not {tag.interpreter for tag in new.tags} & {tag.interpreter for tag in old.tags},
    )


def _platforms(filename: Filename) -> frozenset[str]:
    """Give the platforms without their versions: `manylinux_x86_64`, `macosx_arm64`, `any`."""
    return frozenset(_PLATFORM_VERSION.sub("", tag.platform) for tag in filename.tags)
