"""A case: all that a policy decides on of one release, put together from its assessments.

It is frozen and can be written down (`core/case_json.py`), so that the same case under the same
policy gets the same answer at any time. What no check measured is not in its facts; what was
measured in part only is named in `partial`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from packaging.utils import canonicalize_name
from packaging.version import Version

from affineur.core.findings import Assessment, Fact, Finding, Severity
from affineur.core.licences import categories_of
from affineur.core.measuring import Joined, blind_to, join_lists, join_one, join_truths
from affineur.core.names import ProjectName, Sha256
from affineur.core.requests import Release
from affineur.core.waivers import Waiver

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
ADVISORY = ("id", "aliases", "level", "score", "is_malware", "is_certain", "fixed")
"""What is taken of an advisory."""

MOST = 500
"""Of more findings, or entries of a list, no condition is asked: it could not be told."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding, as far as a policy weighs it."""

    id: str
    key: str
    check: str
    severity: Severity
    is_new: bool
    """The last approved version did not have it."""
    what: str
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class Blind:
    """A check that could not look at a file."""

    check: str
    why: str
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class Licensed:
    """The licence of one file: any of the alternatives suffices, all of one hold together."""

    text: str
    alternatives: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a release when a policy is asked about it."""

    project: ProjectName
    version: Version
    at: datetime
    files: tuple[Sha256, ...] = ()
    """Those that were assessed."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    partial: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Facts that were measured in part, with the checks that could not look."""
    findings: tuple[Seen, ...] = ()
    blind: tuple[Blind, ...] = ()
    licences: tuple[Licensed, ...] = ()
    """Of each file that tells; an empty text is unknown."""
    yanked: str | None = None
    """The reason of its project."""
    is_undated: bool = False
    """The source of some file does not tell when it was uploaded."""
    data_as_of: Mapping[str, datetime] = field(default_factory=dict)
    """How old the data was in which each check looked things up: the oldest."""
    waivers: tuple[Waiver, ...] = ()
    """Those that reach this release and hold at this moment."""
    exact: tuple[Version, ...] = ()
    """The versions that the last approval of the project spoke of, when of these alone."""

    def waiver(self, names: Iterable[str], sha256: Sha256 | None = None) -> Waiver | None:
        """Find what accepts something by one of its names, in one file or in the whole release."""
        wanted = set(names)
        files = {sha256} if sha256 else set(self.files)
        for one in self.waivers:
            if one.finding in wanted and (one.sha256 is None or files == {one.sha256}):
                return one
        return None


def case_of(
    release: Release, assessments: Sequence[Assessment], now: datetime, waivers: Iterable[Waiver]
) -> Case:
    """Put together what a policy decides on; only waivers that reach it and hold are kept."""
    files = tuple(one.sha256 for one in assessments)
    told = [
        outcome.facts["yanked"]
        for one in assessments
        for outcome in one.outcomes
        if isinstance(outcome.facts.get("yanked"), str)
    ]
    joined = _joined(release, assessments, now)
    return Case(
        project=release.project,
        version=release.version,
        at=now,
        files=files,
        facts={name: one.value for name, one in joined.items() if one.is_known},
        partial={name: one.blind for name, one in joined.items() if one.is_known and one.blind},
        findings=tuple(_seen(assessments)),
        blind=tuple(
            Blind(check, why, one.sha256) for one in assessments for check, why in one.not_assessed
        ),
        licences=tuple(_licences(assessments)),
        yanked=str(told[0]) if told else None,
        is_undated=_is_undated(assessments),
        data_as_of=_data_as_of(assessments),
        waivers=tuple(
            one
            for one in waivers
            if one.holds_at(now) and one.reaches(release.project, release.version, files)
        ),
    )


def _seen(assessments: Sequence[Assessment]) -> Iterable[Seen]:
    for assessment in assessments:
        known = assessment.against.known if assessment.against else frozenset[str]()
        for finding in assessment.findings:
            yield _weighed(finding, assessment.sha256, known)


def _weighed(one: Finding, sha256: Sha256, known: frozenset[str]) -> Seen:
    """Keep the words only of what may give a reason."""
    key = one.key  # a digest: made once
    what = "" if one.severity is Severity.INFO else one.what
    return Seen(one.id, key, one.check, one.severity, key not in known, what, sha256)


def _licences(assessments: Sequence[Assessment]) -> Iterable[Licensed]:
    for assessment in assessments:
        for outcome in assessment.outcomes:
            if "licence" in outcome.facts:
                groups = outcome.facts.get("licence_alternatives")
                yield Licensed(
                    str(outcome.facts["licence"] or ""),
                    tuple(
                        tuple(str(one) for one in group)
                        for group in (groups if isinstance(groups, list) else [])
                        if isinstance(group, list) and group
                    ),
                )


def _data_as_of(assessments: Sequence[Assessment]) -> dict[str, datetime]:
    ages: dict[str, datetime] = {}
    for outcome in (one for assessment in assessments for one in assessment.outcomes):
        if outcome.data_as_of is not None:
            before = ages.get(outcome.check, outcome.data_as_of)
            ages[outcome.check] = min(outcome.data_as_of, before)
    return ages


