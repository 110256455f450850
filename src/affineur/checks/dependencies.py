"""Dependencies: what a file brings along, and what an sdist is built with.

Each dependency is vetted itself when the closure is asked for. Here their names are judged, which
say something of the file that requires them: one that looks like another name, one of the house's
own, one that nobody knows and that the approved version did not need.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from affineur.checks.core_metadata import printable, raw_of
from affineur.core.archives import ArchiveReport
from affineur.core.files import FileKind
from affineur.core.findings import Fact, Finding, Outcome, Severity, Where
from affineur.core.known_names import KnownNames
from affineur.core.names import ProjectName
from affineur.core.requirements import Required, parsed, required
from affineur.core.subjects import Need, NotAssessable, Subject

_NAME = "dependencies"
_PYPROJECT = "pyproject.toml"
_LEGACY = "setuptools.build_meta:__legacy__"
_BACKENDS = (
    "flit_core.",
    "flit_scm",
    "hatchling.",
    "hatch_cython",
    "jupyter_packaging.",
    "maturin",
    "mesonpy",
    "pdm.backend",
    "pdm.pep517",
    "poetry.core.",
    "poetry.masonry.",
    "poetry_dynamic_versioning.",
    "pybind11_setuptools",
    "py_build_cmake.",
    "scikit_build_core.",
    "setuptools.build_meta",
    "setuptools_rust",
    "sipbuild.",
    "uv_build",
    "whey",
    "enscons.",
    "trampolim",
)
_MOST = 200
_TOLD = 10


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The check."""

    name: str = _NAME
    version: int = 1
    needs: frozenset[Need] = frozenset({Need.ARCHIVE, Need.NAMES, Need.PREVIOUS, Need.HOUSE})
    wants: tuple[str, ...] = (_PYPROJECT,)

    def look(self, subject: Subject) -> Outcome:
        """Judge the names of what the file requires, to run and to be built."""
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            return Outcome(self.name, self.version, not_assessed=archive.reason)
        found = _runs_with(archive, subject)
        built = _Build.of(subject, archive)
        before = _before(subject)
        findings = [
            *_of_names(subject, found, before),
            *_of_build(subject, built, before),
        ]
        return Outcome(self.name, self.version, tuple(findings), facts=_facts(found, built))


@dataclass(frozen=True, slots=True)
class _Build:
    """How an sdist is built."""

    requires: tuple[Requirement, ...] = ()
    backend: str | None = None
    """None for a wheel: it was built already."""
    paths: tuple[str, ...] = ()
    member: str = ""
    fault: str = ""

    @classmethod
    def of(cls, subject: Subject, archive: ArchiveReport) -> _Build:
        """Read the build system of an sdist (PEP 517, PEP 518)."""
        if subject.file.filename.kind is not FileKind.SDIST:
            return cls()
        member = next((one for one in archive.texts if one.partition("/")[2] == _PYPROJECT), "")
        if not member:
            return cls(backend=_LEGACY)
        try:
            table: Any = tomllib.loads(archive.texts[member])  # Any: TOML as read
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            return cls(backend=None, member=member, fault=printable(str(error)))
        system = table.get("build-system", {})
        if not isinstance(system, dict):
            return cls(member=member, fault="[build-system] is no table")
        return cls(
            tuple(parsed(_texts(system.get("requires")))),
            printable(str(system.get("build-backend") or _LEGACY)),
            _texts(system.get("backend-path")),
            member,
        )

    @property
    def names(self) -> frozenset[ProjectName]:
        """The names of what it is built with."""
        return frozenset(ProjectName(name) for name in _names(self.requires))


@dataclass(frozen=True, slots=True)
class _Before:
    """What the last approved version required."""

    version: str
    required: frozenset[ProjectName] | None
    build: frozenset[ProjectName] | None


def _runs_with(archive: ArchiveReport, subject: Subject) -> Required | None:
    """Give what it requires; None when only building it would tell."""
    raw = raw_of(archive) or {}
    is_sdist = subject.file.filename.kind is FileKind.SDIST
    dynamic = [one.lower() for one in raw.get("dynamic", [])]
    is_old = raw.get("metadata_version", "") in ("1.0", "1.1", "1.2", "2.0", "2.1")
    if is_sdist and (is_old or "requires-dist" in dynamic):
        return None
    return required(parsed(raw.get("requires_dist", [])), subject.house)


def _before(subject: Subject) -> _Before | None:
    previous = subject.previous
    if previous is None or not isinstance(previous.archive, ArchiveReport):
        return None
    as_subject = Subject(previous.file, subject.now, previous.archive, house=subject.house)
    found = _runs_with(previous.archive, as_subject)
    built = _Build.of(as_subject, previous.archive)
    return _Before(
        str(previous.version),
        found.all if found is not None else None,
        built.names if previous.file.filename.kind is FileKind.SDIST else None,
    )


def _of_names(
    subject: Subject, found: Required | None, before: _Before | None
) -> Iterator[Finding]:
    if found is None:
        return
    yield from _of_odd_names(subject, found.all, "requires", before.required if before else None)
    if before is not None and before.required is not None:
        for name in sorted(found.always - before.required)[:_MOST]:
            yield _new(subject, name, f"It now requires {name}", before.version)
    unknown = _unknown(subject, found.always)
    if unknown:
        more = f" and {len(unknown) - _TOLD} more" if len(unknown) > _TOLD else ""
        what = f"It requires what few use: {', '.join(unknown[:_TOLD])}{more}."
        why = "They are neither approved here nor among the most downloaded."
        anchor = " ".join(unknown)
        yield Finding(f"{_NAME}.little-known", _NAME, Severity.INFO, what, why, anchor=anchor)


