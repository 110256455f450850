"""Integrity: the file is what its index and its own RECORD say it is.

Severity. What is dangerous or dishonest blocks: paths that lead out, links out, two members of
one name, bytes that two programs read differently, content that RECORD's hash denies. What
upstream projects do by carelessness is for a person to see (`core.archives.SLOPPY`): files
missing from RECORD or only in it, a wrong size beside the right hash, names that differ only in
case, links within an sdist. Blocking those would refuse honest releases and teach people to
override.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from affineur.core.archives import Defect
from affineur.core.findings import Finding, Outcome, Severity, Where
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "integrity"
_WHY_DISHONEST = "No honest build tool makes such an archive; installers may read it differently."
_WHY_SLOPPY = "Some build tools make this by carelessness; it can also hide something."
_TODO_BLOCK = "Do not approve it; tell its project."
_TODO_REVIEW = "Look at the file, or compare it with another file of the same release."


@dataclass(frozen=True, slots=True)
class Integrity:
    """The check."""

    name: str = _NAME
    version: int = 2
    needs: frozenset[Need] = frozenset({Need.ARCHIVE, Need.INDEX})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Compare the file with all that is said of it."""
        findings = list(_of_index(subject))
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, tuple(findings), archive.reason)
        findings += [_of_defect(defect) for defect in archive.defects]
        return Outcome(self.name, self.version, tuple(findings))


def _finding(
    what: str, finding_id: str, severity: Severity, *, why: str = "", where: Where | None = None
) -> Finding:
    todo = {Severity.BLOCK: _TODO_BLOCK, Severity.REVIEW: _TODO_REVIEW}.get(severity, "")
    return Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo, where)


def _of_index(subject: Subject) -> Iterator[Finding]:
    """Compare digest and size with what the source says now."""
    index = subject.index
    if index is None:
        return
    if index.sha256 is not None and index.sha256 != subject.file.sha256:
        what = f"Its source now gives other bytes under the name {subject.file.filename.text}."
        why = f"The source names sha256 {index.sha256}, this file has {subject.file.sha256}."
        yield _finding(what, "digest", Severity.BLOCK, why=why)
    sizes = (index.size_bytes, subject.file.size_bytes)
    if None not in sizes and sizes[0] != sizes[1]:
        what = f"It has {sizes[1]} bytes; its source says {sizes[0]}."
        yield _finding(what, "size", Severity.REVIEW)


def _of_defect(defect: Defect) -> Finding:
    where = Where(defect.member) if defect.member else None
    if defect.is_sloppy:
        return _finding(defect.what, defect.id, Severity.REVIEW, why=_WHY_SLOPPY, where=where)
    return _finding(defect.what, defect.id, Severity.BLOCK, why=_WHY_DISHONEST, where=where)
