"""What the judges of calls say, and what they know of where a call stands."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from affineur.checks.scanning.machine import Called, Frame, Module, Moment
from affineur.checks.scanning.values import Mark, Marks
from affineur.core.findings import Severity
from affineur.core.scans import Role


@dataclass(frozen=True, slots=True)
class Sight:
    """A suspicious call, before it is weighed by where the file stands."""

    rule: str
    severity: Severity
    what: str
    module: Module
    node: ast.AST
    function: ast.AST | None = None

    @property
    def line(self) -> int:
        """The line it stands on."""
        return getattr(self.node, "lineno", 1)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a call stands."""

    role: Role

    def is_at_once(self, frame: Frame) -> bool:
        """Whether it runs without anybody calling it: on import, on install, at startup."""
        return frame.moment is Moment.IMPORT and self.role not in (Role.TEST, Role.DOCS)

    def when(self, frame: Frame) -> str:
        """Say when it runs, as the end of a sentence."""
        if not self.is_at_once(frame):
            return ""
        if self.role is Role.STARTUP:
            return ", whenever Python starts"
        return ", when it is built" if self.role is Role.INSTALL else ", when it is imported"

    def graver(self, frame: Frame) -> Severity:
        """Block what runs without being called, let a person see the rest."""
        return Severity.BLOCK if self.is_at_once(frame) else Severity.REVIEW


def sight(called: Called, rule: str, severity: Severity, what: str) -> Sight:
    """Make a sight of a call."""
    return Sight(rule, severity, what, called.frame.module, called.node, called.frame.function)


def told(marks: Marks, mark: Mark) -> str:
    """Say by what a value got a mark, and on which line of its file."""
    origin = marks[mark]
    return f"{origin.text} (line {origin.line})" if origin.text and origin.line else origin.text
