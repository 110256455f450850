"""Change: what this file has and can do that the last approved version had and could not.

Files as such are counted, not judged: every release has other files. A person is asked when
the code can newly do what attacks need, when something newly runs at Python's start, or when
compiled code appears where there was none. `checks/from_sdist.py` compares with the sdist.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from affineur.checks.from_sdist import of_sdist, runs
from affineur.core.archives import ArchiveReport
from affineur.core.capability_words import WORTH_A_QUESTION, can
from affineur.core.change_facts import facts_of
from affineur.core.comparable import contents_of
from affineur.core.comparing import Comparison, compare
from affineur.core.findings import Fact, Finding, Outcome, Severity, Where
from affineur.core.subjects import Need, NotAssessable, Previous, Subject

_NAME = "change"
_GROWN = 3
_GROWN_BYTES = 2 * 1024 * 1024
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Change:
    """The check."""

    name: str = _NAME
    version: int = 1
    needs: frozenset[Need] = frozenset({Need.ARCHIVE, Need.PREVIOUS, Need.RELEASE})
    wants: tuple[str, ...] = (
        "*.dist-info/entry_points.txt",
        "*.egg-info/entry_points.txt",
        "*.pth",
        "setup.py",
    )

    def look(self, subject: Subject) -> Outcome:
        """Hold the file against the last approved version, and against its own sdist."""
        archive = subject.archive
        if isinstance(archive, NotAssessable):
            raise archive
        beside = tuple(of_sdist(subject, archive))
        previous = subject.previous
        if previous is None:
            why = None if beside else "nothing of its project was approved before"
            return Outcome(self.name, self.version, beside, not_applicable=why)
        before, old_name = previous.archive, previous.file.filename
        if isinstance(before, NotAssessable):
            why = f"the approved {old_name.text} could not be read: {before.reason}"
            return Outcome(self.name, self.version, beside, not_assessed=why)
        found = compare(old_name, before, subject.file.filename, archive)
        findings = (*_of_what_it_can(found, previous), *_of_what_is_there(found, subject, archive))
        facts: dict[str, Fact] = {
            "compared_with": str(previous.version),
            "compared_file": old_name.text,
        }
        facts |= facts_of(found)
        return Outcome(self.name, self.version, (*findings, *beside), facts=facts)


def _finding(
    finding_id: str, severity: Severity, what: str, why: str, where: Where | None, anchor: str
) -> Finding:
    todo = "Read what changed there: affineur diff" if severity is Severity.REVIEW else ""
    return Finding(f"{_NAME}.{finding_id}", _NAME, severity, what, why, todo, where, anchor)


def _of_what_it_can(found: Comparison, previous: Previous) -> Iterator[Finding]:
    """Ask about what no code of the last approved version could do."""
    for capability, places in sorted(found.capabilities.items()):
        severity = Severity.REVIEW if capability in WORTH_A_QUESTION else Severity.INFO
        more = f", and in {len(places) - 1} more places" if len(places) > 1 else ""
        what = f"It {can(capability)}, which nothing in {previous.version} did{more}."
        why = "What a project never needed before is what a stolen release brings."
        yield _finding("capability", severity, what, why, places[0], capability)


def _of_what_is_there(
    found: Comparison, subject: Subject, archive: ArchiveReport
) -> Iterator[Finding]:
    names = contents_of(subject.file.filename, archive).names
    for path in found.startup:
        severity = Severity.REVIEW if runs(archive, names[path]) else Severity.INFO
        what = f"{path} is new, or other than before: Python reads it whenever it starts."
        why = "It runs in every program of the environment, whether it imports the package or not."
        yield _finding("startup", severity, what, why, Where(names[path]), path)
    if found.native and not found.had_native:
        what = f"It brings compiled code for the first time: {_some(found.native)}."
        why = "Nobody can read what it does, and there was none before."
        where = Where(names[found.native[0]])
        yield _finding("native", Severity.REVIEW, what, why, where, "native")
    if found.bytecode and not found.had_bytecode:
        what = f"It brings compiled Python for the first time: {_some(found.bytecode)}."
        why = "It may do something else than the source beside it."
        where = Where(names[found.bytecode[0]])
        yield _finding("bytecode", Severity.REVIEW, what, why, where, "bytecode")
    yield from _of_less(found)


def _of_less(found: Comparison) -> Iterator[Finding]:
    """Tell what is good to know, and no reason to ask."""
    if found.entry_points:
        named = [f"{name} ({group})" for group, name in found.entry_points]
        what = f"It has new entry points: {_some(named)}."
        why = "Entry points are commands, or code that other programs load by themselves."
        anchor = " ".join(named)
        yield _finding("entry-points", Severity.INFO, what, why, None, anchor)
    grown = found.new_bytes - found.old_bytes
    if grown > _GROWN_BYTES and found.new_bytes > _GROWN * found.old_bytes:
        mib = [f"{one / 1024 / 1024:.1f}" for one in (found.old_bytes, found.new_bytes)]
        what = f"Its contents have grown from {mib[0]} to {mib[1]} MiB."
        yield _finding("size", Severity.INFO, what, "", None, "size")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
