"""What two archives differ in, line by line: which files are shown, in which order, how much.

Differences are for people, who read some hundred lines and not a hundred thousand. What is cut
is said. What matters most comes first: files with findings that are new, then what runs by
itself, then code, then all other text; tests and documentation last.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from affineur.core.archives import ArchiveReport, Kind, Member
from affineur.core.change_facts import facts_of, told
from affineur.core.comparable import Contents, contents_of, is_startup
from affineur.core.comparing import Comparison, compare
from affineur.core.files import Filename
from affineur.core.hunks import Hunk, unified

_ASIDE = re.compile(
    r"(^|/)(tests?|testing|docs?|examples?|benchmarks?|\.github)/|(^|/)(test_[^/]*|conftest)\.py$"
)
_BY_ITSELF = re.compile(r"(setup|sitecustomize|usercustomize)\.py|pyproject\.toml|setup\.cfg")


@dataclass(frozen=True, slots=True)
class DiffCaps:
    """How much of a difference is made and shown at most."""

    files: int = 300
    """Files that are compared line by line."""
    file_bytes: int = 1024 * 1024
    """Of each side of a file."""
    file_lines: int = 20_000
    """Of each side of a file."""
    shown_per_file: int = 500
    """Lines of one file's difference; with 0 they are counted only."""
    shown: int = 5000
    """Lines of all differences together."""
    context: int = 3
    """Lines around each change."""
    is_coloured: bool = False
    """Whether lines come with the colours of code."""
    colours_s: float = 4.0
    """Seconds for all colours together; what is left then is plain."""
    file_s: float = 2.0
    """Seconds for one file."""
    total_s: float = 20.0
    """Seconds for all files together; none is begun after them."""


class State(StrEnum):
    """What became of a file."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Touched:
    """A file that is not as it was."""

    path: str
    """Comparable between releases (`core.comparable`)."""
    state: State
    old: str | None = None
    """Its name in the old archive."""
    new: str | None = None
    """Its name in the new archive."""
    old_member: Member | None = None
    new_member: Member | None = None

    @property
    def is_text(self) -> bool:
        """Whether what there is of it can be shown as lines."""
        sides = [one for one in (self.old_member, self.new_member) if one is not None]
        return self.state is not State.RENAMED and all(one.kind is Kind.TEXT for one in sides)


@dataclass(frozen=True, slots=True)
class Lines:
    """A file's difference line by line, and why it is not whole; both may be empty."""

    hunks: tuple[Hunk, ...] = ()
    cut: str = ""
    added: int = 0
    """Lines that are new, also those that are not told."""
    removed: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """Write it as `diff -u` does."""
        return tuple(unified(self.hunks))


@dataclass(frozen=True, slots=True)
class Difference:
    """What two archives differ in."""

    old: Filename
    new: Filename
    comparison: Comparison
    files: tuple[tuple[Touched, Lines], ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of two archives."""

    filename: Filename
    archive: ArchiveReport

    @property
    def contents(self) -> Contents:
        """Give its files by comparable paths."""
        return contents_of(self.filename, self.archive)


def touched(
    old: Side, new: Side, patterns: Sequence[str] = ()
) -> tuple[Comparison, tuple[Touched, ...]]:
    """Compare two archives; give what is not as it was, what matters most first.

    `patterns` (`fnmatch`) choose among the paths.
    """
    suspects = _suspects(old.archive, new.archive)
    comparison = compare(old.filename, old.archive, new.filename, new.archive)
    found = [
        one
        for one in _touched(comparison, old.contents, new.contents)
        if not patterns or any(fnmatchcase(one.path, pattern) for pattern in patterns)
    ]
    found.sort(key=lambda one: (*_place(one, suspects), one.path))
    return comparison, tuple(found)


def _suspects(old: ArchiveReport, new: ArchiveReport) -> frozenset[str]:
    """Give the files in which a scan saw what it did not see before."""
    known = {(one.rule, one.anchor or one.where.quote) for one in old.scan.signals}
    return frozenset(
        one.where.file
        for one in new.scan.signals
        if (one.rule, one.anchor or one.where.quote) not in known
    )


def _touched(comparison: Comparison, old: Contents, new: Contents) -> Iterator[Touched]:
    files = comparison.files
    for path in files.added:
        yield Touched(path, State.ADDED, None, new.names[path], None, new.files[path])
    for path in files.removed:
        yield Touched(path, State.REMOVED, old.names[path], None, old.files[path], None)
    for state, pairs in (
        (State.CHANGED, [(path, path) for path in files.changed]),
        (State.RENAMED, files.renamed),
    ):
        for before, path in pairs:
            names = old.names[before], new.names[path]
            yield Touched(path, state, *names, old.files[before], new.files[path])


def _place(one: Touched, suspects: Collection[str]) -> tuple[bool, bool, bool, bool, bool]:
    return (
        one.new not in suspects,
        not (is_startup(one.path) or _BY_ITSELF.fullmatch(one.path)),
        _ASIDE.search(one.path) is not None,
        not one.path.endswith((".py", ".pyi", ".pyx", ".sh")),
        not one.is_text,
    )


def to_json(found: Difference) -> dict[str, Any]:  # Any: JSON
    """Tell a difference as the API and the command line do."""
    facts = facts_of(found.comparison)
    return {
        "old": found.old.text,
        "new": found.new.text,
        "facts": facts,
        "summary": list(told(facts)),
        "files": [
            {
                "path": one.path,
                "state": str(one.state),
                "old": _member_to_json(one.old, one.old_member),
                "new": _member_to_json(one.new, one.new_member),
                "added": lines.added,
                "removed": lines.removed,
                "diff": "\n".join(lines.lines),
                "cut": lines.cut,
            }
            for one, lines in found.files
        ],
    }


def _member_to_json(name: str | None, member: Member | None) -> dict[str, Any] | None:  # Any: JSON
    if name is None or member is None:
        return None
    return {
        "name": name,
        "size_bytes": member.size_bytes,
        "sha256": member.sha256,
        "kind": str(member.kind),
    }
