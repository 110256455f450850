"""Licence: which SPDX licences hold, how sure that is, and what contradicts it.

What nothing tells is unknown, never fine. Licences of bundled code are told beside the
project's own, and a licence that is another than the approved version's goes to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.metadata import parse_email

from affineur.checks import spdx
from affineur.checks.licence_evidence import (
    LONGEST_WORDS,
    Confidence,
    Evidence,
    Found,
    find,
    near,
)
from affineur.core.findings import Fact, Finding, Outcome, Severity, Where
from affineur.core.licences import categories_of
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "licence"
_LISTED = 12
_TODO = "Read the licence files, or ask the project to declare an SPDX expression (PEP 639)."
_TODO_CHANGED = "Ask whoever judges licences whether the new one is fine for you."
_WHY_CONFLICT = "Which of them holds is for the project to say; until then both may."


@dataclass(frozen=True, slots=True)
class Licence:
    """The check."""

    name: str = _NAME
    version: int = 2
    needs: frozenset[Need] = frozenset({Need.ARCHIVE, Need.PREVIOUS})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Find the licence and say what contradicts it."""
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, not_assessed=archive.reason)
        if archive.metadata is None:
            return Outcome(self.name, self.version, not_assessed="the file has no metadata")
        evidence = Evidence(parse_email(archive.metadata)[0], archive.licence_texts)
        found = find(evidence)
        before = _before(subject)
        findings = (*_findings(evidence, found), *_changes(found, before))
        return Outcome(self.name, self.version, findings, facts=_facts(evidence, found, before))


def _facts(
    evidence: Evidence, found: Found | None, before: Mapping[str, Fact] | None
) -> Mapping[str, Fact]:
    ids = {one for group in found.alternatives for one in group} if found else set[str]()
    bundled = {one for ids in evidence.bundled.values() for one in ids}
    facts: dict[str, Fact] = {
        "licence": found.text if found else "",
        "licence_alternatives": [list[Fact](one) for one in found.alternatives] if found else [],
        "licence_source": found.source if found else "",
        "licence_confidence": str(found.confidence if found else Confidence.NONE),
        "licence_categories": [str(one) for one in categories_of(ids)],
        "licence_texts": list[Fact](sorted(evidence.in_texts)),
        "bundled_licences": list[Fact](sorted(bundled)),
        "bundled_categories": [str(one) for one in categories_of(bundled)],
    }
    if before is not None:
        facts["licence_changed"] = _is_other(found, before)
    return facts


def _finding(
    finding_id: str, what: str, anchor: str, *, severity: Severity = Severity.REVIEW, why: str = ""
) -> Finding:
    """Make a finding that is the same one in another version where its anchor is."""
    todo = _TODO if severity is Severity.REVIEW else ""
    return Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo, None, anchor)


def _findings(evidence: Evidence, found: Found | None) -> Iterator[Finding]:
    if evidence.expression and spdx.canonical(evidence.expression) is None:
        said = evidence.expression[:200]
        what = f"Its License-Expression is not valid SPDX: {said!r}."
        yield _finding("invalid-expression", what, said)
    if found is None:
        why = "Without a licence nobody may use, change or pass on what somebody else wrote."
        yield _finding("unknown", _why_unknown(evidence), evidence.words[:200], why=why)
    else:
        if found.source == "licence files":
            yield _from_text(evidence, found)
        yield from _open_questions(found)
        yield from _conflicts(evidence, found)
        yield from _texts_that_deny(evidence, found)
        yield from _further_texts(evidence, found)
    yield from _bundled(evidence)


def _why_unknown(evidence: Evidence) -> str:
    said = evidence.words.splitlines()[0][:200] if evidence.words else ""
    if said:
        return f"Its licence could not be made out: it only says {said!r}."
    if evidence.texts:
        return "It declares no licence, and the text of its licence file is none that we know."
    return "It declares no licence and has no licence file."


def _from_text(evidence: Evidence, found: Found) -> Finding:
    names = ", ".join(evidence.own or evidence.texts)[:300]
    what = f"It declares no licence; {found.text} was recognised in {names}."
    return _finding("from-text", what, found.text, severity=Severity.INFO)


def _open_questions(found: Found) -> Iterator[Finding]:
    """Say where the declaration leaves open which licence is meant."""
    if found.confidence is Confidence.LOW:
        what = f"Which licence holds is left open ({found.text}); they are taken to hold together."
        yield _finding("left-open", what, found.text, severity=Severity.INFO)


