"""Short ways to ask a policy about a release: only what a test is about is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from packaging.version import Version

from affineur.conditions import CelConditions
from affineur.core.cases import Case, case_of
from affineur.core.files import Filename
from affineur.core.findings import Against, Assessment, Fact, Finding, Outcome, Severity, Verdict
from affineur.core.names import ProjectName
from affineur.core.policy import decide
from affineur.core.policy_reading import parse_policy
from affineur.core.policy_values import Answer, Policy
from affineur.core.requests import Release, RequestFile
from affineur.core.waivers import Scope, Waiver
from support.values import NOW, digest

OLD = (NOW - timedelta(days=400)).isoformat()
CLEAN: dict[str, Fact] = {
    "uploaded_at": OLD,
    "yanked": None,
    "licence": "MIT",
    "licence_alternatives": [["MIT"]],
    "advisories": [],
    "fixes_approved": [],
    "licence_changed": False,
    "publisher_change": "none",
    "requires_dist": ["click>=8"],
    "new_dependencies": [],
    "new_capabilities": [],
    "unread_files": [],
}
"""What the checks measure of a release with which nothing is wrong."""
ALLOWING = 'otherwise = "allow"\n[licence]\nallow = ["MIT"]\n'
"""A policy that lets through what no threshold speaks against."""


def policy(toml: str | None) -> Policy:
    """Read a policy."""
    return parse_policy(toml, CelConditions())


def assessed(*outcomes: Outcome, file: str = "file") -> Assessment:
    """Say what checks said of a file, beside what is measured of a clean one."""
    clean = Outcome("clean", 1, facts=CLEAN)
    return Assessment(digest(file), NOW, (clean, *outcomes))


def measured(file: str = "file", **facts: Fact) -> Assessment:
    """Measure a file as clean, but for these facts."""
    return Assessment(digest(file), NOW, (Outcome("a-check", 1, facts=CLEAN | facts),))


def found(*findings: Finding, file: str = "file") -> Assessment:
    """See these things in a file that is clean otherwise."""
    return assessed(Outcome("contents", 1, findings), file=file)


def finding(
    finding_id: str = "contents.hidden", severity: Severity = Severity.REVIEW, what: str = "odd"
) -> Finding:
    """Make a finding."""
    return Finding(finding_id, finding_id.partition(".")[0], severity, what)


def against(assessment: Assessment, version: str, *known: Finding) -> Assessment:
    """Hold an assessment against an approved version, which had these findings, too."""
    keys = frozenset(one.key for one in known)
    return replace(assessment, against=Against(version, digest(version), keys))


def case(*assessments: Assessment, version: str = "2.0.1", waivers: Iterable[Waiver] = ()) -> Case:
    """Put a case together of a release of spam."""
    files = tuple(
        RequestFile(Filename.parse(f"spam-{version}.tar.gz"), one.sha256) for one in assessments
    )
    release = Release(ProjectName("spam"), Version(version), files)
    return case_of(release, assessments, NOW, waivers)


def answer(toml: str | None, *assessments: Assessment, **more: object) -> Answer:
    """Ask a policy about a release of spam."""
    return decide(policy(toml), case(*assessments, **more))  # type: ignore[arg-type]  # passed on


def verdict(toml: str | None, *assessments: Assessment, **more: object) -> Verdict:
    """Give only what it comes to."""
    return answer(toml, *assessments, **more).verdict


def waiver(accepts: str, scope: Scope = Scope.PROJECT, **more: object) -> Waiver:
    """Accept a finding in spam."""
    made = Waiver(
        id=1,
        finding=accepts,
        scope=scope,
        project=ProjectName("spam"),
        version=None if scope is Scope.PROJECT else Version("2.0.1"),
        sha256=digest("file") if scope is Scope.FILE else None,
        reason="we looked",
        by="eva",
        at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=30),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # the fields of a waiver
