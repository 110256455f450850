"""No module, function, signature or nesting outgrows its budget; the exceptions have reasons."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE_LINES = 400
FUNCTION_LINES = 40
PARAMETERS = 6
NESTING = 3

EXCEPTIONS: dict[str, str] = {
    "src/affineur/store/migrations/versions/0001_first_tables.py::upgrade": "a list of tables",
    "src/affineur/store/migrations/versions/0009_people_and_use.py::_downloads": "a list of tables",
    "tests/support/dists.py::wheel": "each parameter is one way in which a wheel can differ",
    "tests/support/dists.py::sdist": "each parameter is one way in which an sdist can differ",
}


@dataclass(frozen=True, slots=True)
class Excess:
    """One budget that one place goes over."""

    place: str
    what: str
    found: int
    allowed: int

    def __str__(self) -> str:
        return f"{self.place} has {self.found} {self.what}, {self.allowed} are allowed"


_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def test_the_budgets_see_the_code() -> None:
    assert len(list(_modules())) > 50


def test_modules_functions_parameters_and_nesting_stay_within_their_budgets() -> None:
    excesses = [one for one in _all_excesses() if one.place not in EXCEPTIONS]
    assert [str(one) for one in excesses] == []


def test_no_exception_outlives_its_need() -> None:
    assert set(EXCEPTIONS) <= {one.place for one in _all_excesses()}


@pytest.mark.parametrize(
    ("source", "depth"),
    [
        ("def f():\n    return 1", 0),
        ("def f():\n    if a:\n        for b in c:\n            with d:\n                e", 3),
        ("def f():\n    if a:\n        b\n    elif c:\n        d\n    elif e:\n        f", 1),
        ("def f():\n    try:\n        a\n    except B:\n        if c:\n            d", 2),
        ("def f():\n    def g():\n        if a:\n            b\n    return g", 1),
    ],
)
def test_nesting_counts_blocks_within_blocks(source: str, depth: int) -> None:
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert _depth(function.body) == depth


def _modules() -> Iterator[Path]:
    for folder in ("src", "tests", "bench"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def _all_excesses() -> Iterator[Excess]:
    for path in _modules():
        name = path.relative_to(ROOT).as_posix()
        yield from _excesses(name, path.read_text("utf-8"))


def _excesses(path: str, source: str) -> Iterator[Excess]:
    lines = source.count("\n")
    if lines > MODULE_LINES:
        yield Excess(f"{path}::module", "lines", lines, MODULE_LINES)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _Function):
            yield from _of_one_function(f"{path}::{node.name}", node)


def _of_one_function(place: str, node: _Function) -> Iterator[Excess]:
    measured = (
        Excess(place, "lines", _lines(node), FUNCTION_LINES),
        Excess(place, "parameters", _parameters(node), PARAMETERS),
        Excess(place, "levels", _depth(node.body), NESTING),
    )
    yield from (one for one in measured if one.found > one.allowed)


def _lines(node: _Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _parameters(node: _Function) -> int:
    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def _depth(body: list[ast.stmt]) -> int:
    """How many blocks stand within each other; `elif` goes no deeper."""
    return max((_depth_of(statement) for statement in body), default=0)


def _depth_of(statement: ast.stmt) -> int:
    inner = _depth([s for part in _bodies(statement) for s in part])
    if isinstance(statement, ast.If) and len(statement.orelse) == 1:
        (only,) = statement.orelse
        if isinstance(only, ast.If):
            return max(1 + _depth(statement.body), _depth_of(only))
    return inner + 1 if isinstance(statement, _BLOCKS) else inner


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, ast.ClassDef | _Function):
        yield statement.body
        return
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for branch in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield branch.body