def _conflicts(evidence: Evidence, found: Found) -> Iterator[Finding]:
    """Say which declarations contradict the one that was taken."""
    for classifier, ids in evidence.classified:
        if not near(ids, found.identifiers):
            what = f"It declares {found.text}, and its classifier says {classifier}."
            yield _finding("conflict", what, f"{found.text} {classifier}", why=_WHY_CONFLICT)
    other = evidence.meant_by_words
    if other and not near(other, found.identifiers):
        what = f"It declares {found.text}, and its License field says {evidence.words!r}."
        anchor = f"{found.text} {evidence.words[:LONGEST_WORDS]}"
        yield _finding("conflict", what, anchor, why=_WHY_CONFLICT)


def _texts_that_deny(evidence: Evidence, found: Found) -> Iterator[Finding]:
    """Say when there are licence texts, and none of them is of the declared licence."""
    known = evidence.in_texts
    is_ours = any(one.startswith("LicenseRef-") for one in found.identifiers)
    if known and not is_ours and not near(known | evidence.named, found.identifiers):
        name, ids = next(iter(evidence.own.items()))
        what = f"It declares {found.text}, and {name} is the text of {', '.join(ids)}."
        anchor = f"{found.text} {' '.join(ids)}"
        finding = _finding("text-conflict", what, anchor, why=_WHY_CONFLICT)
        yield replace(finding, where=Where(name))


def _further_texts(evidence: Evidence, found: Found) -> Iterator[Finding]:
    """Say which licences stand in licence files but were not declared, each with one file."""
    further = {
        name: tuple(one for one in ids if not near(frozenset({one}), found.identifiers))
        for name, ids in evidence.own.items()
    }
    if any(further.values()) and near(evidence.in_texts, found.identifiers):
        listed, anchor = _places(further)
        what = f"Its licence files hold the text of licences that it does not declare: {listed}."
        why = "They may be the licences of something that is bundled."
        yield _finding("further-text", what, anchor, severity=Severity.INFO, why=why)


def _bundled(evidence: Evidence) -> Iterator[Finding]:
    """Say which licences what is bundled has."""
    if evidence.bundled:
        listed, anchor = _places(evidence.bundled)
        what = f"It bundles what has licences of its own: {listed}."
        yield _finding("bundled", what, anchor, severity=Severity.INFO)


def _places(recognised: Mapping[str, Iterable[str]]) -> tuple[str, str]:
    """List licences, each with the first file that has its text; and their names alone."""
    places: dict[str, str] = {}
    for name, ids in recognised.items():
        for one in ids:
            places.setdefault(one, name)
    listed = [f"{one} ({name})" for one, name in sorted(places.items())]
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + more, " ".join(sorted(places))


def _before(subject: Subject) -> Mapping[str, Fact] | None:
    """Give what was said of the licence of the approved version; None when nothing was."""
    facts = subject.previous.facts.get(_NAME, {}) if subject.previous else {}
    return facts if "licence" in facts else None


def _is_other(found: Found | None, before: Mapping[str, Fact]) -> bool:
    """Whether another licence holds; one of those that were left open before is no other."""
    old = _groups(before.get("licence_alternatives"))
    new = _groups([list[Fact](one) for one in found.alternatives] if found else [])
    was_open = before.get("licence_confidence") == Confidence.LOW
    if old and new and (was_open or (found and found.confidence is Confidence.LOW)):
        return not near(frozenset().union(*new), frozenset().union(*old))
    return old != new


def _groups(alternatives: Fact) -> frozenset[frozenset[str]]:
    groups = alternatives if isinstance(alternatives, list) else []
    return frozenset(
        frozenset(str(one) for one in group) for group in groups if isinstance(group, list)
    )


def _changes(found: Found | None, before: Mapping[str, Fact] | None) -> Iterator[Finding]:
    if before is None or not _is_other(found, before):
        return
    old, new = str(before["licence"] or ""), found.text if found else ""
    what = f"Its licence is {new or 'unknown'}; the approved version's was {old or 'unknown'}."
    why = "What was approved under the old licence was not approved under the new one."
    finding_id, anchor = f"{_NAME}.changed", f"{old} {new}"
    yield Finding(finding_id, _NAME, Severity.REVIEW, what, why, _TODO_CHANGED, None, anchor)
