"""Assessing one file: every check looks, and none of them can spoil the others' outcome.

What it says is then held against the last approved version: what is new, and what is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from affineur.core.findings import Against, Assessment, Outcome
from affineur.core.ports import Check
from affineur.core.subjects import Need, NotAssessable, Previous, Subject

_READ = frozenset({Need.ARCHIVE, Need.PREVIOUS, Need.RELEASE})


def assess(
    checks: Sequence[Check], subject: Subject, kept: Mapping[str, Outcome] | None = None
) -> Assessment:
    """Run the checks in order; one that raises is an outcome that says so.

    `kept` are outcomes, by check, that still hold: those checks do not look again.
    """
    known = kept or {}
    outcomes = tuple(known.get(check.name) or _look(check, subject) for check in checks)
    compared = against(subject.previous, outcomes)
    return Assessment(subject.file.sha256, subject.now, outcomes, compared)


def against(previous: Previous | None, outcomes: Sequence[Outcome]) -> Against | None:
    """Say which findings the last approved version had, too, and which of its are gone.

    What a check found in it that cannot look now is neither: nobody knows.
    """
    if previous is None:
        return None
    here = {finding.key for outcome in outcomes for finding in outcome.findings}
    blind = {outcome.check for outcome in outcomes if outcome.not_assessed}
    return Against(
        str(previous.version),
        previous.file.sha256,
        known=frozenset(one.key for one in previous.findings) & here,
        gone=tuple(
            one for one in previous.findings if one.key not in here and one.check not in blind
        ),
    )


def fingerprint(check: Check, subject: Subject, reader: str) -> str:
    """Name all that the outcome of a check depends on: while it stays, so does the outcome.

    `reader` is the version of the archive reader, which counts for whoever looks into archives.
    """
    told = [check.name, str(check.version), reader if check.needs & _READ else ""]
    told += [f"{need}={subject.fingerprint(need)}" for need in sorted(check.needs)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _look(check: Check, subject: Subject) -> Outcome:
    try:
        return check.look(subject)
    except NotAssessable as reason:
        why = reason.reason
    except Exception as error:  # noqa: BLE001  # a broken check is an outcome, which records it
        why = f"the check itself failed ({type(error).__name__}: {str(error)[:200]})"
    return Outcome(check.name, check.version, not_assessed=why)
