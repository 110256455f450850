"""The files of an archive as a tree: one folder at a time, for an archive may have thousands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from affineur.core.archives import Kind, Member
from affineur.core.findings import Finding, Severity

_WORST = (Severity.BLOCK, Severity.REVIEW, Severity.INFO)
MOST = 1_000
"""How many entries of one folder are given."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A file, or a folder with all that is below it."""

    path: str
    """Of a folder it ends with a slash."""
    name: str
    files: int
    size_bytes: int
    kinds: frozenset[Kind]
    """Of its files that are no text."""
    findings: int = 0
    worst: Severity | None = None
    """Of its findings."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.path.endswith("/")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder's own entries: folders first, then files, by name."""

    path: str
    """Empty for the root, else with a slash at its end."""
    entries: tuple[Leaf, ...]
    left_out: int = 0
    """Entries that are not given, for there are too many."""


def chain(path: str) -> tuple[str, ...]:
    """Name all folders on the way to a path, the root first."""
    parts = path.split("/")[:-1]
    return ("", *("/".join(parts[: at + 1]) + "/" for at in range(len(parts))))


def folders(
    members: Mapping[str, Member], findings: Iterable[Finding], wanted: Collection[str]
) -> Mapping[str, Folder]:
    """Give these folders of an archive with their entries."""
    seen = _by_file(findings)
    below: dict[str, dict[str, list[str]]] = {path: {} for path in wanted}
    for folder, entries in below.items():
        start = len(folder)
        for name in members:
            if name.startswith(folder):
                first, slash, _ = name[start:].partition("/")
                entries.setdefault(f"{folder}{first}{slash}", []).append(name)
    leaves = {
        folder: [_leaf(path, names, members, seen) for path, names in found.items()]
        for folder, found in below.items()
    }
    return {folder: _folder(folder, found) for folder, found in leaves.items() if found}


def _folder(path: str, entries: list[Leaf]) -> Folder:
    entries.sort(key=lambda one: (not one.is_folder, one.name.lower(), one.name))
    return Folder(path, tuple(entries[:MOST]), max(0, len(entries) - MOST))


def _leaf(
    path: str, names: list[str], members: Mapping[str, Member], seen: Mapping[str, list[Finding]]
) -> Leaf:
    found = [finding for name in names for finding in seen.get(name, ())]
    kinds = {members[name].kind for name in names} - {Kind.TEXT}
    return Leaf(
        path=path,
        name=path.rstrip("/").rpartition("/")[2],
        files=len(names),
        size_bytes=sum(members[name].size_bytes for name in names),
        kinds=frozenset(kinds),
        findings=len(found),
        worst=min((one.severity for one in found), key=_WORST.index, default=None),
    )


def _by_file(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    seen: dict[str, list[Finding]] = {}
    for one in findings:
        if one.where is not None:
            seen.setdefault(one.where.file, []).append(one)
    return seen
