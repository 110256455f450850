"""What two archives differ in, line by line: which files are shown, in which order, how much.

Differences are for people, who read some hundred lines and not a hundred thousand. What is cut
is said. What matters most comes first: files with findings that are new, then what runs by
itself, then code, then all other text; tests and documentation last.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from affineur.core.archives import ArchiveReport, Kind, Member
from affineur.core.change_facts import facts_of, told
from affineur.core.comparable import Contents, contents_of, is_startup
from affineur.core.comparing import Comparison, compare_contents
from affineur.core.files import Filename
from affineur.core.lines import Lines

_ASIDE = re.compile(
    r"(^|/)(tests?|testing|docs?|examples?|benchmarks?|\.github)/|(^|/)(test_[^/]*|conftest)\.py$"
)
_BY_ITSELF = re.compile(r"(setup|sitecustomize|usercustomize)\.py|pyproject\.toml|setup\.cfg")


class State(StrEnum):
    """What became of a file."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


class Group(StrEnum):
    """What a file is for whoever reads a change; in the order in which they are read."""

    SUSPECT = "with findings"
    BY_ITSELF = "run by itself"
    CODE = "code"
    TEXT = "other text"
    BINARY = "compiled and binary"
    ASIDE = "tests and documentation"


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
    group: Group = Group.TEXT

    @property
    def is_text(self) -> bool:
        """Whether what there is of it can be shown as lines."""
        sides = [one for one in (self.old_member, self.new_member) if one is not None]
        return self.state is not State.RENAMED and all(one.kind is Kind.TEXT for one in sides)


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
    contents: Contents = field(init=False, repr=False)
    """Its files by comparable paths."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "contents", contents_of(self.filename, self.archive))


def compare_sides(old: Side, new: Side) -> Comparison:
    """Compare two archives."""
    return compare_contents((old.archive, old.contents), (new.archive, new.contents))


def touched(
    old: Side, new: Side, patterns: Sequence[str] = ()
) -> tuple[Comparison, tuple[Touched, ...]]:
    """Compare two archives; give what is not as it was, what matters most first.

    `patterns` (`fnmatch`) choose among the paths.
    """
    comparison = compare_sides(old, new)
    found = in_order(comparison, old, new, _suspects(old.archive, new.archive))
    return comparison, tuple(
        one
        for one in found
        if not patterns or any(fnmatchcase(one.path, pattern) for pattern in patterns)
    )


def in_order(
    comparison: Comparison, old: Side, new: Side, suspects: Collection[str]
) -> tuple[Touched, ...]:
    """Give what is not as it was, what matters most first.

    `suspects` are the members of the new archive of which something new is known.
    """
    order = [*Group]
    found = [
        replace(one, group=_group(one, suspects))
        for one in _touched(comparison, old.contents, new.contents)
    ]
    found.sort(key=lambda one: (order.index(one.group), *one.path.rpartition("/")[::2]))
    return tuple(found)


def _group(one: Touched, suspects: Collection[str]) -> Group:
    if one.new in suspects:
        return Group.SUSPECT
    if is_startup(one.path) or _BY_ITSELF.fullmatch(one.path):
        return Group.BY_ITSELF
    if _ASIDE.search(one.path):
        return Group.ASIDE
    if _is_code(one):
        return Group.CODE
    return Group.TEXT if one.is_text or one.state is State.RENAMED else Group.BINARY


def _is_code(one: Touched) -> bool:
    kinds = {member.kind for member in (one.old_member, one.new_member) if member is not None}
    return one.path.endswith((".py", ".pyi", ".pyx", ".sh")) and kinds == {Kind.TEXT}


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
                "group": str(one.group),
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
