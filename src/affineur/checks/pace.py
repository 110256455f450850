"""How a release stands among those before it: what is out of step, told while it is fresh.

A release that has been out for a quarter of a year has been looked at by many; nothing of this is
told of it. Each rule was measured on the releases of popular projects (docs/vetting.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from affineur.checks.odd_versions import oddity
from affineur.checks.timeline import Dated, Timeline
from affineur.core.errors import BadInput
from affineur.core.files import IndexFile
from affineur.core.findings import Finding, Severity
from affineur.core.selection import Selection
from affineur.core.subjects import House

NAME = "history"
FRESH = timedelta(days=90)
_NEW = timedelta(days=90)
_SLEEP = timedelta(days=730)
_LATE = timedelta(days=7)
_BURST = timedelta(hours=1)
_HABIT = 3
_FEW = 2
_WHY_NEW = "Most malicious projects are found within weeks; nobody has lived with this one yet."
_WHY_SLEEP = "The accounts of sleeping projects are taken over, with their domains and passwords."
_WHY_ODD = "A number above all others makes installers prefer a release to every honest one."
_WHY_WHEELS = "To install an sdist runs code of its own, which a wheel does not."
_WHY_LATE = "A file can be added to an old, trusted release by whoever holds a token."
_TODO = "Look whether the project announced it."


@dataclass(frozen=True, slots=True)
class Place:
    """A file within its release, and the release within its project."""

    now: datetime
    file: IndexFile
    release: Dated
    before: tuple[Dated, ...]
    """What was begun before it, the earliest first."""
    timeline: Timeline

    @classmethod
    def of(cls, now: datetime, file: IndexFile, timeline: Timeline) -> Place | None:
        """Find a file's place; None when nobody dates it."""
        release = timeline.find(file.filename.version)
        if release is None or file.uploaded_at is None:
            return None
        return cls(now, file, release, timeline.before(release), timeline)

    @property
    def is_fresh(self) -> bool:
        """Whether the file is so young that few have looked at it."""
        return self.file.uploaded_at is None or self.now - self.file.uploaded_at < FRESH

    @property
    def project_age(self) -> timedelta:
        """How long ago the project's first file was uploaded."""
        return self.now - self.timeline.releases[0].began_at

    @property
    def silence(self) -> timedelta | None:
        """How long nothing had been uploaded when the release began; None for the first one."""
        began_at = self.release.began_at
        earlier = [
            one.uploaded_at
            for release in self.before
            for one in release.files
            if one.uploaded_at is not None and one.uploaded_at < began_at
        ]
        return began_at - max(earlier) if earlier else None

    @property
    def lateness(self) -> timedelta:
        """How long after the first file of its release the file was uploaded."""
        uploaded_at = self.file.uploaded_at or self.release.began_at
        return uploaded_at - self.release.began_at


def out_of_step(place: Place, house: House) -> Iterator[Finding]:
    """Tell what is out of step, of a file that is fresh."""
    yield from _of_project(place)
    if not place.is_fresh:
        return
    yield from _of_sleep(place)
    yield from _of_version(place)
    yield from _of_wheels(place, house)
    yield from _of_lateness(place)
    yield from _of_burst(place)


def finding(
    finding_id: str, severity: Severity, what: str, why: str = "", todo: str = ""
) -> Finding:
    """Make a finding of this check, the same one in every version."""
    return Finding(f"{NAME}.{finding_id}", NAME, severity, what, why, todo, anchor=finding_id)


def of_this_alone(found: Finding, what: str) -> Finding:
    """Make it another finding in another release: it was no news of the project, but of this."""
    return replace(found, anchor=f"{found.anchor} {what}")


def _of_project(place: Place) -> Iterator[Finding]:
    count = place.timeline.count
    told = "one release" if count == 1 else f"{count} releases"
    if place.project_age < _NEW:
        days = max(0, place.project_age.days)
        what = f"Its project is new: its first file was uploaded {_ago(days)}, and it has {told}."
        todo = "Look who is behind it, and whether an older project does the same."
        yield finding("new-project", Severity.REVIEW, what, _WHY_NEW, todo)
    elif count <= _FEW:
        what = f"Its project has {told} in {place.project_age.days} days."
        yield finding("few-releases", Severity.INFO, what)


def _of_sleep(place: Place) -> Iterator[Finding]:
    silence = place.silence
    if silence is not None and silence > _SLEEP:
        years = silence.days / 365.25
        what = f"Nothing of its project was uploaded for {years:.1f} years before this release."
        yield finding("long-sleep", Severity.REVIEW, what, _WHY_SLEEP, _TODO)


def _of_version(place: Place) -> Iterator[Finding]:
    version = place.release.version
    odd = oddity(version, [one.version for one in place.before], place.now.year)
    if odd is not None:
        what = f"Its version {version} {odd}."
        found = finding("odd-version", Severity.REVIEW, what, _WHY_ODD, _TODO)
        yield of_this_alone(found, str(version))


def _of_wheels(place: Place, house: House) -> Iterator[Finding]:
    """Tell of a release without the wheels that the releases before it had."""
    version = place.release.version
    alike = [one for one in place.before if version.is_prerelease or not one.version.is_prerelease]
    last = alike[-_HABIT:]
    if len(last) < _HABIT or place.file.is_wheel:
        return
    if all(one.has_wheel for one in last) and not place.release.has_wheel:
        what = f"It has no wheel; the {_HABIT} releases before it had some."
        todo = "Wait a day for its wheels, or ask for another version."
        yield finding("wheels-dropped", Severity.REVIEW, what, _WHY_WHEELS, todo)
    elif all(_fits(one, house) for one in last) and not _fits(place.release, house):
        what = f"It has no wheel for our platforms; the {_HABIT} releases before it had one."
        yield finding("our-wheels-dropped", Severity.INFO, what, _WHY_WHEELS)


def _fits(release: Dated, house: House) -> bool:
    """Whether the house could use a wheel of a release."""
    if not house.pythons or not house.platforms:
        return release.has_wheel
    try:
        wanted = Selection.parse(house.pythons, house.platforms, sdists=False)
    except BadInput:
        return release.has_wheel
    return any(one.is_wheel and wanted.wants(one.filename) for one in release.files)


def _of_lateness(place: Place) -> Iterator[Finding]:
    if place.lateness > _LATE:
        what = f"It was added {place.lateness.days} days after the first file of its release."
        found = finding("late-file", Severity.REVIEW, what, _WHY_LATE, _TODO)
        yield of_this_alone(found, place.file.filename.text)


def _of_burst(place: Place) -> Iterator[Finding]:
    """Tell of final releases of one series that came at once: something was mended in haste."""
    own = place.release
    beside = [
        one
        for one in place.timeline.releases
        if abs(one.began_at - own.began_at) < _BURST
        and one.version.release[:2] == own.version.release[:2]
        and not one.version.is_prerelease
    ]
    if len(beside) > _FEW and not own.version.is_prerelease:
        named = ", ".join(str(one.version) for one in beside[:5])
        what = f"{len(beside)} releases of its series came within an hour: {named}."
        yield finding("burst", Severity.INFO, what)


def _ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
