"""Provenance: who vouches for the file, whether that holds, and whether it was so before.

Attestations (PEP 740) are signed statements of a build service that it built this very file
from that repository. Most projects have none yet, and that is no fault; one that had them, and
has them no more, is how a stolen token looks. Digests are compared by the check `archive`.
Severities and their reasons: decision 0018.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import Version

from affineur.checks.attesting import Attested, Holds, Verifier, verify
from affineur.checks.core_metadata import printable, raw_of
from affineur.checks.publishers import Change, Publisher, change, from_fact, publisher_of
from affineur.core.attestations import AboutAnotherFile, check_provenance
from affineur.core.errors import BadInput
from affineur.core.findings import Fact, Finding, Outcome, Severity
from affineur.core.repositories import Kinship, kinship, repositories_of
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "provenance"
_HABIT = 3
"""So many releases in a row with attestations are a habit."""
_NOT_LISTED = "its source does not list this file now, so nobody says whether it has attestations"
_SILENT = "its source tells no attestations any more, not even that of the approved file"
_TOLD = ("commit", "ref", "trigger", "run", "runner")
"""What verified certificates say of a build that becomes facts."""
_WHY_FAILED = "A file that its build service never saw comes with borrowed or made-up papers."
_WHY_LOST = "Whoever publishes with a stolen password or token cannot make the attestations."
_WHY_OTHER = "A takeover of a project often begins with a publisher of the intruder's own."
_WHY_ELSEWHERE = "Anybody can name a well-known repository in the metadata of his own package."
_TODO_ASK = "Look whether the project announced it; ask its maintainers."
_TODO_DENY = "Do not approve it; tell its project and its index."


@dataclass(frozen=True, slots=True)
class Provenance:
    """The check."""

    verifier: Verifier = verify
    name: str = _NAME
    version: int = 1
    needs: frozenset[Need] = frozenset(
        {Need.PROVENANCE, Need.PREVIOUS, Need.PROJECT, Need.INDEX, Need.ARCHIVE}
    )
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Verify what there is; say what its absence means for this project."""
        if subject.provenance is None:
            return self._without(subject)
        try:
            attested = self._attested(subject, subject.provenance)
        except NotAssessable as error:
            facts = _facts(attested=True, verified=None, new=Change.UNKNOWN)
            return Outcome(self.name, self.version, not_assessed=error.reason, facts=facts)
        failure = next((one.why for one in attested if one.holds is Holds.NO), None)
        if failure is not None:
            return self._failed(printable(failure).rstrip("."))
        return self._with(subject, attested)

    def _attested(self, subject: Subject, told: bytes | NotAssessable) -> Sequence[Attested]:
        """Verify; raise `NotAssessable` when of one nobody can tell, and none was proven wrong."""
        if isinstance(told, NotAssessable):
            raise told
        file = subject.file
        try:
            check_provenance(told, file.filename, file.sha256)
        except AboutAnotherFile as error:
            return (Attested({}, Holds.NO, error.message),)
        except BadInput as error:
            raise NotAssessable(printable(error.message).rstrip(".")) from error
        attested = self.verifier(file.filename.text, file.sha256, told)
        unknown = [one.why for one in attested if one.holds is Holds.UNKNOWN]
        if unknown and not any(one.holds is Holds.NO for one in attested):
            raise NotAssessable(f"its attestation cannot be verified: {printable(unknown[0])}")
        return attested

    def _without(self, subject: Subject) -> Outcome:
        """Judge that there are no attestations."""
        if subject.index is None:
            return Outcome(self.name, self.version, not_assessed=_NOT_LISTED)
        new = _change_without(subject)
        facts = _facts(attested=False, verified=None, new=new)
        if new is Change.LOST and _is_silent(subject):
            return Outcome(self.name, self.version, not_assessed=_SILENT, facts=facts)
        return Outcome(self.name, self.version, (_absence(subject, new),), facts=facts)

    def _failed(self, failure: str) -> Outcome:
        what = f"Its attestation does not hold: {failure}."
        found = _finding("failed", Severity.BLOCK, what, _WHY_FAILED)
        facts = _facts(attested=True, verified=False, new=Change.UNKNOWN)
        return Outcome(self.name, self.version, (found,), facts=facts)

    def _with(self, subject: Subject, attested: Sequence[Attested]) -> Outcome:
        """Judge whom verified attestations name."""
        publishers = list(dict.fromkeys(publisher_of(one) for one in attested))
        changes = [_change_with(subject, one) for one in publishers]
        now, new = next(
            (pair for pair in zip(publishers, changes, strict=True) if pair[1].is_news),
            (publishers[0], changes[0]),
        )
        relation = _relation(subject, now)
        claims = attested[0].claims
        facts = _facts(attested=True, verified=True, new=new) | {
            "publisher": now.fact,
            "repository_in_metadata": relation,
            "predicates": [*sorted({printable(one.predicate) for one in attested})],
            **{key: printable(claims[key]) for key in _TOLD if key in claims},
        }
        findings = (*_of_change(_before(subject), now, new), *_of_metadata(now, relation))
        return Outcome(self.name, self.version, findings, facts=facts)


