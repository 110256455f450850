"""Identity: whether the file is of the project that it seems to be of.

Its filename, its metadata and the name that people ask for must say the same: a difference is
no carelessness of a build tool, and blocks. So does a name of the house's own that comes from
outside. That a name could be taken for another is for a person to see, unless the project has
stood under it for years; then it is told. What a wheel puts in the way of others is judged in
`installed_names`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata
from packaging.utils import canonicalize_name

from affineur.checks.core_metadata import printable, raw_of, words_of
from affineur.checks.installed_names import (
    ENTRY_POINTS,
    modules_of,
    of_modules,
    of_scripts,
    of_strays,
)
from affineur.checks.installed_names import scripts_of as scripts_in
from affineur.core.archives import ArchiveReport
from affineur.core.findings import Fact, Finding, Outcome, Severity, Where
from affineur.core.known_names import KnownNames
from affineur.core.look_alikes import hidden
from affineur.core.subjects import Need, NotAssessable, Subject
from affineur.core.typosquats import Target

_NAME = "identity"
_TODO_BLOCK = "Do not approve it; tell its project."
_ESTABLISHED = timedelta(days=730)
_ESTABLISHED_RELEASES = 3
_TOLD_RANK = 2000
"""A remote likeness is told only of names up to this rank: it is a hint, not a reproach."""
_MOST_TARGETS = 3
_OLD_LIST = timedelta(days=400)
_MOST_FACTS = 50
_INSTALLED_BY = ("name", "version", "requires_dist", "project_urls", "home_page", "download_url")


@dataclass(frozen=True, slots=True)
class Identity:
    """The check."""

    name: str = _NAME
    version: int = 2
    needs: frozenset[Need] = frozenset(
        {Need.ARCHIVE, Need.INDEX, Need.NAMES, Need.PROJECT, Need.TIME}
    )
    wants: tuple[str, ...] = (ENTRY_POINTS,)

    def look(self, subject: Subject) -> Outcome:
        """Compare what the file calls itself with what it is called, and with other names."""
        names, archive = subject.names, subject.archive
        findings: list[Finding] = []
        facts: dict[str, Fact] = {}
        if isinstance(names, KnownNames):
            findings += _of_house(subject, names)
            findings += _of_likeness(subject, names, facts)
            findings += _of_old_list(subject, names)
        if isinstance(archive, ArchiveReport):
            findings += _of_archive(subject, archive, facts)
        unread = [one.reason for one in (archive, names) if isinstance(one, NotAssessable)]
        return Outcome(
            self.name,
            self.version,
            tuple(findings),
            not_assessed="; ".join(unread) or None,
            data_as_of=names.popular_as_of if isinstance(names, KnownNames) else None,
            facts=facts,
        )


def _finding(
    finding_id: str, severity: Severity, what: str, why: str, todo: str = "", anchor: str = ""
) -> Finding:
    todo = todo or (_TODO_BLOCK if severity is Severity.BLOCK else "")
    return Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo, anchor=anchor)


# --- its name among other names ----------------------------------------------------------


def _of_house(subject: Subject, names: KnownNames) -> Iterator[Finding]:
    """Tell of a name of the house's own that comes from elsewhere."""
    project, index = subject.file.filename.project, subject.index
    pattern = names.reserving(project)
    if project not in names.own and pattern is None:
        return
    if index is not None and index.location is None:
        return  # the house's own file
    said = f"is reserved here ({pattern})" if pattern else "is of the organisation's own packages"
    why = "Whoever takes such a name outside waits for a resolver that looks there first."
    if index is None:
        what = f"The name {project} {said}, and nothing tells where this file is from."
        todo = "Find out where it was made before it goes anywhere."
        yield _finding("own-name", Severity.REVIEW, what, why, todo, project)
    else:
        what = f"The name {project} {said}, and this file comes from outside."
        todo = "Do not approve it; tell security, and the index that lists it."
        yield _finding("own-name", Severity.BLOCK, what, why, todo, project)


def _of_likeness(subject: Subject, names: KnownNames, facts: dict[str, Fact]) -> Iterator[Finding]:
    project = subject.file.filename.project
    if names.is_known(project):
        facts["downloads_rank"] = names.rank(project)
        return
    targets = names.resemblances.of(project)
    close = [one for one in targets if one.is_close][:_MOST_TARGETS]
    facts["downloads_rank"] = None
    facts["resembles"] = [
        {"name": one.name, "how": one.how, "rank": one.rank, "close": one.is_close}
        for one in targets[:_MOST_TARGETS]
    ]
    if close:
        yield _squat(subject, names, close)
    elif targets and (targets[0].rank or _TOLD_RANK) <= _TOLD_RANK and not _is_established(subject):
        what = f"Its name remotely resembles {_told(targets[0], names)}."
        yield _finding("resembles", Severity.INFO, what, "", anchor=targets[0].name)


