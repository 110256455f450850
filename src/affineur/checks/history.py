"""History: how long a release is out, how it goes on from those before it, what its source says.

Age is a fact for the policy to wait by, and a finding only to be seen; `fixes_approved` lets a
policy not wait for a release that mends the approved one (decision 0018).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from packaging.version import Version

from affineur.checks.odd_versions import oddity
from affineur.checks.pace import NAME, Place, finding, of_this_alone, out_of_step
from affineur.checks.timeline import Dated, Timeline
from affineur.core.advisory_groups import Group, groups
from affineur.core.findings import Fact, Finding, Outcome, Severity
from affineur.core.osv import Match, match
from affineur.core.subjects import Need, Subject

_YOUNG = timedelta(days=14)
_NOT_LISTED = "its source does not list this file now, or could not be asked"
_WHY_AGE = "Malicious releases are mostly found and removed within days of their upload."


@dataclass(frozen=True, slots=True)
class History:
    """The check."""

    name: str = NAME
    version: int = 2
    needs: frozenset[Need] = frozenset(
        {Need.INDEX, Need.PROJECT, Need.PREVIOUS, Need.ADVISORIES, Need.HOUSE, Need.TIME}
    )
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Say what the source tells of the file; a project's status counts even without it."""
        findings = [*_of_status(subject.project_status), *_of_vanishing(subject)]
        index = subject.index
        if index is None:
            return Outcome(self.name, self.version, tuple(findings), _NOT_LISTED)
        timeline = Timeline.of(subject.project_files)
        place = Place.of(subject.now, index, timeline)
        fixed = _fixed(subject, timeline)
        findings += _of_yank(index.yanked, subject.file.filename.version)
        findings += _of_age(index.uploaded_at, subject.now)
        findings += _of_first_sight(index.uploaded_at, subject)
        findings += out_of_step(place, subject.house) if place else _of_undated(subject)
        findings += _of_fixes(subject, fixed)
        facts = _facts(subject, timeline, place) | {"fixes_approved": [one.id for one in fixed]}
        return Outcome(self.name, self.version, tuple(findings), facts=facts)


def _facts(subject: Subject, timeline: Timeline, place: Place | None) -> dict[str, Fact]:
    uploaded_at = subject.index.uploaded_at if subject.index else None
    seen, silence = subject.first_seen_at, place.silence if place else None
    return {
        "uploaded_at": uploaded_at.isoformat() if uploaded_at else None,
        "age_days": (subject.now - uploaded_at).days if uploaded_at else None,
        "first_seen_at": seen.isoformat() if seen else None,
        "yanked": subject.index.yanked if subject.index else None,
        "project_status": subject.project_status,
        "project_age_days": place.project_age.days if place else None,
        "releases": timeline.count,
        "silence_days": silence.days if silence is not None else None,
        "late_days": place.lateness.days if place else None,
    }


def _of_status(status: str | None) -> Iterator[Finding]:
    """Judge the project's status (PEP 792)."""
    if status == "quarantined":
        what = "Its project is quarantined by the index."
        why = "An index quarantines what it believes to be harmful, until that is cleared."
        yield finding("quarantined", Severity.BLOCK, what, why, "Wait for the index to decide.")
    elif status in ("deprecated", "archived"):
        what = f"Its project is {status}: do not expect fixes."
        yield finding(status, Severity.INFO, what, todo="Look for what replaces it.")


def _of_vanishing(subject: Subject) -> Iterator[Finding]:
    """Tell of what the source lists no more, although it lists the project."""
    listed = {one.filename.text for one in subject.project_files}
    if not listed:
        return
    if subject.index is None:
        what = "Its source lists the project, and not this file."
        why = "Projects and indexes remove what should not be used, also what is malicious."
        todo = "Find out why it was removed before you approve it."
        yield finding("vanished", Severity.REVIEW, what, why, todo)
    previous = subject.previous
    if previous is not None and previous.file.filename.text not in listed:
        what = f"{previous.version}, which is approved, is no longer listed by its source."
        yield finding("approved-vanished", Severity.INFO, what)


