"""What vetting and the policy say of the files of one release, put together for people.

The same finding in several files is told once. What could not be assessed, and files that nobody
vetted, are told beside it: their silence is no good news.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.cases import Case, Seen
from affineur.core.feeds import Feed
from affineur.core.findings import Assessment, Fact, Finding, Outcome, Severity
from affineur.core.policy import decide, explain
from affineur.core.policy_facts import waiver_of
from affineur.core.requests import Release, RequestFile
from affineur.services import judging
from affineur.services.gear import Gear
from affineur.services.release_values import CheckSaid, Judged, SeenFinding, ShownFile
from affineur.store import policies

_WORST = (Severity.BLOCK, Severity.REVIEW, Severity.INFO)
_Assessed = Sequence[tuple[ShownFile, Assessment]]


def judged(conn: Connection, gear: Gear, feed: Feed, files: Sequence[ShownFile]) -> Judged | None:
    """Give what is said of these files of one release; None when none was ever vetted."""
    assessed = [(one, one.assessment) for one in files if one.assessment is not None]
    if not assessed:
        return None
    name = assessed[0][0].file.filename
    told = [assessment for _, assessment in assessed]
    release = Release(name.project, name.version, tuple(_file(file) for file, _ in assessed))
    case = judging.case(conn, gear, feed, release, told)
    policy = judging.policy_of(gear, feed)
    against = [one.against for one in told if one.against is not None]
    return Judged(
        feed=feed.name,
        policy_number=policies.current_number(conn, feed.id),
        answer=decide(policy, case),
        steps=explain(policy, case),
        checks=_checks(assessed, case),
        assessed_at=min(one.at for one in told),
        unassessed=tuple(one for one in files if one.assessment is None),
        against=max((one.version for one in against), key=Version, default=None),
        gone=tuple({one.key: one for old in against for one in old.gone}.values()),
        facts=_facts(told),
    )


def _file(shown: ShownFile) -> RequestFile:
    file = shown.file
    if file.sha256 is None:  # cannot be: what was assessed has a digest
        raise ValueError(file.filename.text)
    return RequestFile(file.filename, file.sha256, file.size_bytes, file.uploaded_at)


def _checks(assessed: _Assessed, case: Case) -> tuple[CheckSaid, ...]:
    names = dict.fromkeys(outcome.check for _, one in assessed for outcome in one.outcomes)
    said = [_check(name, assessed, case) for name in names]
    return tuple(sorted(said, key=_weight))


def _check(name: str, assessed: _Assessed, case: Case) -> CheckSaid:
    told = [
        (file, assessment, outcome)
        for file, assessment in assessed
        for outcome in assessment.outcomes
        if outcome.check == name
    ]
    outcomes = [outcome for _, _, outcome in told]
    not_applicable = [one.not_applicable for one in outcomes if one.not_applicable]
    return CheckSaid(
        check=name,
        findings=_findings(told, case),
        not_assessed=tuple(dict.fromkeys(o.not_assessed for o in outcomes if o.not_assessed)),
        not_applicable=not_applicable[0] if len(not_applicable) == len(outcomes) else None,
        data_as_of=_oldest(outcomes),
    )


def _findings(
    told: Sequence[tuple[ShownFile, Assessment, Outcome]], case: Case
) -> tuple[SeenFinding, ...]:
    found: dict[str, list[tuple[ShownFile, Assessment, Finding]]] = {}
    for file, assessment, outcome in told:
        for one in outcome.findings:
            found.setdefault(one.key, []).append((file, assessment, one))
    seen = [_seen(key, some, case) for key, some in found.items()]
    return tuple(sorted(seen, key=lambda one: (_WORST.index(one.finding.severity), not one.is_new)))


def _seen(
    key: str, some: Sequence[tuple[ShownFile, Assessment, Finding]], case: Case
) -> SeenFinding:
    files = tuple({file.sha256: file for file, _, _ in some}.values())
    finding = some[0][2]
    is_new = any(one.against is None or key not in one.against.known for _, one, _ in some)
    weighed = [
        Seen(finding.id, key, finding.check, finding.severity, is_new, "", one.sha256)
        for _, one, _ in some
    ]
    accepted = [waiver_of(case, one) for one in weighed]
    return SeenFinding(finding, files, is_new, accepted[0] if all(accepted) else None)


def _weight(said: CheckSaid) -> tuple[int, bool]:
    """Put the check with the worst to say first, and what it could not see before what is clean."""
    worst = min((_WORST.index(one.finding.severity) for one in said.findings), default=len(_WORST))
    return (min(worst, 1) if said.not_assessed else worst), not said.findings


def _oldest(outcomes: Sequence[Outcome]) -> datetime | None:
    return min((one.data_as_of for one in outcomes if one.data_as_of), default=None)


def _facts(told: Sequence[Assessment]) -> Mapping[str, Mapping[str, Fact]]:
    facts: dict[str, Mapping[str, Fact]] = {}
    for outcome in (outcome for one in told for outcome in one.outcomes):
        if outcome.facts:
            facts.setdefault(outcome.check, outcome.facts)
    return facts
