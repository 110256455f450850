"""Integrity: the file is what its name, its index and its own RECORD say it is.

Severity. What is dangerous or dishonest blocks: paths that lead out, links out, two members of
one name, bytes that two programs read differently, content that RECORD's hash denies, another
name or version than the filename's, requirements that go round the index. What upstream
projects do by carelessness is for a person to see (`core.archives.SLOPPY`): files missing from
RECORD or only in it, a wrong size beside the right hash, names that differ only in case, links
within an sdist. Blocking those would refuse honest releases and teach people to override.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata, parse_email
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from affineur.core.archives import ArchiveReport, Defect
from affineur.core.findings import Fact, Finding, Outcome, Severity, Where
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "integrity"
_WHY_DISHONEST = "No honest build tool makes such an archive; installers may read it differently."
_WHY_SLOPPY = "Some build tools make this by carelessness; it can also hide something."
_TODO_BLOCK = "Do not approve it; tell its project."
_TODO_REVIEW = "Look at the file, or compare it with another file of the same release."
_JUDGED = ("summary", "requires_dist", "requires_python")
_MAX_REQUIREMENTS = 1000
_MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Integrity:
    """The check."""

    name: str = _NAME
    version: int = 1
    needs: frozenset[Need] = frozenset({Need.ARCHIVE, Need.INDEX})
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Compare the file with all that is said of it."""
        findings = list(_of_index(subject))
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, tuple(findings), archive.reason)
        findings += [_of_defect(defect) for defect in archive.defects]
        raw = _parse(archive)
        if raw is not None:
            findings += _of_metadata(subject, raw)
        facts = _facts(raw) if raw is not None else {}
        return Outcome(self.name, self.version, tuple(findings), facts=facts)


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


def _parse(archive: ArchiveReport) -> RawMetadata | None:
    if archive.metadata is None:
        return None
    try:
        return parse_email(archive.metadata)[0]
    except (MessageError, ValueError):
        return {}


def _of_metadata(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    yield from _of_identity(subject, raw)
    metadata = Metadata.from_raw(raw, validate=False)
    for field_name in _JUDGED:
        try:
            getattr(metadata, field_name)
        except InvalidMetadata as error:
            what = f"Its metadata field {error.field} is wrong: {_plain(error)}."
            yield _finding(what, "metadata-field", Severity.REVIEW)
    yield from _of_direct_urls(metadata)
    yield from _of_requires_python(subject, raw)


def _of_identity(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    """Compare name and version with the filename's; both must be there, once."""
    filename = subject.file.filename
    metadata = Metadata.from_raw(raw, validate=False)
    expected = {"name": filename.project, "version": str(filename.version)}
    for key, word in expected.items():
        try:
            found = getattr(metadata, key)
        except InvalidMetadata as error:
            what = f"Its metadata has no valid {key}: {_plain(error)}."
            yield _finding(what, f"{key}-mismatch", Severity.BLOCK)
            continue
        same = canonicalize_name(str(found)) == word if key == "name" else found == filename.version
        if not same:
            what = f"Its metadata says {key} {_cut(str(found))}, its filename says {word}."
            yield _finding(what, f"{key}-mismatch", Severity.BLOCK)


def _of_direct_urls(metadata: Metadata) -> Iterator[Finding]:
    try:
        requirements = metadata.requires_dist or []
    except InvalidMetadata:
        return
    for requirement in requirements:
        if requirement.url is not None:
            what = f"It requires {_cut(str(requirement))}, which is fetched past every index."
            why = "What a URL gives is not vetted, and can change at any time."
            yield _finding(what, "direct-url", Severity.BLOCK, why=why)


def _of_requires_python(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    """Compare what resolvers read in the index with what installers read in the file."""
    index = subject.index
    if index is None or index.requires_python is None:
        return  # many indexes leave it out
    own = raw.get("requires_python") or ""
    if not _are_same_specifiers(own, index.requires_python):
        what = (
            f"It requires Python {_cut(own) or '(any)'}; "
            f"its source says {_cut(index.requires_python) or '(any)'}."
        )
        yield _finding(what, "requires-python", Severity.REVIEW)


def _are_same_specifiers(one: str, other: str) -> bool:
    try:
        return SpecifierSet(one) == SpecifierSet(other)
    except InvalidSpecifier:
        return one.strip() == other.strip()


def _facts(raw: RawMetadata) -> dict[str, Fact]:
    """Give what a reviewer would like to see of the metadata."""
    requirements = raw.get("requires_dist", [])[:_MAX_REQUIREMENTS]
    return {
        "metadata_name": _cut(raw.get("name", "")),
        "metadata_version": _cut(raw.get("version", "")),
        "requires_dist": [_cut(one) for one in requirements],
        "requires_python": _cut(raw["requires_python"]) if "requires_python" in raw else None,
        "summary": _cut(raw.get("summary", "")),
    }


def _plain(error: InvalidMetadata) -> str:
    return _cut(str(error).splitlines()[0].rstrip("."))


def _cut(text: str) -> str:
    """Cut a text from the archive to what may stand in a sentence and in every database."""
    return "".join(c if c.isprintable() else " " for c in text[:_MAX_TEXT]).strip()
