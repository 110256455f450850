"""Licence: which SPDX licences hold, from the best source that the file has.

In this order: `License-Expression` (PEP 639), classifiers, the `License` text, licence files.
What leaves open which licence is meant counts as all of them (the strictest wins in the
policy), unless the licence files tell; what nothing tells is unknown, never fine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from packaging.metadata import RawMetadata, parse_email

from affineur.checks import spdx
from affineur.checks.licence_tables import of_classifier, of_words
from affineur.checks.licence_texts import recognise
from affineur.core.findings import Finding, Outcome, Severity
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "licence"
_LONGEST_WORDS = 200
_LISTED = 12
_TODO = "Read the licence files, or ask the project to declare an SPDX expression (PEP 639)."


@dataclass(frozen=True, slots=True)
class _Found:
    """A licence, as alternatives of groups, and where it was found."""

    text: str
    alternatives: spdx.Alternatives
    source: str

    @property
    def identifiers(self) -> frozenset[str]:
        """All licences that it names."""
        return frozenset(one.partition(" WITH ")[0] for group in self.alternatives for one in group)


@dataclass(frozen=True)
class _Evidence:
    """Everything in one file that speaks of its licence."""

    raw: RawMetadata
    texts: Mapping[str, str]

    @cached_property
    def expression(self) -> str:
        """The `License-Expression` field."""
        return self.raw.get("license_expression", "").strip()

    @cached_property
    def words(self) -> str:
        """The `License` field."""
        return self.raw.get("license", "").strip()

    @cached_property
    def classified(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """The licence classifiers that name a licence, with what they may mean."""
        classifiers = [one for one in self.raw.get("classifiers", []) if one.startswith("License")]
        return tuple((one, ids) for one in classifiers if (ids := of_classifier(one)))

    @cached_property
    def recognised(self) -> Mapping[str, tuple[str, ...]]:
        """The licences recognised in each licence file."""
        found = {name: recognise(text) for name, text in self.texts.items()}
        return {name: ids for name, ids in found.items() if ids}

    @cached_property
    def in_texts(self) -> frozenset[str]:
        """All licences recognised in any licence file."""
        return frozenset(one for ids in self.recognised.values() for one in ids)


@dataclass(frozen=True, slots=True)
class Licence:
    """The check."""

    name: str = _NAME
    version: int = 1
    needs: frozenset[Need] = frozenset({Need.ARCHIVE})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Find the licence and say what contradicts it."""
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, not_assessed=archive.reason)
        if archive.metadata is None:
            return Outcome(self.name, self.version, not_assessed="the file has no metadata")
        evidence = _Evidence(parse_email(archive.metadata)[0], archive.licence_texts)
        found = _find(evidence)
        findings = tuple(_findings(evidence, found))
        return Outcome(
            self.name,
            self.version,
            findings,
            facts={
                "licence": found.text if found else "",
                "licence_alternatives": [list(one) for one in found.alternatives] if found else [],
                "licence_source": found.source if found else "",
            },
        )


def _find(evidence: _Evidence) -> _Found | None:
    return (
        _from_expression(evidence)
        or _from_classifiers(evidence)
        or _from_words(evidence)
        or _from_texts(evidence)
    )


def _from_expression(evidence: _Evidence) -> _Found | None:
    return _of_spdx(evidence.expression, "License-Expression")


def _from_classifiers(evidence: _Evidence) -> _Found | None:
    """Take all classifiers together: whether they mean AND or OR, they do not say."""
    if not evidence.classified:
        return None
    declared = _of_spdx(evidence.words, "License")
    meant = [ids for _, ids in evidence.classified]
    if declared and all(ids & declared.identifiers for ids in meant):
        return declared  # the same, said more precisely
    narrowed = [_narrowed(ids, evidence) for ids in meant]
    return _of_group(frozenset().union(*narrowed), "classifiers")


def _from_words(evidence: _Evidence) -> _Found | None:
    """Read the `License` field: an expression, a name in plain words, or a whole text."""
    if len(evidence.words) > _LONGEST_WORDS:
        return _of_group(frozenset(recognise(evidence.words)), "License")
    ids = of_words(evidence.words)
    declared = _of_spdx(evidence.words, "License")
    return declared or _of_group(_narrowed(ids, evidence), "License")


