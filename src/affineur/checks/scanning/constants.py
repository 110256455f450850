"""Judges texts that speak for themselves wherever the code has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from affineur.checks.scanning import network
from affineur.checks.scanning.commands import mines
from affineur.checks.scanning.machine import Module
from affineur.checks.scanning.sights import Sight
from affineur.checks.scanning.words import quote
from affineur.core.findings import Severity

_MAX_TEXT = 4096


def judge_constants(module: Module) -> Iterator[Sight]:
    """Judge all texts of a module that are no docstrings."""
    whole = "\n".join(module.lines)
    if not network.webhook(whole) and "stratum+" not in whole.lower():
        return
    docs = set(_docstrings(module.tree))
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str | bytes):
            continue
        if id(node) in docs or len(node.value) < 12:
            continue
        text = node.value[:_MAX_TEXT]
        yield from _judge(text if isinstance(text, str) else text.decode("latin-1"), node, module)


def _judge(text: str, node: ast.Constant, module: Module) -> Iterator[Sight]:
    if hook := network.webhook(text):
        what = f"The key of a messenger stands in the code: {quote(hook)}."
        yield Sight("messenger-webhook", Severity.REVIEW, what, module, node)
    if "stratum+" in text.lower() and (pool := mines(text)):
        what = f"It names a pool for mining coins: {quote(pool)}."
        yield Sight("miner", Severity.REVIEW, what, module, node)


def _docstrings(tree: ast.AST) -> Iterator[int]:
    """Name the texts that stand alone: docstrings, and comments in disguise."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
