"""Names that are looked up as text: `getattr`, `__import__`, `globals()[...]`, `__dict__`.

That is how code hides what it calls. What is looked up is resolved, and when a dangerous name
was put together from pieces to be looked up so, `judge` is told.
"""

from __future__ import annotations

import ast
import re

from affineur.checks.scanning.machine import Called, Frame, Machine
from affineur.checks.scanning.names import names
from affineur.checks.scanning.values import Mark, Value

HIDDEN = "<hidden name>"
"""The name under which `judge` is told of one."""

_DANGEROUS = re.compile(
    r"(__)?(exec|eval|compile|import|builtins|import_module|system|popen|Popen|subprocess|marshal|"
    r"base64|b64decode|socket|pty|spawn|ctypes|urlopen|check_output|check_call|FunctionType|"
    r"execfile|getattr|globals|loads|decompress|os|zlib|requests|run|call|open)(__)?"
)
_TABLES = names(
    r"(globals\(\)|locals\(\)|vars\(\)|sys\.modules|__builtins__(\.__dict__)?|"
    r"builtins\.__dict__|[\w.]+\.__dict__)"
)
_BUILTINS = re.compile(r"^(__builtins__|__builtin__|builtins)\.(?!__dict__)")


def look_up(
    table: Value, key: Value, node: ast.AST, machine: Machine, frame: Frame
) -> Value | None:
    """Resolve `globals()[key]` and its like; None when it is none of them."""
    if not _TABLES(table.name):
        return None
    if not isinstance(key.const, str):
        return Value(name=f"{table.name}[]", marks=key.marks)
    tell(key, node, machine, frame)
    if table.name in ("globals()", "locals()", "vars()"):
        return frame.find(key.const) or Value(name=key.const)
    if table.name == "sys.modules":
        return Value(name=key.const)
    base = table.name.removesuffix(".__dict__")
    return Value(name=canonical(f"{base}.{key.const}"))


def named(base: Value, key: Value, node: ast.AST, machine: Machine, frame: Frame) -> Value:
    """Resolve `getattr(base, key)`."""
    if not isinstance(key.const, str):
        return Value(text=key.text, marks={**base.marks, **key.marks})
    tell(key, node, machine, frame)
    if base.code is not None and key.const in base.code.attributes:
        return base.code.attributes[key.const]
    if not base.name:
        return Value(base.const, base.text, f".{key.const}", base.marks, (base,))
    return Value(base.const, base.text, canonical(f"{base.name}.{key.const}"), base.marks)


def tell(key: Value, node: ast.AST, machine: Machine, frame: Frame) -> None:
    """Tell of a dangerous name that was put together to be looked up."""
    is_hidden = Mark.ASSEMBLED in key.marks or Mark.DECODED in key.marks
    if is_hidden and isinstance(key.const, str) and _DANGEROUS.fullmatch(key.const):
        machine.judge(Called(HIDDEN, key, (key,), {}, node, frame))


def canonical(name: str) -> str:
    """Give the one dotted name of a thing that has several."""
    return _BUILTINS.sub("", name)
