"""Blocks: withdrawal of a project, a release or one file, everywhere at once.

A block keeps names taken: what is blocked is withheld, never forgotten. It is lifted only
by an explicit unblock with a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version

from affineur.core.files import IndexFile
from affineur.core.names import ProjectName, Sha256
from affineur.core.pages import Rule, Show, Withholding


@dataclass(frozen=True, slots=True)
class Target:
    """What a block speaks of: a project, one version of it, or one file by its digest."""

    project: ProjectName
    version: Version | None = None
    sha256: Sha256 | None = None

    def covers(self, version: Version, sha256: Sha256 | None) -> bool:
        """Whether a file of the project is meant."""
        return self.version in {None, version} and self.sha256 in {None, sha256}

    def __str__(self) -> str:
        release = f"{self.project}=={self.version}" if self.version else str(self.project)
        return f"{release} (sha256 {self.sha256})" if self.sha256 else release


@dataclass(frozen=True, slots=True)
class Block:
    """Nothing serves what this covers: a project, one version of it, or one digest."""

    id: int
    project: ProjectName
    version: Version | None
    sha256: Sha256 | None
    reason: str
    by: str
    at: datetime
    is_malware: bool = False
    """Known malware is hidden, not explained."""

    def covers(self, file: IndexFile) -> bool:
        """Whether this block withdraws the file."""
        name = file.filename
        return name.project == self.project and self.target.covers(name.version, file.sha256)

    @property
    def target(self) -> Target:
        """Give what it speaks of."""
        return Target(self.project, self.version, self.sha256)

    def covers_release(self, project: ProjectName, version: Version) -> bool:
        """Whether this block withdraws every file of the release."""
        return project == self.project and self.sha256 is None and self.target.covers(version, None)

    def withholding(self) -> Withholding:
        """Say what a refused client is told."""
        if self.is_malware:
            return Withholding(Rule.MALWARE, f"blocked as malware: {self.reason}", Show.HIDE)
        return Withholding(Rule.BLOCK, f"blocked: {self.reason}")


def judge(blocks: Sequence[Block], file: IndexFile) -> Withholding | None:
    """Why blocks keep this file back, or None; hiding wins over explaining."""
    covering = [block for block in blocks if block.covers(file)]
    if not covering:
        return None
    return min(covering, key=lambda block: not block.is_malware).withholding()
