"""The subject of a check: one file, and all that is known of it when its checks run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from packaging.version import Version

from affineur.core.advisories import Advisories
from affineur.core.archives import ArchiveReport
from affineur.core.files import IndexFile
from affineur.core.findings import Fact, Finding
from affineur.core.known_names import KnownNames
from affineur.core.requests import RequestFile


class NotAssessable(Exception):
    """Something could not be looked at; `reason` is told to the approver."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __repr__(self) -> str:
        """Give its reason and nothing of where it was raised: it is part of fingerprints."""
        return f"NotAssessable({self.reason!r})"


class Need(StrEnum):
    """The parts of a subject that a check may look at."""

    ARCHIVE = "archive"
    INDEX = "index"
    """What the source says of this file: `index`, `first_seen_at`."""
    PROJECT = "project"
    """What the source says of the project: `project_files`, `project_status`."""
    ADVISORIES = "advisories"
    NAMES = "names"
    PROVENANCE = "provenance"
    PREVIOUS = "previous"
    RELEASE = "release"
    HOUSE = "house"
    SCORECARD = "scorecard"
    TIME = "time"
    """The day; a check that needs it looks anew each day."""


@dataclass(frozen=True, slots=True)
class Previous:
    """The last approved version of the project: its file that is most like this one."""

    file: RequestFile
    approved_at: datetime
    archive: ArchiveReport | NotAssessable
    findings: tuple[Finding, ...] = ()
    """What the checks see in it today; where they cannot look, what they saw before."""
    facts: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)
    """Its facts by check, as that check gave them."""

    @property
    def version(self) -> Version:
        """Its version."""
        return self.file.filename.version


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another file of the same release that is at hand."""

    file: RequestFile
    archive: ArchiveReport | NotAssessable


@dataclass(frozen=True, slots=True)
class House:
    """What the organisation runs."""

    pythons: tuple[str, ...] = ()
    """Python versions such as `3.12`; empty means any."""
    platforms: tuple[str, ...] = ()
    """uv's names of platforms, such as `x86_64-manylinux_2_28`; empty means any."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One file, and all that is known of it when its checks run."""

    file: RequestFile
    now: datetime
    archive: ArchiveReport | NotAssessable
    index: IndexFile | None = None
    """What the source says of the file now; None when it no longer lists it."""
    project_status: str | None = None
    project_files: tuple[IndexFile, ...] = ()
    """Every file of the project that the source lists now, this one too."""
    first_seen_at: datetime | None = None
    """When affineur first saw this filename at its origin."""
    advisories: Advisories = Advisories()
    names: KnownNames | NotAssessable = NotAssessable("no names are known")
    provenance: bytes | NotAssessable | None = None
    """The provenance object (PEP 740) as its origin gives it; None when it has none."""
    scorecard: Mapping[str, Fact] | None = None
    """The OpenSSF Scorecard of its repository; None when it is not known."""
    previous: Previous | None = None
    """None when no other version of the project is approved."""
    release: tuple[Sibling, ...] = ()
    house: House = House()

    def fingerprint(self, need: Need) -> str:
        """Give a digest that changes when this part of the subject does.

        The archive's is its sha256: the reader's version is the keeper's affair.
        """
        told = hashlib.sha256(repr(self._part(need)).encode("utf-8", "surrogatepass"))
        return told.hexdigest()[:32]

    def _part(self, need: Need) -> object:
        parts: dict[Need, object] = {
            Need.ARCHIVE: self.file.sha256,
            Need.INDEX: (self.index, self.first_seen_at),
            Need.PROJECT: (self.project_status, self.project_files),
            Need.ADVISORIES: self.advisories.fingerprint,
            Need.NAMES: getattr(self.names, "version", self.names),
            Need.PROVENANCE: self.provenance,
            Need.PREVIOUS: self.previous and _told_of(self.previous),
            Need.RELEASE: [(one.file.sha256, _trouble(one.archive)) for one in self.release],
            Need.HOUSE: self.house,
            Need.SCORECARD: self.scorecard,
            Need.TIME: self.now.date(),
        }
        return parts[need]


def _told_of(previous: Previous) -> object:
    keys = [finding.key for finding in previous.findings]
    return (previous.file.sha256, _trouble(previous.archive), keys, previous.facts)


def _trouble(archive: ArchiveReport | NotAssessable) -> NotAssessable | None:
    return archive if isinstance(archive, NotAssessable) else None
