"""A wheel beside the sdist of its release: what is in the wheel that its sources do not have.

Building adds files, so most of it says little: compiled modules, version files, what a template
or a grammar became. It matters where a build has no business to add anything: what runs when
Python starts, compiled files in a wheel for every platform, and code that a scan wonders at.
Of such files releases consisted that were made with a stolen upload token and no commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from affineur.core.archives import ArchiveReport, Kind
from affineur.core.comparable import Contents, contents_of, is_startup
from affineur.core.comparing import FileChanges, missing_in
from affineur.core.files import FileKind
from affineur.core.findings import Finding, Severity, Where
from affineur.core.subjects import NotAssessable, Subject

_NAME = "change"
_WHY = (
    "A wheel is built from the sources of its release. What they do not have was put in by the "
    "build, or by whoever uploaded it."
)
_TODO = (
    "Find out where it comes from before you approve it: look for it in the project's own source."
)
_SHOWN = 5
_GENERATED = re.compile(
    r"(^|/)_*(version|build|git)_*(info|meta|version|data)?_*\.py$"
    r"|(^|/)__config__\.py$|(^|/)_distributor_init\.py$|_pb2(_grpc)?\.pyi?$"
    r"|(^|/)(parse|lex|yacc)tab\.py$|_(parser|lexer)tab\.py$",
    re.IGNORECASE,
)
_TEMPLATES = (".in", ".tmpl", ".template", ".j2", ".jinja", ".src", ".tempita")


def of_sdist(subject: Subject, archive: ArchiveReport) -> Iterator[Finding]:
    """Compare a wheel with the sdist of its release, when that is at hand."""
    if subject.file.filename.kind is not FileKind.WHEEL:
        return
    sdists = [one for one in subject.release if one.file.filename.kind is FileKind.SDIST]
    for sdist in sdists[:1]:
        if isinstance(sdist.archive, NotAssessable):
            yield _unread(sdist.archive)
            continue
        wheel = contents_of(subject.file.filename, archive)
        sources = contents_of(sdist.file.filename, sdist.archive)
        missing = missing_in(sources, wheel)
        wondered = set(_wondered_at(subject, archive, wheel, missing))
        wondered -= {path for path in wondered if _is_written_by_setup(path, sdist.archive)}
        yield from _of_wondered(sorted(wondered), wheel)
        rest = [one for one in _worth_telling(missing, sources) if one not in wondered]
        yield from _of_rest(rest, missing)


def _unread(trouble: NotAssessable) -> Finding:
    return Finding(
        f"{_NAME}.sdist-unread",
        _NAME,
        Severity.INFO,
        f"It could not be held against the sdist of its release: {trouble.reason}.",
        anchor="sdist-unread",
    )


def _wondered_at(
    subject: Subject, archive: ArchiveReport, wheel: Contents, missing: FileChanges
) -> Iterator[str]:
    """Give the files that no build has a business to add, or to change."""
    others = {*missing.added, *missing.changed}
    signals = {one.where.file for one in archive.scan.signals if one.severity is not Severity.INFO}
    yield from (path for path in others if wheel.names[path] in signals)
    yield from (path for path in others if is_startup(path) and runs(archive, wheel.names[path]))
    if {tag.platform for tag in subject.file.filename.tags} == {"any"}:
        yield from others & wheel.of_kind(Kind.NATIVE, Kind.BYTECODE)


def _is_written_by_setup(path: str, sdist: ArchiveReport) -> bool:
    """Whether a startup hook is named in setup.py, which is vetted with the sdist itself.

    A hook of setuptools' own is made so. Whoever only has an upload token changes no sources.
    """
    texts = [text for name, text in sdist.texts.items() if name.endswith("/setup.py")]
    name = path.rpartition("/")[2]
    named = re.compile(rf"""['"]{re.escape(name.removesuffix(".pth"))}(\.pth)?['"]""")
    return name.endswith(".pth") and any("pth" in text and named.search(text) for text in texts)


def runs(archive: ArchiveReport, name: str) -> bool:
    """Whether a startup file runs anything: a `.pth` may hold nothing but folders."""
    text = archive.texts.get(name)
    if text is None or not name.endswith(".pth"):
        return True
    return any(line.startswith(("import ", "import\t")) for line in text.splitlines())


def _of_wondered(paths: Sequence[str], wheel: Contents) -> Iterator[Finding]:
    for path in paths:
        yield Finding(
            f"{_NAME}.not-from-sdist",
            _NAME,
            Severity.REVIEW,
            f"{path} is in the wheel, but not so in the sdist of the same release.",
            _WHY,
            _TODO,
            Where(wheel.names[path]),
            anchor=path,
        )


def _worth_telling(missing: FileChanges, sources: Contents) -> Iterator[str]:
    """Give the Python files for which no way of building is known that makes them."""
    templates = {path.rpartition("/")[2] for path in sources.files if path.endswith(_TEMPLATES)}
    for path in (*missing.added, *missing.changed):
        name = path.rpartition("/")[2]
        is_made = _GENERATED.search(path) or any(f"{name}{one}" in templates for one in _TEMPLATES)
        is_script = path.startswith(".data/scripts/")  # every build writes their first line anew
        if path.endswith(".py") and not is_made and not is_script:
            yield path


def _of_rest(paths: Sequence[str], missing: FileChanges) -> Iterator[Finding]:
    if not paths:
        return
    some = ", ".join(paths[:_SHOWN]) + (" and others" if len(paths) > _SHOWN else "")
    total = len(missing.added) + len(missing.changed) + missing.unchanged
    yield Finding(
        f"{_NAME}.other-than-sdist",
        _NAME,
        Severity.INFO,
        f"{len(paths)} Python files of {total} files are not so in the sdist of the same release: "
        f"{some}.",
        _WHY,
        anchor="other-than-sdist",
    )