def _of_build(subject: Subject, built: _Build, before: _Before | None) -> Iterator[Finding]:
    where = Where(built.member) if built.member else ""
    if built.fault:
        what = f"Its {_PYPROJECT} cannot be read: {built.fault}."
        why = "Nobody can tell how it is built."
        yield _finding("build-unread", Severity.REVIEW, what, why, at=where)
    for one in built.requires:
        if one.url is not None:
            what = f"It is built with {printable(str(one))}, which is fetched past every index."
            why = "What a URL gives is not vetted, runs when the sdist is built, and can change."
            yield _finding("build-url", Severity.BLOCK, what, why, at=where)
    yield from _of_odd_names(
        subject, built.names, "is built with", before.build if before else None
    )
    if before is not None and before.build is not None:
        for name in sorted(built.names - before.build)[:_MOST]:
            yield _new(subject, name, f"It is now built with {name}", before.version)
    if built.paths:
        what = f"Its build backend {built.backend} is a part of itself ({', '.join(built.paths)})."
        why = "That code runs when the sdist is built; a wheel needs none of it."
        yield _finding("in-tree-backend", Severity.INFO, what, why, at=where)
    elif built.backend is not None and not built.backend.startswith(_BACKENDS):
        what = f"Its build backend, {built.backend}, is not one of those in common use."
        why = "It runs when the sdist is built."
        yield _finding("odd-backend", Severity.INFO, what, why, at=where)


def _of_odd_names(
    subject: Subject,
    names: frozenset[ProjectName],
    verb: str,
    before: frozenset[ProjectName] | None,
) -> Iterator[Finding]:
    """Tell of names that could be taken for others, and of the house's own.

    A well-known project means the names that it requires; only what is new there is odd.
    """
    known = subject.names
    if not isinstance(known, KnownNames):
        return
    own = subject.file.filename.project
    is_trusted = known.is_known(own)
    for name in sorted(names)[:_MOST]:
        if name in known.own or known.reserving(name):
            if own not in known.own and not known.reserving(own):
                what = f"It {verb} {name}, a name of the organisation's own."
                why = "A stranger's package has no reason to know it."
                yield _finding("own-name", Severity.REVIEW, what, why, at=f"own {name}")
        elif not known.is_known(name) and name != own:
            is_new = before is not None and name not in before
            severity = Severity.REVIEW if is_new or not is_trusted else Severity.INFO
            yield from _of_squat(known, name, verb, severity)


def _of_squat(
    known: KnownNames, name: ProjectName, verb: str, severity: Severity
) -> Iterator[Finding]:
    close = next((one for one in known.resemblances.of(name) if one.is_close), None)
    if close is None:
        return
    rank = f", number {close.rank:,} by downloads" if close.rank else ""
    what = f"It {verb} {name}, which could be taken for {close.name}{rank}: {close.how}."
    why = "Malicious packages hide what they do in a dependency whose name nobody reads twice."
    todo = f"See whether its project means {close.name}; look at {name} before anything else."
    todo = todo if severity is Severity.REVIEW else ""
    yield _finding("typosquat", severity, what, why, todo=todo, at=f"{verb} {name}")


def _new(subject: Subject, name: ProjectName, what: str, version: str) -> Finding:
    """Word a new requirement: known ones inform, unknown ones go to a person."""
    known = subject.names
    is_known = isinstance(known, KnownNames) and known.is_known(name)
    severity = Severity.INFO if is_known else Severity.REVIEW
    said = f"{what}, which {version} did not."
    why = (
        "It is in use here, or among the most downloaded."
        if is_known
        else "Taken over projects often bring their payload as a new dependency."
    )
    todo = "" if is_known else f"Look at {name} first: what it does, and since when it is there."
    return _finding("new", severity, said, why, todo=todo, at=what)


def _finding(
    finding_id: str,
    severity: Severity,
    what: str,
    why: str,
    *,
    todo: str = "",
    at: Where | str = "",
) -> Finding:
    """Make a finding; `at` is where it is, or what it is anchored to."""
    if not todo and severity is not Severity.INFO:
        todo = "Do not approve it before its project explains why."
    made = Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo)
    return replace(made, where=at) if isinstance(at, Where) else replace(made, anchor=at)


def _unknown(subject: Subject, names: frozenset[ProjectName]) -> list[ProjectName]:
    known = subject.names
    if not isinstance(known, KnownNames):
        return []
    return sorted(name for name in names if not known.is_known(name))


def _facts(found: Required | None, built: _Build) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"required": None, "required_by_extras": {}, "required_elsewhere": []}
    if found is not None:
        facts["required"] = [*sorted(found.always)[:_MOST]]
        facts["required_elsewhere"] = [*sorted(found.elsewhere)[:_MOST]]
        facts["required_by_extras"] = {
            printable(extra): [*sorted(names)[:_MOST]]
            for extra, names in list(found.by_extra.items())[:_MOST]
        }
    facts["build_backend"] = built.backend
    facts["build_requires"] = [*_names(built.requires)[:_MOST]]
    return facts


def _names(requirements: Sequence[Requirement]) -> list[str]:
    return sorted({str(canonicalize_name(one.name)) for one in requirements})


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
