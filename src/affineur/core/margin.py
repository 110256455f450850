"""Notes for the margin of a change: what is said of a file, or of one line of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from affineur.core.capability_words import WORTH_A_QUESTION, can
from affineur.core.comparing import Comparison
from affineur.core.findings import Severity, Where
from affineur.core.novelties import Vetted, new_findings

_TOLD_BY_ABILITY = "change.capability"


@dataclass(frozen=True, slots=True)
class Note:
    """One remark at a place of the new file."""

    where: Where
    severity: Severity
    what: str
    why: str = ""
    todo: str = ""
    is_new: bool = True
    """Whether the earlier version did not have it."""
    finding: str = ""
    """The id of the finding that it tells; empty for an ability of the code."""


def notes(comparison: Comparison, vetted: tuple[Vetted | None, Vetted | None]) -> tuple[Note, ...]:
    """Give what is to be told at places of the new file, the gravest first."""
    order = [*Severity]
    found = [*_of_findings(*vetted), *_of_abilities(comparison)]
    found.sort(key=lambda one: (not one.is_new, order.index(one.severity)))
    return tuple(found)


def _of_findings(before: Vetted | None, now: Vetted | None) -> Iterator[Note]:
    if now is None:
        return
    new = {one.key for one in new_findings(before, now)}
    for one in now.findings:
        if one.where is not None and one.id != _TOLD_BY_ABILITY:
            yield Note(one.where, one.severity, one.what, one.why, one.todo, one.key in new, one.id)


def _of_abilities(comparison: Comparison) -> Iterator[Note]:
    for capability, places in sorted(comparison.capabilities.items()):
        severity = Severity.REVIEW if capability in WORTH_A_QUESTION else Severity.INFO
        for place in places:
            what = f"Here it {can(capability)}, which nothing in the earlier version did."
            yield Note(place, severity, what)