# --- facts: their names and meanings stand in core/facts.py --------------------------------


def _joined(
    release: Release, assessments: Sequence[Assessment], now: datetime
) -> dict[str, Joined]:
    version = release.version
    facts = {
        "project": Joined(str(release.project)),
        "version": Joined(str(version)),
        "is_prerelease": Joined(version.is_prerelease),
        "file_count": Joined(len(assessments)),
    }
    facts |= _of_approved(version, assessments)
    facts |= _of_licence(assessments)
    facts["licence_changed"] = join_truths(assessments, "licence_changed", _truth)
    facts["yanked"] = join_truths(assessments, "yanked", _is_yanked)
    facts["publisher_changed"] = join_truths(assessments, "publisher_change", _is_other)
    for name in _LISTS:
        facts[name] = join_lists(assessments, name)
    facts["dependencies"] = join_lists(assessments, "requires_dist", _required)
    facts["vulnerabilities"] = join_lists(assessments, "advisories", _advisory)
    for name in ("project_status", "project_age_days"):
        facts[name] = join_one(assessments, name)
    facts["downloads_rank"] = join_one(assessments, "name_rank")
    facts["publisher"] = join_one(assessments, "publisher", _publisher)
    facts["age_days"] = _age(assessments, now)
    return facts


_LISTS = (
    "new_dependencies",
    "new_capabilities",
    "unread_files",
    "fixes_approved",
    "bundled_licences",
    "bundled_categories",
)


def _truth(fact: Fact) -> bool | None:
    return fact if isinstance(fact, bool) else None


def _is_yanked(fact: Fact) -> bool | None:
    return fact is not None


def _is_other(fact: Fact) -> bool | None:
    """Read how a publisher stands to the approved version's; to have one at last is no change."""
    same = {"none": False, "gained": False, "first": False, "unknown": None}
    return same.get(str(fact), True)


def _publisher(fact: Fact) -> Fact:
    told = fact if isinstance(fact, dict) else {}
    return told.get("repository") or told.get("account") or told.get("kind")


def _required(fact: Fact) -> Fact:
    """Name what a requirement line requires; one that begins with no name stands for itself."""
    name = _NAME.match(str(fact))
    return canonicalize_name(name[0]) if name else str(fact)


def _advisory(fact: Fact) -> Fact:
    told = fact if isinstance(fact, dict) else {}
    return {key: told.get(key) for key in ADVISORY}


def _of_approved(version: Version, assessments: Sequence[Assessment]) -> dict[str, Joined]:
    """Compare with the last approved version; each file may have been held against another."""
    known = [Version(one.against.version) for one in assessments if one.against is not None]
    if not known:
        is_told = bool(assessments)
        return {
            name: Joined(value=False, is_known=is_told)
            for name in ("is_approved_project", "is_patch_release", "is_minor_release")
        }
    approved = max(known)
    is_later = version > approved and version.epoch == approved.epoch
    is_same_major = version.major == approved.major
    is_same_minor = is_same_major and version.minor == approved.minor
    return {
        "is_approved_project": Joined(value=True),
        "approved_version": Joined(str(approved)),
        "is_patch_release": Joined(is_later and is_same_minor),
        "is_minor_release": Joined(is_later and is_same_major and not is_same_minor),
    }


def _of_licence(assessments: Sequence[Assessment]) -> dict[str, Joined]:
    """Give the licence in words, and every identifier and category that any file names."""
    licences = list(_licences(assessments))
    texts = sorted({one.text for one in licences})
    ids = sorted({name for one in licences for group in one.alternatives for name in group})
    is_told = bool(licences) and all(one.text and one.alternatives for one in licences)
    is_told = is_told and not blind_to(assessments, "licence")
    return {
        "licence": Joined("; ".join(texts), is_known=is_told),
        "licences": Joined([*ids], is_known=is_told),
        "licence_categories": Joined([str(one) for one in categories_of(ids)], is_known=is_told),
    }


def _age(assessments: Sequence[Assessment], now: datetime) -> Joined:
    """Give the days since the youngest file was uploaded; unknown when one file's is."""
    moments = [datetime.fromisoformat(one) for one in _uploads(assessments) if one is not None]
    if not moments or _is_undated(assessments):
        return Joined(None, is_known=False)
    days = max(0, (now - max(moments)).days)
    return Joined(days, blind=blind_to(assessments, "uploaded_at"))


def _is_undated(assessments: Sequence[Assessment]) -> bool:
    return any(one is None for one in _uploads(assessments))


def _uploads(assessments: Sequence[Assessment]) -> Iterable[str | None]:
    for outcome in (one for assessment in assessments for one in assessment.outcomes):
        if "uploaded_at" in outcome.facts:
            told = outcome.facts["uploaded_at"]
            yield told if isinstance(told, str) else None
