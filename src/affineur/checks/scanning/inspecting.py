"""Looks closely at one file of Python: follows its values, and judges every call."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

from affineur.checks.scanning.constants import judge_constants
from affineur.checks.scanning.expressions import evaluate
from affineur.checks.scanning.hiding import canonical
from affineur.checks.scanning.judging_code import RUNNING, judge_code
from affineur.checks.scanning.judging_memory import judge_memory
from affineur.checks.scanning.judging_network import judge_network
from affineur.checks.scanning.judging_programs import STARTING, judge_programs
from affineur.checks.scanning.machine import (
    Called,
    Frame,
    FunctionNode,
    Machine,
    Module,
    Moment,
    TooMuch,
)
from affineur.checks.scanning.roles import weigh
from affineur.checks.scanning.sights import Scene, Sight
from affineur.checks.scanning.sources import CannotParse, Pool, parse_text
from affineur.checks.scanning.statements import execute
from affineur.checks.scanning.values import UNKNOWN, Code, Value, plain
from affineur.checks.scanning.words import quote
from affineur.core.findings import Severity, Where
from affineur.core.scans import Role, Signal

_MAX_STEPS = 90_000
_MAX_STEPS_A_PART = 15_000
_MAX_PAYLOADS = 8
_JUDGES = (judge_code, judge_network, judge_programs, judge_memory)
_RANK = {Severity.INFO: 0, Severity.REVIEW: 1, Severity.BLOCK: 2}
_WORTH_FOLLOWING = re.compile(
    r"\b(exec|eval|execfile|__import__|import_module|getattr|FunctionType|CodeType|run_path|exec_module|"
    r"loads?|urlopen|urlretrieve|get|post|put|request|send|sendall|sendto|connect|create_connection|"
    r"system|popen|Popen|run|call|check_call|check_output|spawn\w*|exec[lv]\w*|startfile|dup2|"
    r"write|write_text|write_bytes|SetValueEx|rmtree|remove|unlink|gethostbyname|getaddrinfo|resolve|"
    r"query|Listener|on_press|hook|paste|grab|screenshot|globals|__builtins__|builtins|runsource|"
    r"PyRun_\w+|load_source|load_module|stdin|reduce|VirtualAlloc\w*|CreateRemoteThread|WriteProcessMemory|mmap|attrgetter|methodcaller|__reduce\w*|communicate|"
    r"ShellExecute\w*|download|send\w+|publish|emit|upload\w*|storbinary|storlines|basic_publish|lpush|rpush|"
    r"put_object|copy\w*|Thread|submit)\s*[\[(.]"
)
_COMMANDS = re.compile(
    r"install|develop|build|egg_info|sdist|bdist|Command|Hook|Interface", re.IGNORECASE
)
_HOOKS = frozenset(
    {"build_wheel", "build_sdist", "build_editable", "get_requires_for_build_wheel",
     "get_requires_for_build_sdist", "get_requires_for_build_editable",
     "prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable"}
)  # fmt: skip
_LONG_LINE = 400


@dataclass(slots=True)
class Inspector:
    """Inspects one file."""

    pool: Pool
    module: Module
    sights: list[Sight] = field(default_factory=list)
    _at: ast.AST | None = None
    """The call whose payload is being followed: what is seen in it is told of there."""
    _function: ast.AST | None = None
    _payloads: int = 0
    _machine: Machine | None = None
    _left_steps: int = _MAX_STEPS
    _left_out: str | None = None

    def run(self) -> str | None:
        """Follow the whole file; say so when it was too much."""
        machine = Machine(
            evaluate, execute, self._judge, self.pool.find, _MAX_STEPS, self.pool.frames
        )
        self._machine = machine
        self.sights.extend(judge_constants(self.module))
        frame = machine.begin(self.module)
        for statement in self.module.tree.body:
            self._tried(partial(machine.run, [statement], frame))
        for _round in range(2 if _has_shared_names(self.module) else 1):
            self._follow_all(self.module.tree.body, frame, machine)
            machine.forget()
        return self._left_out

    def _tried(self, follow: Callable[[], object]) -> None:
        """Follow one part of the file; what is too much of it costs only that part."""
        machine = self._machine
        if machine is None or self._left_steps <= 0:
            self._left_out = "it takes too many steps to follow all of it"
            return
        machine.steps = granted = min(self._left_steps, _MAX_STEPS_A_PART)
        try:
            follow()
        except TooMuch:
            self._left_out = "it takes too many steps to follow all of it"
        except RecursionError:
            self._left_out = "it is nested too deeply to follow all of it"
        self._left_steps -= granted - max(machine.steps, 0)
        machine.recover()

    def release(self) -> None:
        """Let go of all that was followed."""
        self.sights.clear()
        if self._machine is not None:
            self._machine.release()

    def _follow_all(self, body: list[ast.stmt], frame: Frame, machine: Machine) -> None:
        """Follow the functions and classes that may do something, whoever calls them."""
        for node in body:
            if isinstance(node, FunctionNode) and self._is_worth_it(node):
                code = Code(node, frame)
                moment = self._moment_of_hook(node)
                self._tried(partial(machine.call, code, [], {}, moment))
            elif isinstance(node, ast.ClassDef) and self._is_worth_it(node):
                self._follow_class(node, frame, machine)
            elif isinstance(node, ast.If | ast.Try):
                self._follow_all(node.body, frame, machine)

    def _follow_class(self, node: ast.ClassDef, frame: Frame, machine: Machine) -> None:
        known = frame.names.get(node.name)
        attributes = dict(known.code.attributes) if known and known.code else {}
        made = Value(code=Code(node, frame, attributes=attributes, is_instance=True))
        bases = " ".join(ast.unparse(base) for base in node.bases[:8])
        bases += f" {known.name}" if known else ""
        is_command = self.module.role is Role.INSTALL and _COMMANDS.search(bases) is not None
        moment = Moment.IMPORT if is_command else Moment.LATER
        methods = [one for one in node.body if isinstance(one, FunctionNode)]
        for one in sorted(methods, key=lambda method: method.name != "__init__"):
            if one.name == "__init__" or self._is_worth_it(one):
                code = Code(one, frame, made)
                self._tried(partial(machine.call, code, [], {}, moment))
                if one.name.startswith("__reduce"):
                    self._tried(partial(self._judge_pickled, code, machine))

    def _judge_pickled(self, code: Code, machine: Machine) -> None:
        """Judge what a pickle of an object calls when it is read."""
        given = machine.call(code, [], {}, Moment.LATER).parts
        if len(given) > 1 and given[0].name and isinstance(code.frame, Frame):
            frame = Frame(code.frame.module, function=code.node, moment=Moment.LATER)
            name = canonical(given[0].name)
            self._judge(Called(name, UNKNOWN, given[1].parts, {}, code.node, frame))

    def _is_worth_it(self, node: ast.stmt) -> bool:
        lines = self.module.lines[node.lineno - 1 : node.end_lineno]
        return _WORTH_FOLLOWING.search("\n".join(lines)) is not None

    def _moment_of_hook(self, node: FunctionNode) -> Moment:
        """Say when a function runs that nobody here calls: a build backend's hooks at once."""
        is_hook = self.module.role is Role.INSTALL and node.name in _HOOKS
        return Moment.IMPORT if is_hook else Moment.LATER

    def signals(self) -> Iterator[Signal]:
        """Give what was seen, the gravest of each rule and line."""
        best: dict[tuple[str, str, int], Sight] = {}
        for sight in self.sights:
            key = (sight.rule, sight.module.shown, sight.line)
            if key not in best or _RANK[sight.severity] > _RANK[best[key].severity]:
                best[key] = sight
        for sight in best.values():
            yield self._signal(sight)

    def _signal(self, sight: Sight) -> Signal:
        lines = sight.module.lines
        text = lines[sight.line - 1] if 0 < sight.line <= len(lines) else ""
        column = getattr(sight.node, "col_offset", 0)
        shown = (
            text if len(text) < _LONG_LINE else text.encode()[column:].decode("utf-8", "replace")
        )
        return Signal(
            rule=sight.rule,
            severity=weigh(sight.severity, self.module.role),
            what=plain(sight.what),
            where=Where(sight.module.shown, sight.line, quote(shown)),
            role=self.module.role,
            anchor=anchor_of(sight.function or statement_at(sight.module.tree, sight.line)),
        )

    def _judge(self, called: Called) -> None:
        is_other = called.frame.module is not self.module and called.frame.function is None
        if is_other and self._at is None:
            return  # the body of another module is judged when that one is inspected
        scene = Scene(called.frame.module.role)
        for judge in _JUDGES:
            for sight in judge(called, scene):
                self.sights.append(self._placed(sight))
        if RUNNING(called.name):
            self._follow_payload(called, called.argument(0, "source", "code"))
        elif STARTING(called.name):
            self._follow_program(called)

    def _placed(self, sight: Sight) -> Sight:
        if self._at is None:
            return sight
        return replace(sight, node=self._at, function=self._function, module=self.module)

    def _follow_program(self, called: Called) -> None:
        """Follow a program that is given to Python on its command line."""
        command = called.argument(0, "args")
        for flag, code in pairwise(command.parts):
            if flag.const == "-c" and "python" in command.parts[0].plain.lower():
                self._follow_payload(called, code)

    def _follow_payload(self, called: Called, code: Value) -> None:
        """Follow the text that is run as code, when all of it is known."""
        text = code.const
        if self._machine is None or not isinstance(text, str | bytes):
            return
        if self._payloads >= _MAX_PAYLOADS or len(text) < 8:
            return
        self._payloads += 1
        content = text.encode("utf-8", "replace") if isinstance(text, str) else text
        try:
            module = parse_text(
                content, self.module.shown, f"payload {self._payloads}", self.module.role
            )
        except CannotParse:
            return
        before = (self._at, self._function)
        if self._at is None:
            self._at, self._function = called.node, called.frame.function
        frame = Frame(module, names=dict(called.frame.names), moment=called.frame.moment)
        try:
            self._machine.run(module.tree.body, frame)
        finally:
            self._at, self._function = before


def _has_shared_names(module: Module) -> bool:
    """Whether one function may leave something for another."""
    return any("global " in line or "self." in line for line in module.lines)


def anchor_of(node: ast.AST | None) -> str:
    """Hash code so that neither its place nor its layout counts."""
    if node is None:
        return ""
    try:
        told = ast.dump(node, annotate_fields=False)
    except (RecursionError, MemoryError):
        return ""
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def statement_at(tree: ast.Module, line: int) -> ast.stmt | None:
    """Find the statement at the top of a module that has a line."""
    for statement in tree.body:
        if statement.lineno <= line <= (statement.end_lineno or statement.lineno):
            return statement
    return None
