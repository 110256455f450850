"""Conditions in CEL, read once and kept: https://github.com/google/cel-spec, decision 0022.

`a && b` and `a || b` are known when either side decides, though the other cannot be told. So a
condition fails for a missing fact only where it matters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import cel

from affineur.conditions.scanning import fault, scan
from affineur.core.errors import BadInput
from affineur.core.facts import EXAMPLE
from affineur.core.findings import Fact
from affineur.core.ports import CannotTell, Condition

LONGEST = 2_000
_KEPT = 1_000
_FAILURES = (ValueError, TypeError, RuntimeError, LookupError, ArithmeticError)
"""What the library raises where a condition has no answer."""
_PLACE = re.compile(r"<input>:(\d+):(\d+): (.*)")
_UNDEFINED = re.compile(r"Undefined variable or function: '([^']*)'")


@dataclass(frozen=True, slots=True)
class CelCondition:
    """One condition, compiled."""

    text: str
    names: frozenset[str]
    program: cel.Program

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CelCondition) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def holds(self, facts: Mapping[str, Fact]) -> bool:
        """Say whether it holds for these facts."""
        given = {name: facts[name] for name in self.names if name in facts}
        try:
            answer = self.program.execute(given)
        except _FAILURES as error:
            raise CannotTell(_missing(error, given, self.names)) from error
        if not isinstance(answer, bool):
            raise CannotTell("its condition gives no yes or no")
        return answer


class CelConditions:
    """Reads conditions, each text once."""

    def read(self, text: str) -> Condition:
        """Read one; it is tried on an example of all facts, so that slips show at once."""
        return _read(text)


@lru_cache(maxsize=_KEPT)
def _read(text: str) -> CelCondition:
    if len(text) > LONGEST:
        raise BadInput(f"its condition is longer than {LONGEST} characters.")
    if not text.strip():
        raise BadInput("its condition is empty.")
    named = scan(text, frozenset(EXAMPLE))
    condition = CelCondition(text, named, _compile(text))
    try:
        answer = condition.program.execute({name: EXAMPLE[name] for name in named})
    except _FAILURES as error:
        raise fault(text, 0, f"tried on an example it fails: {_first_line(error)}") from error
    if not isinstance(answer, bool):
        raise fault(text, 0, f"it gives no yes or no, but {str(answer)[:60]!r}.")
    return condition


def _compile(text: str) -> cel.Program:
    try:
        return cel.compile(text)
    except _FAILURES as error:
        found = _PLACE.search(str(error))
        if found is None:
            raise BadInput(f"its condition cannot be read: {_first_line(error)}") from error
        line, column, what = found.groups()
        raise BadInput(f"its condition, line {line}, column {column}: {what[:200]}") from error


def _missing(error: Exception, given: Mapping[str, Fact], names: frozenset[str]) -> str:
    """Say why there is no answer: mostly a fact that nobody measured."""
    undefined = _UNDEFINED.search(str(error))
    if undefined is not None and undefined[1] in names - set(given):
        return f"{undefined[1]} is not known"
    missing = sorted(names - set(given))
    if missing:
        return f"{', '.join(missing)} is not known"
    return f"its condition fails: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
