"""Cases as JSON: what a decision keeps of what it was made on, so that it can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from packaging.version import Version

from affineur.core.cases import Blind, Case, Licensed, Seen
from affineur.core.findings import Severity
from affineur.core.names import ProjectName, Sha256
from affineur.core.waivers import Scope, Waiver

Document = Mapping[str, Any]  # Any: JSON


def to_json(case: Case) -> dict[str, Any]:  # Any: JSON
    """Write a case down."""
    return {
        "project": case.project,
        "version": str(case.version),
        "at": case.at.isoformat(),
        "files": list(case.files),
        "facts": dict(case.facts),
        "partial": {name: list(checks) for name, checks in case.partial.items()},
        "findings": [_seen_to_json(one) for one in case.findings],
        "blind": [[one.check, one.why, one.sha256] for one in case.blind],
        "licences": [
            [one.text, [list(group) for group in one.alternatives]] for one in case.licences
        ],
        "yanked": case.yanked,
        "is_undated": case.is_undated,
        "data_as_of": {check: at.isoformat() for check, at in case.data_as_of.items()},
        "waivers": [waiver_to_json(one) for one in case.waivers],
        "exact": [str(one) for one in case.exact],
    }


def from_json(value: Document) -> Case:
    """Read a case that was written down."""
    return Case(
        project=ProjectName(value["project"]),
        version=Version(value["version"]),
        at=datetime.fromisoformat(value["at"]),
        files=tuple(Sha256(one) for one in value["files"]),
        facts=value["facts"],
        partial={name: tuple(checks) for name, checks in value["partial"].items()},
        findings=tuple(_seen(one) for one in value["findings"]),
        blind=tuple(Blind(check, why, Sha256(at)) for check, why, at in value["blind"]),
        licences=tuple(
            Licensed(text, tuple(tuple(group) for group in groups))
            for text, groups in value["licences"]
        ),
        yanked=value["yanked"],
        is_undated=value["is_undated"],
        data_as_of={check: datetime.fromisoformat(at) for check, at in value["data_as_of"].items()},
        waivers=tuple(_waiver(one) for one in value["waivers"]),
        exact=tuple(Version(one) for one in value.get("exact", ())),
    )


def waiver_to_json(one: Waiver) -> dict[str, Any]:  # Any: JSON
    """Write a waiver down."""
    return {
        "id": one.id,
        "finding": one.finding,
        "scope": str(one.scope),
        "project": one.project,
        "version": str(one.version) if one.version else None,
        "sha256": one.sha256,
        "reason": one.reason,
        "by": one.by,
        "at": one.at.isoformat(),
        "expires_at": one.expires_at.isoformat(),
    }


def _waiver(value: Document) -> Waiver:
    return Waiver(
        id=value["id"],
        finding=value["finding"],
        scope=Scope(value["scope"]),
        project=ProjectName(value["project"]),
        version=Version(value["version"]) if value["version"] else None,
        sha256=Sha256(value["sha256"]) if value["sha256"] else None,
        reason=value["reason"],
        by=value["by"],
        at=datetime.fromisoformat(value["at"]),
        expires_at=datetime.fromisoformat(value["expires_at"]),
    )


def _seen_to_json(one: Seen) -> dict[str, Any]:  # Any: JSON
    return {
        "id": one.id,
        "key": one.key,
        "check": one.check,
        "severity": str(one.severity),
        "is_new": one.is_new,
        "what": one.what,
        "sha256": one.sha256,
    }


def _seen(value: Document) -> Seen:
    return Seen(
        value["id"],
        value["key"],
        value["check"],
        Severity(value["severity"]),
        value["is_new"],
        value["what"],
        Sha256(value["sha256"]),
    )
