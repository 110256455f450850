"""What a filter would withhold: the connector's filters with and without it, asked of each file.

What the other filters keep back already is not its doing. A file is judged as it is now: of one
that is younger than a minimum age it counts that it would be withheld today.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version

from affineur.core.files import IndexFile
from affineur.core.filters import Filter, judge
from affineur.core.names import ProjectName


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that is asked about, and how often it was taken."""

    file: IndexFile
    downloads: int = 0


@dataclass(frozen=True, slots=True)
class Withheld:
    """A release of which a filter would withhold files."""

    project: ProjectName
    version: Version
    files: tuple[Looked, ...]
    of_files: int
    """How many files of it were looked at."""

    @property
    def downloads(self) -> int:
        """How often the files were taken that would be withheld."""
        return sum(one.downloads for one in self.files)


def withheld_by(
    rule: Filter, standing: Sequence[Filter], files: Iterable[Looked], now: datetime
) -> tuple[Withheld, ...]:
    """Say which releases a further filter would withhold files of, most used first."""
    found: dict[tuple[ProjectName, Version], list[Looked]] = {}
    counted: dict[tuple[ProjectName, Version], int] = {}
    together = (*standing, rule)
    for one in files:
        name = one.file.filename
        key = (name.project, name.version)
        counted[key] = counted.get(key, 0) + 1
        if judge(standing, one.file, now) is None and judge(together, one.file, now) is not None:
            found.setdefault(key, []).append(one)
    releases = (Withheld(*key, tuple(some), counted[key]) for key, some in found.items())
    return tuple(sorted(releases, key=lambda one: (-one.downloads, one.project, one.version)))
