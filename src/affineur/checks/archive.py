"""Archive: the file is what its index and its own RECORD say it is, and reads in one way only.

Severity (`core.archives`). What is dangerous or dishonest blocks: paths that lead out, links out,
two members of one name, bytes that two programs read differently, content that RECORD's hash
denies. What honest tools make by carelessness and what may hide something is for a person to
see; what hides nothing, whoever made it, is told once, as information. Blocking those would
refuse honest releases and teach people to override.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from affineur.checks.archive_reasons import TODO, why
from affineur.core.archives import Defect
from affineur.core.findings import Fact, Finding, Outcome, Severity, Where
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "archive"
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Archive:
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
        findings += _of_defects(archive.defects)
        facts: dict[str, Fact] = {
            "defects": list[Fact](sorted({one.id for one in archive.defects})),
            "files": len(archive.members),
            "unpacked_bytes": sum(one.size_bytes for one in archive.members.values()),
        }
        return Outcome(self.name, self.version, tuple(findings), facts=facts)


def _of_index(subject: Subject) -> Iterator[Finding]:
    """Compare digest and size with what the source says now."""
    index = subject.index
    if index is None:
        return
    if index.sha256 is not None and index.sha256 != subject.file.sha256:
        what = f"Its source now gives other bytes under the name {subject.file.filename.text}."
        reason = f"The source names sha256 {index.sha256}, this file has {subject.file.sha256}."
        yield _finding("digest", Severity.BLOCK, what, reason)
    sizes = (index.size_bytes, subject.file.size_bytes)
    if None not in sizes and sizes[0] != sizes[1]:
        what = f"It has {sizes[1]} bytes; its source says {sizes[0]}."
        yield _finding("size", Severity.REVIEW, what, "")


def _of_defects(defects: Iterable[Defect]) -> Iterator[Finding]:
    """Give each defect a finding, but those that only inform one for all of their kind."""
    for severity in Severity:
        ranked = [one for one in defects if one.severity is severity]
        if severity is Severity.INFO:
            for _, kin in groupby(sorted(ranked, key=lambda one: one.id), lambda one: one.id):
                yield _told_together(list(kin))
        else:
            yield from (_told_alone(one) for one in ranked)


def _told_alone(defect: Defect) -> Finding:
    where = Where(defect.member, quote=defect.member) if defect.member else None
    return _finding(defect.id, defect.severity, defect.what, why(defect.id), where)


def _told_together(kin: list[Defect]) -> Finding:
    what = " ".join(one.what for one in kin[:_LISTED])
    if len(kin) > _LISTED:
        what += f" The same holds for {len(kin) - _LISTED} more."
    where = Where(kin[0].member) if kin[0].member and len(kin) == 1 else None
    return _finding(kin[0].id, Severity.INFO, what, why(kin[0].id), where)


def _finding(
    defect_id: str, severity: Severity, what: str, reason: str, where: Where | None = None
) -> Finding:
    """Make a finding that is the same one in another version where it has the same place."""
    todo = TODO[severity]
    return Finding(f"{_NAME}.{defect_id}", _NAME, severity, what, reason, todo, where, defect_id)
