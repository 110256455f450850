"""Metadata: what the file says of itself can be read, and is what its index said of it.

What goes round the index blocks: nobody vets what a URL gives. Fields that installers cannot
read, differences to what resolvers were told, and wheels of one release that disagree are for a
person to see. What is merely careless or meagre is told, unless the project is new: who means
well says what a new project is for, and where it is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from affineur.checks.core_metadata import printable, raw_of, twice_of, words_of
from affineur.core.archives import ArchiveReport
from affineur.core.files import FileKind
from affineur.core.findings import Fact, Finding, Outcome, Severity
from affineur.core.requirements import parsed
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "metadata"
_TODO_BLOCK = "Do not approve it; tell its project."
_TODO_REVIEW = "Look at the file, or compare it with another file of the same release."
_JUDGED = ("summary", "requires_dist", "requires_python")
_ONCE = ("requires-python", "summary")
_IDENTITY = frozenset({"name", "version"})
_MAX_REQUIREMENTS = 1000
_MOST_TOLD = 5
_YOUNG = timedelta(days=90)
_DYNAMIC_SINCE = (2, 2)
"""From this metadata version on an sdist says which fields only building it would tell."""
_EMPTY = frozenset({"", "unknown", "none"})


@dataclass(frozen=True, slots=True)
class MetadataCheck:
    """The check."""

    name: str = _NAME
    version: int = 2
    needs: frozenset[Need] = frozenset(
        {Need.ARCHIVE, Need.INDEX, Need.PROJECT, Need.PREVIOUS, Need.RELEASE, Need.HOUSE, Need.TIME}
    )
    wants: tuple[str, ...] = ()

    def look(self, subject: Subject) -> Outcome:
        """Read the metadata, and compare it with what is said of it."""
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, not_assessed=archive.reason)
        raw = raw_of(archive)
        if raw is None:
            return Outcome(self.name, self.version)
        findings = (
            *_of_fields(archive, raw),
            *_of_direct_urls(raw),
            *_of_python(subject, raw),
            *_of_index(subject, archive, raw),
            *_of_release(subject, raw),
            *_of_dynamic(subject, raw),
            *_of_meagre(subject, raw),
        )
        return Outcome(self.name, self.version, findings, facts=_facts(subject, raw))


def _finding(
    finding_id: str, severity: Severity, what: str, why: str = "", anchor: str = ""
) -> Finding:
    todo = {Severity.BLOCK: _TODO_BLOCK, Severity.REVIEW: _TODO_REVIEW}.get(severity, "")
    return Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo, anchor=anchor)


# --- what installers read ----------------------------------------------------------------


def _of_fields(archive: ArchiveReport, raw: RawMetadata) -> Iterator[Finding]:
    """Tell of all that is wrong: what installers read apart from what they do not."""
    why = "Installers may refuse it, or read it in different ways."
    for name in twice_of(archive):
        if name in _ONCE:
            what = f"Its metadata has the field {name} more than once, or it cannot be read."
            yield _finding("field", Severity.REVIEW, what, why, name)
    careless = []
    for error in _errors(raw):
        field = error.field.replace("-", "_").lower()
        if field in _IDENTITY or "introduced in metadata version" in str(error):
            continue  # the identity's; or told in advance, as setuptools long did
        if field in _JUDGED:
            what = f"Its metadata field {error.field} is wrong: {words_of(error)}."
            yield _finding("field", Severity.REVIEW, what, why, field)
        else:
            careless.append(f"{error.field}: {words_of(error)}")
    if careless:
        some = "; ".join(careless[:_MOST_TOLD])
        what = f"Its metadata is not as the specification has it: {some}."
        yield _finding("careless", Severity.INFO, what, "No installer reads these fields.")


def _errors(raw: RawMetadata) -> Sequence[InvalidMetadata]:
    try:
        Metadata.from_raw(raw, validate=True)
    except ExceptionGroup as group:
        return [one for one in group.exceptions if isinstance(one, InvalidMetadata)]
    return []


def _of_direct_urls(raw: RawMetadata) -> Iterator[Finding]:
    why = "What a URL gives is not vetted, and can change at any time."
    for one in parsed(raw.get("requires_dist", [])):
        if one.url is not None:
            what = f"It requires {printable(str(one))}, which is fetched past every index."
            yield _finding("direct-url", Severity.BLOCK, what, why)


def _of_python(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    """Hold Requires-Python against the Pythons of the house."""
    told = raw.get("requires_python")
    if told is None:
        what = "It does not say which Pythons it is for (Requires-Python)."
        yield _finding("requires-python-missing", Severity.INFO, what)
        return
    refused = [one for one in subject.house.pythons if one not in _pythons(subject, told)]
    if refused and len(refused) == len(subject.house.pythons):
        what = f"It is for Python {printable(told)}; none of the organisation's is."
        why = "No installer here would take it."
        yield _finding("not-our-pythons", Severity.REVIEW, what, why)
    elif refused:
        what = f"It is for Python {printable(told)}: not for {', '.join(refused)}."
        yield _finding("not-all-pythons", Severity.INFO, what, anchor="not-all-pythons")


def _pythons(subject: Subject, told: str | None) -> list[str]:
    """Give the house's Pythons that a file is for; all when it does not tell legibly."""
    try:
        specifiers = SpecifierSet(told or "")
    except InvalidSpecifier:
        return list(subject.house.pythons)
    return [
        one
        for one in subject.house.pythons
        if specifiers.contains(f"{one}.0") or specifiers.contains(f"{one}.99")
    ]


