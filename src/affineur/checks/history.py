"""History: how long the release is out, and what its project and its source say of it now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from affineur.core.findings import Finding, Outcome, Severity
from affineur.core.subjects import Need, Subject

_NAME = "history"
_YOUNG = timedelta(days=14)
_NOT_LISTED = "its source does not list this file now, or could not be asked"
_WHY_AGE = "Malicious releases are mostly found and removed within days of their upload."


@dataclass(frozen=True, slots=True)
class History:
    """The check."""

    name: str = _NAME
    version: int = 1
    needs: frozenset[Need] = frozenset({Need.INDEX, Need.PROJECT, Need.TIME})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Say what the source tells of the file; a project's status counts even without it."""
        findings = list(_of_status(subject.project_status))
        index = subject.index
        if index is None:
            return Outcome(self.name, self.version, tuple(findings), _NOT_LISTED)
        findings += _of_yank(index.yanked)
        findings += _of_age(index.uploaded_at, subject.now)
        findings += _of_first_sight(index.uploaded_at, subject)
        seen = subject.first_seen_at
        return Outcome(
            self.name,
            self.version,
            tuple(findings),
            facts={
                "uploaded_at": index.uploaded_at.isoformat() if index.uploaded_at else None,
                "yanked": index.yanked,
                "project_status": subject.project_status,
                "first_seen_at": seen.isoformat() if seen else None,
            },
        )


def _finding(
    finding_id: str, severity: Severity, what: str, why: str = "", todo: str = ""
) -> Finding:
    return Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo)


def _of_status(status: str | None) -> Iterator[Finding]:
    """Judge the project's status (PEP 792)."""
    if status == "quarantined":
        what = "Its project is quarantined by the index."
        why = "An index quarantines what it believes to be harmful, until that is cleared."
        yield _finding("quarantined", Severity.BLOCK, what, why, "Wait for the index to decide.")
    elif status in ("deprecated", "archived"):
        what = f"Its project is {status}: do not expect fixes."
        yield _finding(status, Severity.INFO, what, todo="Look for what replaces it.")


def _of_yank(yanked: str | None) -> Iterator[Finding]:
    if yanked is None:
        return
    reason = f": {yanked.strip()}" if yanked.strip() else ", without a reason"
    why = "A project yanks a release that should not be used any more (PEP 592)."
    yield _finding(
        "yanked", Severity.REVIEW, f"Its project yanked it{reason}.", why, "Take another version."
    )


def _of_age(uploaded_at: datetime | None, now: datetime) -> Iterator[Finding]:
    if uploaded_at is None:
        what = "Its source does not tell when it was uploaded; it is taken as brand new."
        yield _finding("unknown-upload-time", Severity.REVIEW, what, _WHY_AGE)
    elif uploaded_at > now + timedelta(days=1):
        what = f"Its upload time, {uploaded_at:%Y-%m-%d}, lies in the future."
        yield _finding("future-upload-time", Severity.REVIEW, what, "A clock or an index is wrong.")
    elif now - uploaded_at < _YOUNG:
        days = max(0, (now - uploaded_at).days)
        ago = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
        yield _finding("young", Severity.INFO, f"It was uploaded {ago}.", _WHY_AGE)


def _of_first_sight(uploaded_at: datetime | None, subject: Subject) -> Iterator[Finding]:
    """Tell of a file that we knew before the moment at which it claims to be uploaded."""
    seen = subject.first_seen_at
    if seen is not None and uploaded_at is not None and uploaded_at > seen + timedelta(days=1):
        what = f"It was first seen on {seen:%Y-%m-%d}, before its upload on {uploaded_at:%Y-%m-%d}."
        why = "It may have been removed and uploaded again."
        yield _finding("seen-before-upload", Severity.REVIEW, what, why)
