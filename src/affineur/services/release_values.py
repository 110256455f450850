"""What the page of a release shows, as values; `services.releases` puts them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version

from affineur.core.advisory_groups import Group
from affineur.core.blocks import Block
from affineur.core.described import Described
from affineur.core.feeds import Feed
from affineur.core.files import IndexFile
from affineur.core.findings import Assessment, Fact, Finding, Verdict
from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.pages import Origin, Withholding
from affineur.core.policy_values import Answer, Step
from affineur.core.waivers import Waiver
from affineur.store.releases import Asked, Happened, Stay
from affineur.store.requirements import NeededBy
from affineur.store.usage import Downloaded, Taker


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of the release."""

    file: IndexFile
    origin: Origin
    withheld: Withholding | None
    is_held: bool
    assessment: Assessment | None

    @property
    def sha256(self) -> Sha256 | None:
        """Its digest."""
        return self.file.sha256


@dataclass(frozen=True, slots=True)
class SeenFinding:
    """A finding, in all the files of the release that have it."""

    finding: Finding
    files: tuple[ShownFile, ...]
    is_new: bool
    """The last approved version did not have it."""
    waiver: Waiver | None = None
    """What accepts it in the feed that judges."""

    @property
    def key(self) -> str:
        """The finding's own."""
        return self.finding.key


@dataclass(frozen=True, slots=True)
class CheckSaid:
    """What one check said of the release."""

    check: str
    findings: tuple[SeenFinding, ...]
    not_assessed: tuple[str, ...]
    """Why it could not look at some file, or at all."""
    not_applicable: str | None
    data_as_of: datetime | None

    @property
    def is_clean(self) -> bool:
        """Whether it looked at everything and saw nothing."""
        return not (self.findings or self.not_assessed or self.not_applicable)


@dataclass(frozen=True, slots=True)
class Judged:
    """What vetting and the policy say of the release."""

    feed: FeedName
    """Whose policy judges."""
    policy_number: int
    answer: Answer
    steps: tuple[Step, ...]
    checks: tuple[CheckSaid, ...]
    """In the order of the checks."""
    assessed_at: datetime
    """The oldest of the latest assessments of its files."""
    unassessed: tuple[ShownFile, ...]
    """Files that were never vetted: nothing here speaks of them."""
    against: str | None
    """The approved version that it was held against."""
    gone: tuple[Finding, ...]
    """Findings of that version that this one no longer has."""
    facts: Mapping[str, Mapping[str, Fact]]
    """What each check measured of the first file that it measured."""

    @property
    def new_findings(self) -> tuple[SeenFinding, ...]:
        """What the last approved version did not have."""
        return tuple(one for check in self.checks for one in check.findings if one.is_new)

    @property
    def not_assessed(self) -> tuple[CheckSaid, ...]:
        """The checks that could not look."""
        return tuple(one for one in self.checks if one.not_assessed)


@dataclass(frozen=True, slots=True)
class Use:
    """How the release was taken in the last thirty days."""

    since: datetime
    files: tuple[Downloaded, ...]
    takers: tuple[Taker, ...] | None
    """None for whoever may not see who took what."""

    @property
    def count(self) -> int:
        """How often its files were taken."""
        return sum(one.count for one in self.files)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of the project, as the feed shows it."""

    version: Version
    uploaded_at: datetime | None
    served: int
    withheld: Withholding | None
    """Why none of its files is served; None when some are."""
    is_yanked: bool
    stays: tuple[Stay, ...] = ()
    """Where it stands now."""
    verdict: Verdict | None = None
    """What the policy said of it when it was asked for last."""
    advisories: int = 0


@dataclass(frozen=True, slots=True)
class ShownRelease:
    """Everything that is known of a release to whoever asks."""

    feed: Feed
    project: ProjectName
    version: Version
    files: tuple[ShownFile, ...]
    stays: tuple[Stay, ...]
    """Where its files stand and stood, in the feeds that may be read, the newest first."""
    asked: tuple[Asked, ...]
    blocks: tuple[Block, ...]
    owners: tuple[FeedName, ...]
    judged: Judged | None
    """None when it was never vetted, or what vetting says may not be read."""
    may_read_vetting: bool
    ask_at: FeedName | None
    """At which feed it can be asked for; None where nothing can."""
    described: Described | None
    """What it says of itself; None when none of its files was read yet."""
    advisories: tuple[Group, ...]
    advisories_as_of: datetime | None
    incidents: tuple[Happened, ...]
    use: Use
    needed_by: NeededBy
    """Who in the house requires its project, in the feeds that may be read."""
    versions: tuple[VersionRow, ...]
    """Of its project, the newest first."""
    project_status: str | None

    @property
    def standing(self) -> tuple[Stay, ...]:
        """Where it stands now."""
        return tuple(one for one in self.stays if one.ended_at is None)

    @property
    def served(self) -> tuple[ShownFile, ...]:
        """The files that the feed serves."""
        return tuple(one for one in self.files if one.withheld is None)

    @property
    def withheld(self) -> Withholding | None:
        """Why the feed serves none of its files; None when it serves some."""
        return None if self.served else next((one.withheld for one in self.files), None)


@dataclass(frozen=True, slots=True)
class ShownProject:
    """What is known of a project in a feed to whoever asks."""

    feed: Feed
    project: ProjectName
    versions: tuple[VersionRow, ...]
    """The newest first, 500 at most."""
    owners: tuple[FeedName, ...]
    """The feeds that own the name, of those that may be read."""
    blocks: tuple[Block, ...]
    asked: tuple[Asked, ...]
    ask_at: FeedName | None
    described: Described | None
    """What the newest served release says of itself, if one of its files was read."""
    advisories_as_of: datetime | None
    incidents: tuple[Happened, ...]
    use: Use
    needed_by: NeededBy
    project_status: str | None
    status_reason: str | None

    @property
    def newest_served(self) -> VersionRow | None:
        """The version that an install without a version would take."""
        served = [one for one in self.versions if one.served]
        return min(served, key=lambda one: (one.is_yanked, one.version.is_prerelease), default=None)