# --- what others say of it ---------------------------------------------------------------


def _of_index(subject: Subject, archive: ArchiveReport, raw: RawMetadata) -> Iterator[Finding]:
    """Compare what resolvers read in the index with what installers read in the file."""
    index = subject.index
    if index is None:
        return
    own = raw.get("requires_python") or ""
    told = index.requires_python  # many indexes leave it out
    if told is not None and not _are_same_specifiers(own, told):
        what = (
            f"It requires Python {printable(own) or '(any)'}; "
            f"its source says {printable(told) or '(any)'}."
        )
        yield _finding("requires-python-differs", Severity.REVIEW, what)
    digest = hashlib.sha256(archive.metadata or b"").hexdigest()
    if index.is_wheel and index.metadata_sha256 not in (None, digest):
        what = "Its source announces other core metadata than the file holds."
        why = "Resolvers go by what is announced, installers by what is in the file."
        yield _finding("announced-differs", Severity.REVIEW, what, why)


def _are_same_specifiers(one: str, other: str) -> bool:
    try:
        return SpecifierSet(one) == SpecifierSet(other)
    except InvalidSpecifier:
        return one.strip() == other.strip()


def _of_release(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    """Compare with the other files of the release: a lock file has one answer for them all."""
    ours = _required(subject.file.filename.kind, raw)
    if ours is None:
        return
    for sibling in subject.release:
        if isinstance(sibling.archive, NotAssessable):
            continue
        filename = sibling.file.filename
        theirs = _required(filename.kind, raw_of(sibling.archive) or {})
        if theirs is None or theirs == ours:
            continue
        names = sorted(_names(ours) ^ _names(theirs))
        severity = Severity.REVIEW if names else Severity.INFO
        which = f" ({', '.join(names[:_MOST_TOLD])})" if names else " (versions or conditions)"
        what = f"It requires other things than {filename.text} of the same release{which}."
        why = "Resolvers read one file of a release and take it for all."
        yield _finding("release-differs", severity, what, why, " ".join(names) or "conditions")
        return


def _required(kind: FileKind, raw: RawMetadata) -> frozenset[str] | None:
    """Give what a file requires, spelled one way; None when only building it would tell."""
    if kind is FileKind.SDIST and _is_dynamic(raw, "requires-dist"):
        return None
    return frozenset(str(one) for one in parsed(raw.get("requires_dist", [])))


def _names(requirements: frozenset[str]) -> set[str]:
    return {canonicalize_name(one.name) for one in parsed(requirements)}


def _is_dynamic(raw: RawMetadata, field: str) -> bool:
    return not _tells_dynamic(raw) or field in [one.lower() for one in raw.get("dynamic", [])]


def _tells_dynamic(raw: RawMetadata) -> bool:
    try:
        major, minor = (int(part) for part in raw.get("metadata_version", "").split("."))
    except ValueError:
        return False
    return (major, minor) >= _DYNAMIC_SINCE


def _of_dynamic(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    """Tell of an sdist whose requirements nobody knows without running its code (PEP 643)."""
    if subject.file.filename.kind is FileKind.SDIST and _is_dynamic(raw, "requires-dist"):
        what = "What it requires is known only when it is built (PEP 643)."
        yield _finding("dynamic", Severity.INFO, what, anchor="dynamic")


# --- what is missing ---------------------------------------------------------------------


def _of_meagre(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    """Tell of a project that says neither what it is for nor where it is made."""
    missing = [
        *(["description"] if not _has_description(raw) else []),
        *(["links to its project"] if not _links(raw) else []),
    ]
    if not missing:
        return
    what = f"It has no {' and no '.join(missing)}"
    if len(missing) == 2 and _is_new(subject):
        why = "Who means well says what a new project is for. Squats and trials are often bare."
        yield _finding("meagre", Severity.REVIEW, f"{what}, and its project is new.", why, "bare")
    elif _is_new(subject) or len(missing) == 2:
        yield _finding("meagre", Severity.INFO, f"{what}.", anchor="bare")


def _has_description(raw: RawMetadata) -> bool:
    told = (raw.get("description", ""), raw.get("summary", ""))
    return any(one.strip().lower() not in _EMPTY for one in told)


def _links(raw: RawMetadata) -> int:
    told = [*raw.get("project_urls", {}).values(), raw.get("home_page", "")]
    return sum(1 for one in told if one.strip().lower() not in _EMPTY)


def _is_new(subject: Subject) -> bool:
    """Whether nothing of the project was approved, and its index knows it for no long time."""
    uploads = [one.uploaded_at for one in subject.project_files if one.uploaded_at]
    if subject.previous is not None or not uploads:
        return False
    return subject.now - min(uploads) < _YOUNG


def _facts(subject: Subject, raw: RawMetadata) -> dict[str, Fact]:
    """Give what a reviewer would like to see of the metadata."""
    requirements = raw.get("requires_dist", [])[:_MAX_REQUIREMENTS]
    told = raw.get("requires_python")
    return {
        "requires_dist": [printable(one) for one in requirements],
        "requires_python": printable(told) if told is not None else None,
        "pythons": [*_pythons(subject, told)],
        "summary": printable(raw.get("summary", "")),
        "links": _links(raw),
        "dynamic": [printable(one) for one in raw.get("dynamic", [])],
    }