def _from_texts(evidence: _Evidence) -> _Found | None:
    return _of_group(evidence.in_texts, "licence files")


def _narrowed(ids: frozenset[str], evidence: _Evidence) -> frozenset[str]:
    """Let the licence files tell which of several licences is meant."""
    if len(ids) < 2:
        return ids
    told = _near(ids, evidence.in_texts)
    return told or ids


def _near(ids: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """Give those of `ids` that are among the others, however much later versions may hold."""
    stems = {_stem(one) for one in others}
    return frozenset(one for one in ids if _stem(one) in stems)


def _stem(identifier: str) -> str:
    return identifier.removesuffix("-only").removesuffix("-or-later")


def _of_spdx(text: str, source: str) -> _Found | None:
    expression = spdx.canonical(text) if text else None
    groups = spdx.alternatives(expression) if expression else ()
    return _Found(expression, groups, source) if expression and groups else None


def _of_group(ids: frozenset[str], source: str) -> _Found | None:
    group = tuple(sorted(ids))
    return _Found(" AND ".join(group), (group,), source) if group else None


def _finding(finding_id: str, severity: Severity, what: str, *, why: str = "") -> Finding:
    todo = _TODO if severity is Severity.REVIEW else ""
    return Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo)


def _findings(evidence: _Evidence, found: _Found | None) -> Iterator[Finding]:
    if evidence.expression and spdx.canonical(evidence.expression) is None:
        what = f"Its License-Expression is not valid SPDX: {evidence.expression[:200]!r}."
        yield _finding("invalid-expression", Severity.REVIEW, what)
    if found is None:
        yield _finding("unknown", Severity.REVIEW, _why_unknown(evidence))
        return
    if found.source == "licence files":
        names = ", ".join(evidence.recognised)
        what = f"It declares no licence; the text of {found.text} was recognised in {names[:300]}."
        yield _finding("from-text", Severity.INFO, what)
    yield from _open_questions(evidence, found)
    yield from _conflicts(evidence, found)
    yield from _further_texts(evidence, found)


def _why_unknown(evidence: _Evidence) -> str:
    said = evidence.words.splitlines()[0][:200] if evidence.words else ""
    if said:
        return f"Its licence could not be made out: it only says {said!r}."
    if evidence.texts:
        return "It declares no licence, and the text of its licence file is none that we know."
    return "It declares no licence and has no licence file."


def _open_questions(evidence: _Evidence, found: _Found) -> Iterator[Finding]:
    """Say where the declaration leaves open which licence is meant."""
    if found.source not in ("classifiers", "License") or len(found.identifiers) < 2:
        return
    if found.source == "License" and spdx.canonical(evidence.words):
        return
    what = f"Which licence holds is left open ({found.text}); they are taken to hold together."
    yield _finding("left-open", Severity.INFO, what)


def _conflicts(evidence: _Evidence, found: _Found) -> Iterator[Finding]:
    """Say which declarations contradict the one that was taken."""
    for classifier, ids in evidence.classified:
        if not _near(ids, found.identifiers):
            what = f"It declares {found.text}, and its classifier says {classifier}."
            yield _finding("conflict", Severity.REVIEW, what)
    other = of_words(evidence.words) if len(evidence.words) <= _LONGEST_WORDS else frozenset()
    if other and not _near(other, found.identifiers):
        what = f"It declares {found.text}, and its License field says {evidence.words!r}."
        yield _finding("conflict", Severity.REVIEW, what)


def _further_texts(evidence: _Evidence, found: _Found) -> Iterator[Finding]:
    """Say which licences stand in licence files but were not declared, each with one file."""
    places: dict[str, str] = {}
    for name, ids in evidence.recognised.items():
        near = _near(frozenset(ids), found.identifiers)
        for one in ids:
            if one not in near:
                places.setdefault(one, name)
    if places:
        listed = ", ".join(f"{one} ({name})" for one, name in list(places.items())[:_LISTED])
        what = f"Its licence files hold the text of licences that it does not declare: {listed}."
        why = "They may be the licences of something that is bundled."
        yield _finding("further-text", Severity.INFO, what, why=why)
