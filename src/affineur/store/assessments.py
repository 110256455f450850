"""Assessments: what vetting said of a file, frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from affineur.core.findings import Against, Assessment, Finding, Outcome, Severity, Where
from affineur.core.names import Sha256
from affineur.store import project_lists
from affineur.store.schema_vetting import assessment

_RANKS = {Severity.INFO: 0, Severity.REVIEW: 1, Severity.BLOCK: 2}
"""How bad the worst finding is, kept beside each assessment; information is nothing bad."""


def keep(conn: Connection, new: Assessment) -> int:
    """Keep an assessment; return its number."""
    done = conn.execute(
        insert(assessment).values(
            sha256=new.sha256,
            assessed_at=new.at,
            outcomes=[outcome_to_json(outcome) for outcome in new.outcomes],
            against=_against_to_json(new.against) if new.against else None,
            severity=max((_RANKS[one.severity] for one in new.findings), default=0),
        )
    )
    project_lists.assessed(conn, new.sha256)
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def by_ids(conn: Connection, ids: Sequence[int]) -> Mapping[int, Assessment]:
    """Assessments by their numbers."""
    found: dict[int, Assessment] = {}
    for start in range(0, len(ids), 500):
        question = select(assessment).where(assessment.c.id.in_(ids[start : start + 500]))
        for row in conn.execute(question):
            found[row.id] = _assessment(row)
    return found


def latest(conn: Connection, sha256: Sha256) -> Assessment | None:
    """Give the newest assessment of a file, or None when it was never vetted."""
    question = (
        select(assessment)
        .where(assessment.c.sha256 == sha256)
        .order_by(assessment.c.id.desc())
        .limit(1)
    )
    row = conn.execute(question).one_or_none()
    return None if row is None else _assessment(row)


def _assessment(row: Row[Any]) -> Assessment:  # Any: the columns of `assessment`
    outcomes = tuple(outcome_from_json(value) for value in row.outcomes)
    against = _against(row.against) if row.against else None
    return Assessment(row.sha256, row.assessed_at, outcomes, against)


def _against_to_json(against: Against) -> dict[str, Any]:  # Any: JSON
    gone = [_finding_to_json(finding) | {"check": finding.check} for finding in against.gone]
    return {
        "version": against.version,
        "sha256": against.sha256,
        "known": sorted(against.known),
        "gone": gone,
    }


def _against(value: dict[str, Any]) -> Against:  # Any: JSON as _against_to_json made it
    gone = tuple(_finding(one["check"], one) for one in value["gone"])
    return Against(value["version"], Sha256(value["sha256"]), frozenset(value["known"]), gone)


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:  # Any: JSON
    """Turn an outcome into JSON values."""
    return {
        "check": outcome.check,
        "check_version": outcome.check_version,
        "not_assessed": outcome.not_assessed,
        "not_applicable": outcome.not_applicable,
        "data_as_of": outcome.data_as_of.isoformat() if outcome.data_as_of else None,
        "facts": dict(outcome.facts),
        "findings": [_finding_to_json(finding) for finding in outcome.findings],
    }


def outcome_from_json(value: dict[str, Any]) -> Outcome:  # Any: JSON as it was made
    """Read an outcome that was kept, by this version or one before."""
    as_of = value["data_as_of"]
    return Outcome(
        check=value["check"],
        check_version=value["check_version"],
        findings=tuple(_finding(value["check"], one) for one in value["findings"]),
        not_assessed=value["not_assessed"],
        not_applicable=value.get("not_applicable"),
        data_as_of=datetime.fromisoformat(as_of) if as_of else None,
        facts=value["facts"],
    )


def _finding_to_json(finding: Finding) -> dict[str, Any]:  # Any: JSON
    where = finding.where
    return {
        "id": finding.id,
        "severity": str(finding.severity),
        "what": finding.what,
        "why": finding.why,
        "todo": finding.todo,
        "file": where.file if where else None,
        "line": where.line if where else None,
        "quote": where.quote if where else "",
        "anchor": finding.anchor,
    }


def _finding(check: str, value: dict[str, Any]) -> Finding:  # Any: JSON as _finding_to_json made it
    where = Where(value["file"], value["line"], value.get("quote", "")) if value["file"] else None
    return Finding(
        id=value["id"],
        check=check,
        severity=Severity(value["severity"]),
        what=value["what"],
        why=value["why"],
        todo=value["todo"],
        where=where,
        anchor=value.get("anchor", ""),
    )