def _finding(
    finding_id: str, severity: Severity, what: str, why: str = "", anchor: str = ""
) -> Finding:
    todo = {Severity.BLOCK: _TODO_DENY, Severity.REVIEW: _TODO_ASK}.get(severity, "")
    found_id = f"{_NAME}.{finding_id}"
    return Finding(found_id, _NAME, severity, what, why, todo, anchor=anchor or finding_id)


def _facts(*, attested: bool, verified: bool | None, new: Change) -> dict[str, Fact]:
    return {
        "attested": attested,
        "verified": verified,
        "publisher": None,
        "publisher_change": new.value,
        "repository_in_metadata": None,
    }


def _earlier(subject: Subject) -> Mapping[str, Fact]:
    """Give what this check said of the last approved version; nothing if it did not look."""
    return subject.previous.facts.get(_NAME, {}) if subject.previous else {}


def _before(subject: Subject) -> Publisher | None:
    return from_fact(_earlier(subject).get("publisher"))


def _change_without(subject: Subject) -> Change:
    if subject.previous is None:
        return Change.FIRST
    attested = _earlier(subject).get("attested")
    if not isinstance(attested, bool):
        return Change.UNKNOWN
    return Change.LOST if attested else Change.NONE


def _change_with(subject: Subject, now: Publisher) -> Change:
    if subject.previous is None:
        return Change.FIRST
    before = _before(subject)
    if before is not None:
        return change(before, now)
    return Change.GAINED if _earlier(subject).get("attested") is False else Change.UNKNOWN


def _is_silent(subject: Subject) -> bool:
    """Whether the source lists the approved file, and does not tell its attestations either."""
    approved = subject.previous.file.sha256 if subject.previous else None
    listed = [one for one in subject.project_files if one.sha256 == approved]
    return bool(listed) and all(one.provenance_location is None for one in listed)


def _absence(subject: Subject, new: Change) -> Finding:
    """Say what it means that nobody vouches for this file; the weightiest reason counts."""
    if new is Change.LOST and subject.previous is not None:
        what = f"It has no attestation; {subject.previous.version}, which is approved, has one."
        return _finding("lost", Severity.REVIEW, what, _WHY_LOST)
    version = subject.file.filename.version
    release = [one for one in subject.project_files if one.filename.version == version]
    others = sum(one.provenance_location is not None for one in release)
    if others:
        what = f"It has no attestation; {others} other files of its release have one."
        return _finding("not-as-its-release", Severity.REVIEW, what, _WHY_LOST)
    if _had_a_habit(subject):
        what = f"It has no attestation; the {_HABIT} releases before it have."
        return _finding("not-as-before", Severity.REVIEW, what, _WHY_LOST)
    what = "It has no attestation: nobody vouches for who built it, and from what."
    return _finding("absent", Severity.INFO, what)


def _had_a_habit(subject: Subject) -> bool:
    """Whether the releases just below this version all have a file with attestations."""
    below: dict[Version, bool] = {}
    for one in subject.project_files:
        version = one.filename.version
        if version < subject.file.filename.version:
            below[version] = below.get(version, False) or one.provenance_location is not None
    last = sorted(below)[-_HABIT:]
    return len(last) == _HABIT and all(below[one] for one in last)


def _relation(subject: Subject, now: Publisher) -> str | None:
    """Compare the publisher's repository with those that the metadata names."""
    if now.repository is None or isinstance(subject.archive, NotAssessable):
        return None
    raw = raw_of(subject.archive) or {}
    urls = [*raw.get("project_urls", {}).values()]
    urls += [raw.get("home_page", ""), raw.get("download_url", "")]
    return kinship(now.repository, repositories_of(urls)).value


def _of_change(before: Publisher | None, now: Publisher, new: Change) -> Iterator[Finding]:
    """Tell of another publisher than that of the last approved version."""
    by = f"It was published by {now}; the approved version by {before}."
    if new is Change.REPOSITORY:
        if before is not None and (before.kind, before.repository) == (now.kind, now.repository):
            by = f"The forge gave {now} another number: the repository of that name is a new one."
        yield _finding("repository-changed", Severity.REVIEW, by, _WHY_OTHER, str(now))
    elif new is Change.WORKFLOW:
        yield _finding("workflow-changed", Severity.REVIEW, by, _WHY_OTHER, str(now))
    elif new is Change.RENAMED:
        what = f"{by} It is the same repository under another name."
        yield _finding("repository-renamed", Severity.INFO, what, anchor=str(now))
    elif new is Change.ENVIRONMENT and before is not None:
        names = [one.environment or "none" for one in (before, now)]
        what = f"Its publisher's environment was {names[0]} and is {names[1]}, by its index."
        yield _finding("environment-changed", Severity.INFO, what, anchor=now.environment or "none")


def _of_metadata(now: Publisher, relation: str | None) -> Iterator[Finding]:
    """Tell of a publisher that the metadata does not know."""
    if relation == Kinship.OTHER:
        what = f"It was published by {now.repository}; its metadata names other repositories only."
        yield _finding(
            "other-repository", Severity.REVIEW, what, _WHY_ELSEWHERE, str(now.repository)
        )
    elif relation == Kinship.OWNER:
        what = (
            f"It was published by {now.repository}; its metadata names another repository "
            "of the same owner."
        )
        yield _finding("sibling-repository", Severity.INFO, what, anchor=str(now.repository))
