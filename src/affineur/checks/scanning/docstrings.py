"""Which lines of a module are text alone: documentation that mentions code and does nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LONE_RETURN = re.compile(rb"\r(?!\n)")
_QUOTES = (b'"""', b"'''")


@dataclass(slots=True)
class Documentation:
    """The documentation in one module, read only when something may stand in it."""

    content: bytes
    _lines: frozenset[int] | None = field(default=None)

    def has(self, offset: int) -> bool:
        """Whether what stands there does nothing; what cannot be parsed may do anything.

        Quotes that are open before it are cheap to count and easy to fake, so they only say
        when it is worth parsing.
        """
        if not any(self.content.count(quotes, 0, offset) % 2 for quotes in _QUOTES):
            return False
        if self._lines is None:
            self._lines = frozenset(_documented(self.content))
        return self.content.count(b"\n", 0, offset) + 1 in self._lines


def _documented(content: bytes) -> Iterator[int]:
    """Give the lines within texts that are whole statements, and hold nothing else."""
    if _LONE_RETURN.search(content):  # which Python counts as the end of a line
        return
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    lines = content.split(b"\n")
    blocks: list[ast.AST] = [tree]
    while blocks:
        for node in ast.iter_child_nodes(blocks.pop()):
            if isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
                blocks.append(node)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield from _lines_of(node, lines)


def _lines_of(text: ast.Expr, lines: list[bytes]) -> Iterator[int]:
    """Give its lines without those that it may share with code."""
    is_first = not lines[text.lineno - 1][: text.col_offset].strip()
    yield from range(text.lineno + (not is_first), text.end_lineno or text.lineno)
