"""What use cases need of whoever reads archives: each in a child process, with limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from affineur.core.archives import ArchiveReport
from affineur.core.differences import Touched
from affineur.core.files import Filename
from affineur.core.lines import DiffCaps, Lines
from affineur.core.member_views import MemberView, Window


class ArchiveReader(Protocol):
    """Reads distribution archives in a child process with limits."""

    def read(self, path: Path, filename: Filename) -> ArchiveReport:
        """Read the archive; raise `NotAssessable` when it cannot be read at all. Blocking."""
        ...

    @property
    def version(self) -> str:
        """Changes when the same archive may give another report."""
        ...


class ArchiveDiffer(Protocol):
    """Compares archives line by line in a child process with limits."""

    async def lines(
        self,
        old: tuple[Path, Filename],
        new: tuple[Path, Filename],
        files: Sequence[Touched],
        caps: DiffCaps,
    ) -> tuple[Lines, ...]:
        """Give the lines of each of these files, in their order, within the caps.

        Raise `NotAssessable` when the archives cannot be compared.
        """
        ...


class MemberReader(Protocol):
    """Shows single files of archives, read in a child process with limits."""

    async def view(self, path: Path, filename: Filename, member: str, window: Window) -> MemberView:
        """Give some lines of a file, or its first bytes when it is no text.

        `member` is its name as the archive's report gives it. Raise `NotAssessable` when it
        cannot be read.
        """
        ...
