"""Assessing one file: every check looks, and none of them can spoil the others' outcome."""

from __future__ import annotations

from collections.abc import Sequence

from affineur.core.findings import Assessment, Outcome
from affineur.core.ports import Check
from affineur.core.subjects import NotAssessable, Subject


def assess(checks: Sequence[Check], subject: Subject) -> Assessment:
    """Run the checks in order; one that raises is an outcome that says so."""
    outcomes = tuple(_look(check, subject) for check in checks)
    return Assessment(subject.file.sha256, subject.now, outcomes)


def _look(check: Check, subject: Subject) -> Outcome:
    try:
        return check.look(subject)
    except NotAssessable as reason:
        why = reason.reason
    except Exception as error:  # noqa: BLE001  # a broken check is an outcome, which records it
        why = f"the check itself failed ({type(error).__name__}: {str(error)[:200]})"
    return Outcome(check.name, check.version, not_assessed=why)
