"""Assessments: what vetting said of a file, frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from affineur.core.findings import Assessment, Finding, Outcome, Severity, Where
from affineur.core.names import Sha256
from affineur.store.schema import assessment


def keep(conn: Connection, new: Assessment) -> int:
    """Keep an assessment; return its number."""
    done = conn.execute(
        insert(assessment).values(
            sha256=new.sha256,
            assessed_at=new.at,
            outcomes=[_to_json(outcome) for outcome in new.outcomes],
        )
    )
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def by_ids(conn: Connection, ids: Sequence[int]) -> Mapping[int, Assessment]:
    """Assessments by their numbers."""
    found: dict[int, Assessment] = {}
    for start in range(0, len(ids), 500):
        question = select(assessment).where(assessment.c.id.in_(ids[start : start + 500]))
        for row in conn.execute(question):
            outcomes = tuple(_from_json(value) for value in row.outcomes)
            found[row.id] = Assessment(row.sha256, row.assessed_at, outcomes)
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
    if row is None:
        return None
    outcomes = tuple(_from_json(value) for value in row.outcomes)
    return Assessment(row.sha256, row.assessed_at, outcomes)


def _to_json(outcome: Outcome) -> dict[str, Any]:  # Any: JSON
    return {
        "check": outcome.check,
        "check_version": outcome.check_version,
        "not_assessed": outcome.not_assessed,
        "data_as_of": outcome.data_as_of.isoformat() if outcome.data_as_of else None,
        "facts": dict(outcome.facts),
        "findings": [
            {
                "id": finding.id,
                "severity": str(finding.severity),
                "what": finding.what,
                "why": finding.why,
                "todo": finding.todo,
                "file": finding.where.file if finding.where else None,
                "line": finding.where.line if finding.where else None,
            }
            for finding in outcome.findings
        ],
    }


def _from_json(value: dict[str, Any]) -> Outcome:  # Any: JSON as _to_json made it
    as_of = value["data_as_of"]
    return Outcome(
        check=value["check"],
        check_version=value["check_version"],
        findings=tuple(_finding(value["check"], one) for one in value["findings"]),
        not_assessed=value["not_assessed"],
        data_as_of=datetime.fromisoformat(as_of) if as_of else None,
        facts=value["facts"],
    )


def _finding(check: str, value: dict[str, Any]) -> Finding:  # Any: JSON as _to_json made it
    return Finding(
        id=value["id"],
        check=check,
        severity=Severity(value["severity"]),
        what=value["what"],
        why=value["why"],
        todo=value["todo"],
        where=Where(value["file"], value["line"]) if value["file"] else None,
    )
