"""A connector's filters: which of another index's files may come through.

Filters only remove, and their order does not matter. A file comes through when no deny
filter matches it and, where there are allow filters, at least one of them covers it. What
cannot be judged is judged as the strictest case; a file whose upload time nobody tells is as
old as our knowledge of it (decision 0012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from affineur.core.files import FileKind, IndexFile
from affineur.core.names import NamePattern, ProjectName
from affineur.core.pages import Page, Rule, Show, Withholding, earliest


class Action(StrEnum):
    """What a filter does with what it matches."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Filter:
    """One rule of a connector. Conditions that are not given hold for every file."""

    action: Action
    reason: str
    names: tuple[NamePattern, ...] = ()
    versions: SpecifierSet | None = None
    min_age_days: int | None = None
    """Allow: only files at least this old. Deny: only files younger than this."""
    kind: FileKind | None = None
    show: Show = Show.EXPLAIN

    def covers_name(self, project: ProjectName) -> bool:
        """Whether it speaks of this project at all."""
        return not self.names or any(name.matches(project) for name in self.names)

    @property
    def is_about_names_only(self) -> bool:
        """Whether nothing but the project's name decides."""
        return self.versions is None and self.min_age_days is None and self.kind is None

    def matches(self, file: IndexFile, now: datetime) -> bool:
        """Whether every condition holds for this file at this moment."""
        return (
            self.covers_name(file.filename.project)
            and _within(self.versions, file.filename.version)
            and (self.kind is None or self.kind is file.filename.kind)
            and self._age_holds(file, now)
        )

    def _age_holds(self, file: IndexFile, now: datetime) -> bool:
        if self.min_age_days is None:
            return True
        ripe = _ripe_at(file, self.min_age_days)
        is_old_enough = ripe is not None and ripe <= now
        return is_old_enough if self.action is Action.ALLOW else not is_old_enough


def apply(filters: Sequence[Filter], page: Page, now: datetime) -> Page:
    """Give the page with everything kept back that the filters do not let through."""
    if not filters:
        return page
    judged = page.judge(lambda entry: judge(filters, entry.file, now))
    moments = (
        _ripe_at(entry.file, rule.min_age_days)
        for entry in page.entries
        for rule in filters
        if rule.min_age_days is not None
    )
    ripening = earliest(*(moment for moment in moments if moment and moment > now))
    return replace(judged, changes_at=earliest(page.changes_at, ripening))


def judge(filters: Sequence[Filter], file: IndexFile, now: datetime) -> Withholding | None:
    """Why the filters keep this file back, or None when it may come through."""
    denied = [f for f in filters if f.action is Action.DENY and f.matches(file, now)]
    if denied:
        strictest = min(denied, key=lambda f: f.show is not Show.HIDE)
        return Withholding(Rule.FILTER, strictest.reason, strictest.show)
    allows = [f for f in filters if f.action is Action.ALLOW]
    if not allows or any(f.matches(file, now) for f in allows):
        return None
    near = [f for f in allows if f.covers_name(file.filename.project)] or allows
    return Withholding(Rule.FILTER, near[0].reason, near[0].show)


def hides_name(filters: Sequence[Filter], project: ProjectName) -> bool:
    """Whether the name alone decides that nothing is shown, so that nobody need be asked."""
    if any(
        f.action is Action.DENY
        and f.show is Show.HIDE
        and f.is_about_names_only
        and f.covers_name(project)
        for f in filters
    ):
        return True
    allows = [f for f in filters if f.action is Action.ALLOW]
    return (
        bool(allows)
        and all(f.show is Show.HIDE for f in allows)
        and not any(f.covers_name(project) for f in allows)
    )


def _within(versions: SpecifierSet | None, version: Version) -> bool:
    return versions is None or versions.contains(version, prereleases=True)


def _ripe_at(file: IndexFile, min_age_days: int) -> datetime | None:
    return file.known_since and file.known_since + timedelta(days=min_age_days)
