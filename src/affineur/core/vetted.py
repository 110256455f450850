"""What vetting came to for one file, as it is told to people and programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from affineur.core.findings import Assessment, Finding, Severity, Verdict
from affineur.core.requests import RequestFile

_ORDER = {Severity.BLOCK: 0, Severity.REVIEW: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class Vetted:
    """One file, what the checks saw, and the answer with its reasons."""

    file: RequestFile
    assessment: Assessment
    verdict: Verdict
    reasons: tuple[str, ...] = ()


def plain_verdict(assessment: Assessment) -> Verdict:
    """Answer without any feed's policy: the worst finding, and what was not assessed, decide."""
    severities = {finding.severity for finding in assessment.findings}
    if Severity.BLOCK in severities:
        return Verdict.DENY
    needs_person = Severity.REVIEW in severities or bool(assessment.not_assessed)
    return Verdict.REVIEW if needs_person else Verdict.ALLOW


def in_order(assessment: Assessment) -> tuple[Finding, ...]:
    """Give the findings as a person reads them: the worst first, of these what is new."""
    new = {finding.key for finding in assessment.new_findings}

    def place(finding: Finding) -> tuple[int, bool]:
        return _ORDER[finding.severity], finding.key not in new

    return tuple(sorted(assessment.findings, key=place))


def to_json(vetted: Vetted) -> dict[str, Any]:  # Any: JSON
    """Tell it as the contract says (DESIGN, section 6)."""
    filename, assessment = vetted.file.filename, vetted.assessment
    against = assessment.against
    new = {finding.key for finding in assessment.new_findings}
    return {
        "file": filename.text,
        "name": str(filename.project),
        "version": str(filename.version),
        "sha256": str(vetted.file.sha256),
        "verdict": str(vetted.verdict),
        "reasons": list(vetted.reasons),
        "findings": [
            finding_to_json(one) | {"is_new": one.key in new} for one in in_order(assessment)
        ],
        "not_assessed": [
            {"check": check, "reason": reason} for check, reason in assessment.not_assessed
        ],
        "against": None if against is None else against.version,
        "gone": [finding_to_json(one) for one in against.gone] if against else [],
        "facts": {outcome.check: dict(outcome.facts) for outcome in assessment.outcomes},
        "checks": [
            {
                "check": outcome.check,
                "version": outcome.check_version,
                "data_as_of": outcome.data_as_of.isoformat() if outcome.data_as_of else None,
                "not_applicable": outcome.not_applicable,
            }
            for outcome in assessment.outcomes
        ],
    }


def finding_to_json(finding: Finding) -> dict[str, Any]:  # Any: JSON
    """Tell one finding."""
    where = finding.where
    return {
        "id": finding.id,
        "key": finding.key,
        "check": finding.check,
        "severity": str(finding.severity),
        "where": None
        if where is None
        else {"file": where.file, "line": where.line, "quote": where.quote},
        "what": finding.what,
        "why": finding.why,
        "todo": finding.todo,
    }