def _squat(subject: Subject, names: KnownNames, close: list[Target]) -> Finding:
    told = "; ".join(_told(one, names) for one in close)
    named = close[0].name
    anchor = f"{subject.file.filename.project} {named}"
    if _is_established(subject) and not any(one.name in names.own for one in close):
        what = f"Its name could be taken for {told}; it has stood for two years and more."
        return _finding("resembles", Severity.INFO, what, "", anchor=anchor)
    what = f"Its name could be taken for {told}."
    why = "Names that are typed or remembered wrongly are how most malicious packages are met."
    todo = f"Ask the requester whether {named} was meant; if not, look at who makes this one."
    return _finding("typosquat", Severity.REVIEW, what, why, todo, anchor)


def _told(target: Target, names: KnownNames) -> str:
    places = [f"number {target.rank:,} by downloads"] if target.rank else []
    if target.name in names.own:
        places.append("the organisation's own")
    elif target.name in names.approved:
        places.append("approved here")
    return f"{target.name} ({', '.join(places)}): {target.how}"


def _is_established(subject: Subject) -> bool:
    """Whether the project has stood under its name for long: squats are found and removed."""
    uploads = [one.uploaded_at for one in subject.project_files if one.uploaded_at]
    releases = {one.filename.version for one in subject.project_files}
    if not uploads or len(releases) < _ESTABLISHED_RELEASES:
        return False
    return subject.now - min(uploads) >= _ESTABLISHED


def _of_old_list(subject: Subject, names: KnownNames) -> Iterator[Finding]:
    as_of = names.popular_as_of
    if as_of is not None and subject.now - as_of > _OLD_LIST:
        what = f"Its name was held against the most downloaded ones of {as_of:%B %Y}."
        todo = "Ask an administrator to run: affineur names sync"
        yield _finding("old-names", Severity.INFO, what, "The list is old.", todo, "old")


# --- its name within the archive ---------------------------------------------------------


def _of_archive(
    subject: Subject, archive: ArchiveReport, facts: dict[str, Fact]
) -> Iterator[Finding]:
    raw = raw_of(archive)
    if raw is not None:
        facts["metadata_name"] = printable(raw.get("name", ""))
        facts["metadata_version"] = printable(raw.get("version", ""))
        yield from _of_metadata(subject, raw)
    yield from _of_hidden(archive, raw or {})
    if not subject.file.filename.text.endswith(".whl"):
        return
    modules, scripts = modules_of(archive), scripts_in(archive)
    facts["modules"] = [*sorted(modules)[:_MOST_FACTS]]
    facts["scripts"] = [*sorted(scripts)[:_MOST_FACTS]]
    yield from of_modules(subject, modules)
    yield from of_strays(subject, archive)
    yield from of_scripts(subject, archive, scripts)


def _of_metadata(subject: Subject, raw: RawMetadata) -> Iterator[Finding]:
    """Compare name and version with the filename's; both must be there, once."""
    filename = subject.file.filename
    metadata = Metadata.from_raw(raw, validate=False)
    expected = {"name": filename.project, "version": str(filename.version)}
    for key, word in expected.items():
        try:
            found = getattr(metadata, key)
        except InvalidMetadata as error:
            yield _mismatch(key, f"Its metadata has no valid {key}: {words_of(error)}.")
            continue
        same = canonicalize_name(str(found)) == word if key == "name" else found == filename.version
        if not same:
            what = f"Its metadata says {key} {printable(str(found))}, its filename says {word}."
            yield _mismatch(key, what)


def _mismatch(key: str, what: str) -> Finding:
    why = "Installers, and people who look at what is installed, go by one or the other."
    return _finding(f"{key}-mismatch", Severity.BLOCK, what, why, anchor=key)


def _of_hidden(archive: ArchiveReport, raw: RawMetadata) -> Iterator[Finding]:
    """Tell of characters that are not what they seem, where installers or people go by them."""
    why = "What is read is not what is there: names that look alike are two names to a program."
    todo = "Do not approve it unless its project explains why."
    for key in _INSTALLED_BY:
        if told := hidden(str(raw.get(key, ""))):
            what = f"Its metadata field {key} holds characters that are not what they seem: {told}."
            yield _finding("hidden-characters", Severity.REVIEW, what, why, todo, key)
    odd = [name for name in archive.members if not name.isascii() and hidden(name)]
    if odd:
        what = f"The name of {odd[0]} mixes letters of two scripts: {hidden(odd[0])}."
        yield Finding(
            f"{_NAME}.hidden-characters", _NAME, Severity.REVIEW, what, why, todo, Where(odd[0])
        )
