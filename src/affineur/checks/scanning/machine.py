"""Follows the values through one file of Python, without running it.

Every statement is passed once in its order, both branches of an `if`, a loop's body once. A
call of a function of the package is followed into it. Each call is shown to `judge`, with what
is known of its arguments. Steps, depth and the sizes of constants are bounded.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from affineur.checks.scanning.values import UNKNOWN, Code, Marks, Value, either, merged, unknown
from affineur.core.scans import Role

_MAX_DEPTH = 8
_MAX_IMPORT_DEPTH = 3

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Moment(StrEnum):
    """When a statement runs."""

    IMPORT = "import"
    """When the module is imported, or, of `setup.py` and startup files, run."""
    LATER = "later"


class TooMuch(Exception):
    """The file takes more steps than are allowed."""


@dataclass(slots=True)
class Called:
    """One call, with what is known of it."""

    name: str
    """The dotted name of what is called; of an unknown receiver's method `.name`."""
    receiver: Value
    arguments: tuple[Value, ...]
    keywords: Mapping[str, Value]
    node: ast.AST
    frame: Frame

    def argument(self, position: int, *names: str) -> Value:
        """Give an argument by its position or one of its names."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.arguments[position] if position < len(self.arguments) else UNKNOWN

    @property
    def everything(self) -> tuple[Value, ...]:
        """All arguments."""
        return (*self.arguments, *self.keywords.values())

    @property
    def marks(self) -> Marks:
        """The marks of all arguments."""
        return merged(self.everything)


@dataclass(slots=True)
class Frame:
    """The names that one run of a module's or function's body knows."""

    module: Module
    names: dict[str, Value] = field(default_factory=dict)
    outer: Frame | None = None
    function: ast.AST | None = None
    moment: Moment = Moment.IMPORT
    returned: Value = UNKNOWN
    branches: int = 0
    depth: int = 0
    shared: frozenset[str] = frozenset()
    """Names that are declared `global` or `nonlocal`."""
    owner: str = ""
    """The name of the class whose method it is."""

    def find(self, name: str) -> Value | None:
        """Give the value of a name, of this frame or those around it."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.outer
        return None

    def owner_of(self, name: str) -> Frame:
        """Give the frame in which a name is bound; this one when none is."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame
            frame = frame.outer
        return self

    def release(self) -> None:
        """Forget all names, so that what they held is freed without looking for cycles."""
        for value in self.names.values():
            if value.code is not None and value.code.attributes is not self.names:
                value.code.attributes.clear()
        self.names.clear()

    def put(self, name: str, value: Value) -> None:
        """Bind a name; within a branch or loop the former value stays possible."""
        if name in self.shared:
            frame = self
            while frame.outer is not None:
                frame = frame.outer
            frame.names[name] = either(frame.names.get(name, UNKNOWN), value)
            return
        before = self.names.get(name)
        self.names[name] = either(before, value) if before and self.branches else value


@dataclass(slots=True)
class Module:
    """One file, parsed."""

    shown: str
    dotted: str
    tree: ast.Module
    lines: Sequence[str]
    is_package: bool = False
    role: Role = Role.CODE
    is_program: bool = False
    """Run as a script, so that what stands under `__main__` runs at once."""
    files: dict[str, Marks] = field(default_factory=dict)
    """What was written to files, by their paths as far as these are known."""


Evaluate = Callable[[ast.expr, "Machine", Frame], Value]
Execute = Callable[[ast.stmt, "Machine", Frame], None]
Judge = Callable[[Called], None]
FindModule = Callable[[str], "Module | None"]


@dataclass(slots=True)
class Machine:
    """Follows one file, and what it imports of its own package."""

    evaluate: Evaluate
    execute: Execute
    judge: Judge
    find_module: FindModule
    steps: int
    """How many are left."""
    others: dict[str, Frame]
    """What was followed of other modules, kept for all the files of the archive."""
    modules: dict[str, Frame] = field(default_factory=dict)
    files: dict[str, Marks] = field(default_factory=dict)
    """What was written to files, by any module."""
    _importing: int = 0
    _done: dict[tuple[object, ...], Value] = field(default_factory=dict)
    _running: list[ast.AST] = field(default_factory=list)
    _seen: set[ast.AST] = field(default_factory=set)

    def release(self) -> None:
        """Let go of all that only this file needed: its names and values hold each other."""
        self._done.clear()
        for dotted, frame in self.modules.items():
            if dotted not in self.others:
                frame.release()

    def forget(self) -> None:
        """Let functions be followed anew, now that more is known."""
        self._done.clear()

    def value(self, node: ast.expr | None, frame: Frame) -> Value:
        """Evaluate an expression."""
        if node is None:
            return UNKNOWN
        self.steps -= 1
        if self.steps < 0:
            raise TooMuch
        return self.evaluate(node, self, frame)

    def run_module(self, module: Module) -> Frame:
        """Follow a module's body; once."""
        known = self.modules.get(module.dotted)
        if known is not None:
            return known
        frame = self.begin(module)
        self.run(module.tree.body, frame)
        return frame

    def begin(self, module: Module) -> Frame:
        """Make the frame of a module whose body is to be followed."""
        moment = Moment.LATER if module.dotted.endswith("__main__") else Moment.IMPORT
        frame = Frame(module, moment=moment)
        module.files = self.files
        self.modules[module.dotted] = frame
        return frame

    def recover(self) -> None:
        """Go on after a part that was broken off."""
        self._running.clear()
        self._importing = 0
        for frame in self.modules.values():
            frame.branches = 0

    def import_module(self, dotted: str) -> Frame | None:
        """Follow another module of the same package, for what it defines; once for all."""
        known = self.modules.get(dotted) or self.others.get(dotted)
        if known is not None:
            known.module.files = self.files
        if known is not None or self._importing >= _MAX_IMPORT_DEPTH:
            return known
        module = self.find_module(dotted)
        if module is None:
            return None
        self._importing += 1
        frame = self.run_module(module)
        self._importing -= 1
        self.others[dotted] = frame
        return frame

    def call(self, code: Code, arguments: Sequence[Value], keywords: Mapping[str, Value],
             moment: Moment) -> Value:  # fmt: skip
        """Follow a call into a function of the package."""
        node = code.node
        outer = code.frame
        if not isinstance(outer, Frame) or isinstance(node, ast.ClassDef):
            return UNKNOWN
        if node in self._running or len(self._running) >= _MAX_DEPTH:
            return Value(marks=merged((*arguments, *keywords.values())))
        given = ([code.receiver] if code.receiver else []) + list(arguments)
        key = (
            node,
            moment,
            *map(_signature, given),
            *((k, _signature(v)) for k, v in keywords.items()),
        )
        if key in self._done:
            return self._done[key]
        frame = Frame(outer.module, outer=outer, function=node, moment=moment)
        self._bind(node.args, given, keywords, frame)
        self._running.append(node)
        self._seen.add(node)
        try:
            if isinstance(node, ast.Lambda):
                frame.returned = self.value(node.body, frame)
            else:
                self.run(node.body, frame)
                self._run_uncalled(frame)
        finally:
            self._running.pop()
        self._done[key] = frame.returned
        return frame.returned

    def _run_uncalled(self, frame: Frame) -> None:
        """Follow the functions defined within one that it does not call itself."""
        for value in list(frame.names.values()):
            code = value.code
            if code is None or code.frame is not frame or isinstance(code.node, ast.ClassDef):
                continue
            if code.node not in self._seen:
                self.call(code, [], {}, Moment.LATER)

    def _bind(self, wanted: ast.arguments, given: list[Value], keywords: Mapping[str, Value],
              frame: Frame) -> None:  # fmt: skip
        names = [*wanted.posonlyargs, *wanted.args]
        defaults = [None] * (len(names) - len(wanted.defaults)) + list(wanted.defaults)
        outer = frame.outer or frame
        for position, (argument, default) in enumerate(zip(names, defaults, strict=True)):
            if position < len(given):
                value = given[position]
            elif argument.arg in keywords:
                value = keywords[argument.arg]
            else:
                value = self._unbound(argument, default, outer)
            frame.names[argument.arg] = value
        for argument, default in zip(wanted.kwonlyargs, wanted.kw_defaults, strict=True):
            frame.names[argument.arg] = keywords.get(argument.arg) or self._unbound(
                argument, default, outer
            )
        rest = given[len(names) :]
        if wanted.vararg:
            frame.names[wanted.vararg.arg] = Value(parts=tuple(rest), marks=merged(rest))
        if wanted.kwarg:
            frame.names[wanted.kwarg.arg] = Value(
                parts=tuple(keywords.values()),
                keys=tuple(keywords),
                marks=merged(keywords.values()),
            )

    def _unbound(self, argument: ast.arg, default: ast.expr | None, outer: Frame) -> Value:
        if default is not None and not isinstance(default, ast.Constant):
            return self.value(default, outer)
        value = unknown(f"argument {argument.arg}", argument)
        return either(value, self.value(default, outer)) if default is not None else value

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Follow statements in their order."""
        for statement in body:
            self.steps -= 1
            if self.steps < 0:
                raise TooMuch
            self.execute(statement, self, frame)


def _signature(value: Value) -> tuple[object, ...]:
    return (value.text[:200], len(value.text), value.name, tuple(value.marks), id(value.code))
