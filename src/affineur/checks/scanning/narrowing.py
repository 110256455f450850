"""What is left of the environment when only some of its variables are taken."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import replace

from affineur.checks.scanning.machine import Frame
from affineur.checks.scanning.values import Mark, Origin, Value

_KEYS = re.compile(
    r"SECRET|TOKEN|PASS(W|\b|_|$)|CREDENTIAL|(^|[\W_])(API_?)?KEYS?($|[\W_])|\bAWS|\bGITHUB_?|PRIVATE",
    re.IGNORECASE,
)
_TAKING = (ast.In, ast.Eq)


def narrowed(over: Value, tests: Iterable[ast.expr], frame: Frame) -> Value:
    """Give what a loop over the environment takes, of which it looks at the names.

    Variables that are named like keys are secrets; those of a program's own prefix are not.
    """
    if Mark.ENVIRONMENT not in over.marks:
        return over
    nodes = [node for test in tests for node in ast.walk(test)]
    words = " ".join(_words(nodes, frame))
    if _KEYS.search(words):
        marks = _without(over)
        line = over.marks[Mark.ENVIRONMENT].line
        marks[Mark.SECRET] = Origin(line, "environment variables named like keys")
        return replace(over, marks=marks)
    if len(words) > 1 and any(map(_takes, nodes)):
        return Value(text="\ufffd", marks=_without(over))
    return over


def tests_within(body: Iterable[ast.stmt]) -> list[ast.expr]:
    """Give the conditions that stand in a loop's body."""
    return [one.test for one in body if isinstance(one, ast.If)]


def _without(over: Value) -> dict[Mark, Origin]:
    return {mark: one for mark, one in over.marks.items() if mark is not Mark.ENVIRONMENT}


def _words(nodes: Iterable[ast.AST], frame: Frame) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name):
            known = frame.find(node.id)
            if known is not None and Mark.ENVIRONMENT not in known.marks:
                yield known.plain[:512]


def _takes(node: ast.AST) -> bool:
    """Whether a condition picks names, and does not only leave some out."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("startswith", "endswith", "match", "fullmatch", "search")
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], _TAKING)