def _of_yank(yanked: str | None, version: Version) -> Iterator[Finding]:
    if yanked is None:
        return
    reason = f": {yanked.strip()}" if yanked.strip() else ", without a reason"
    why = "A project yanks a release that should not be used any more (PEP 592)."
    what = f"Its project yanked it{reason}."
    found = finding("yanked", Severity.REVIEW, what, why, "Take another version.")
    yield of_this_alone(found, f"{version} {yanked}")


def _of_age(uploaded_at: datetime | None, now: datetime) -> Iterator[Finding]:
    if uploaded_at is None:
        what = "Its source does not tell when it was uploaded; it is taken as brand new."
        yield finding("unknown-upload-time", Severity.REVIEW, what, _WHY_AGE)
    elif uploaded_at > now + timedelta(days=1):
        what = f"Its upload time, {uploaded_at:%Y-%m-%d}, lies in the future."
        yield finding("future-upload-time", Severity.REVIEW, what, "A clock or an index is wrong.")
    elif now - uploaded_at < _YOUNG:
        days = max(0, (now - uploaded_at).days)
        ago = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
        yield finding("young", Severity.INFO, f"It was uploaded {ago}.", _WHY_AGE)


def _of_first_sight(uploaded_at: datetime | None, subject: Subject) -> Iterator[Finding]:
    """Tell of a file that we knew before the moment at which it claims to be uploaded."""
    seen = subject.first_seen_at
    if seen is not None and uploaded_at is not None and uploaded_at > seen + timedelta(days=1):
        what = f"It was first seen on {seen:%Y-%m-%d}, before its upload on {uploaded_at:%Y-%m-%d}."
        why = "It may have been removed and uploaded again."
        yield finding("seen-before-upload", Severity.REVIEW, what, why)


def _of_undated(subject: Subject) -> Iterator[Finding]:
    """Judge the version of a file that nobody dates among the lower ones, as if it were new."""
    version = subject.file.filename.version
    others = {one.filename.version for one in subject.project_files} - {version}
    odd = oddity(version, [one for one in others if one < version], subject.now.year)
    if odd is not None and (not others or version > max(others)):
        why = "A number above all others makes installers prefer it to every honest release."
        found = finding("odd-version", Severity.REVIEW, f"Its version {version} {odd}.", why)
        yield of_this_alone(found, str(version))


def _fixed(subject: Subject, timeline: Timeline) -> list[Group]:
    """Give the advisories about the approved version that this one fixes, and no older one does.

    Whoever can publish can publish above a fix that is long out; that is no reason to hurry.
    """
    previous, version = subject.previous, subject.file.filename.version
    if previous is None or version <= previous.version:
        return []
    known = groups(subject.advisories.known, subject.file.filename.project, previous.version)
    fixed = [one for one in known if one.is_certain and _is_free(one, version)]
    aged = [
        one.version
        for one in timeline.releases
        if previous.version < one.version and _is_choice(one, subject)
    ]
    return [one for one in fixed if not any(_is_free(one, older) for older in aged)]


def _is_choice(release: Dated, subject: Subject) -> bool:
    """Whether a release has been out for a while, and could be taken in the place of this one."""
    own = subject.file.filename.version
    is_old = subject.now - release.began_at >= _YOUNG
    is_alike = release.version != own and release.version.release[0] == own.release[0]
    return is_old and is_alike and not release.version.is_prerelease and not release.is_yanked


def _is_free(group: Group, version: Version) -> bool:
    """Whether no record of a group speaks of a version, or may."""
    answers = (match(one.record, group.project, version) for one, _ in group.records)
    return all(answer is Match.NO for answer in answers)


def _of_fixes(subject: Subject, fixed: list[Group]) -> Iterator[Finding]:
    if not fixed or subject.previous is None:
        return
    named = ", ".join(one.id for one in fixed[:5])
    what = f"It fixes {named}, which {subject.previous.version}, the approved version, has."
    todo = "Weigh its youth against what it mends."
    yield finding("fixes-approved", Severity.INFO, what, todo=todo)
