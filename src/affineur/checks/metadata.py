"""Metadata: what the file says of itself can be read, and is what its index said of it.

What goes round the index blocks: nobody vets what a URL gives. Fields that installers cannot
read, and differences to what resolvers were told, are for a person to see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from affineur.checks.core_metadata import printable, raw_of, words_of
from affineur.core.findings import Fact, Finding, Outcome, Severity
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "metadata"
_TODO_BLOCK = "Do not approve it; tell its project."
_TODO_REVIEW = "Look at the file, or compare it with another file of the same release."
_JUDGED = ("summary", "requires_dist", "requires_python")
_MAX_REQUIREMENTS = 1000


@dataclass(frozen=True, slots=True)
class MetadataCheck:
    """The check."""

    name: str = _NAME
    version: int = 1
    needs: frozenset[Need] = frozenset({Need.ARCHIVE, Need.INDEX})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Read the metadata, and compare it with what is said of it."""
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, not_assessed=archive.reason)
        raw = raw_of(archive)
        if raw is None:
            return Outcome(self.name, self.version)
        findings = tuple(_of_metadata(subject, raw))
        return Outcome(self.name, self.version, findings, facts=_facts(raw))


def _finding(finding_id: str, severity: Severity, what: str, why: str = "") -> Finding:
    todo = _TODO_BLOCK if severity is Severity.BLOCK else _TODO_REVIEW
    return Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo)


def _of_metadata(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    metadata = Metadata.from_raw(raw, validate=False)
    for field_name in _JUDGED:
        try:
            getattr(metadata, field_name)
        except InvalidMetadata as error:
            what = f"Its metadata field {error.field} is wrong: {words_of(error)}."
            yield _finding("field", Severity.REVIEW, what)
    yield from _of_direct_urls(metadata)
    yield from _of_requires_python(subject, raw)


def _of_direct_urls(metadata: Metadata) -> Iterator[Finding]:
    try:
        requirements = metadata.requires_dist or []
    except InvalidMetadata:
        return
    for requirement in requirements:
        if requirement.url is not None:
            what = f"It requires {printable(str(requirement))}, which is fetched past every index."
            why = "What a URL gives is not vetted, and can change at any time."
            yield _finding("direct-url", Severity.BLOCK, what, why)


def _of_requires_python(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    """Compare what resolvers read in the index with what installers read in the file."""
    index = subject.index
    if index is None or index.requires_python is None:
        return  # many indexes leave it out
    own = raw.get("requires_python") or ""
    if not _are_same_specifiers(own, index.requires_python):
        what = (
            f"It requires Python {printable(own) or '(any)'}; "
            f"its source says {printable(index.requires_python) or '(any)'}."
        )
        yield _finding("requires-python-differs", Severity.REVIEW, what)


def _are_same_specifiers(one: str, other: str) -> bool:
    try:
        return SpecifierSet(one) == SpecifierSet(other)
    except InvalidSpecifier:
        return one.strip() == other.strip()


def _facts(raw: RawMetadata) -> dict[str, Fact]:
    """Give what a reviewer would like to see of the metadata."""
    requirements = raw.get("requires_dist", [])[:_MAX_REQUIREMENTS]
    return {
        "requires_dist": [printable(one) for one in requirements],
        "requires_python": printable(raw["requires_python"]) if "requires_python" in raw else None,
        "summary": printable(raw.get("summary", "")),
    }
