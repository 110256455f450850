"""What the statements of Python do to the names that a frame knows."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from affineur.checks.scanning.assigning import assign, elements
from affineur.checks.scanning.machine import Called, Frame, FunctionNode, Machine, Moment
from affineur.checks.scanning.narrowing import narrowed, tests_within
from affineur.checks.scanning.values import Code, Mark, Value, either

_NOWHERE = ast.Pass()
_MAX_UNROLLED = 2048
_MAX_UNROLLED_STATEMENTS = 4


def execute(  # noqa: C901, PLR0912  # a case for each kind of statement
    statement: ast.stmt, machine: Machine, frame: Frame
) -> None:
    """Follow one statement."""
    match statement:
        case ast.Expr():
            machine.value(statement.value, frame)
        case ast.Assign():
            _assign(statement, machine, frame)
        case ast.AnnAssign() if statement.value is not None:
            assign(statement.target, machine.value(statement.value, frame), machine, frame)
        case ast.AugAssign():
            _augment(statement, machine, frame)
        case ast.Import() | ast.ImportFrom():
            _import(statement, machine, frame)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            _define(statement, machine, frame)
        case ast.ClassDef():
            _define_class(statement, machine, frame)
        case ast.Return():
            frame.returned = either(frame.returned, machine.value(statement.value, frame))
        case ast.If() | ast.While():
            _branch(statement, machine, frame)
        case ast.For() | ast.AsyncFor():
            _loop(statement, machine, frame)
        case ast.With() | ast.AsyncWith():
            _with(statement, machine, frame)
        case ast.Try():
            _try(statement, machine, frame)
        case ast.Global() | ast.Nonlocal():
            frame.shared = frame.shared | frozenset(statement.names)
        case ast.Match():
            machine.value(statement.subject, frame)
            _within([case.body for case in statement.cases], machine, frame)
        case ast.Raise() | ast.Assert():
            for node in ast.iter_child_nodes(statement):
                if isinstance(node, ast.expr):
                    machine.value(node, frame)


def _with(statement: ast.With | ast.AsyncWith, machine: Machine, frame: Frame) -> None:
    for item in statement.items:
        value = machine.value(item.context_expr, frame)
        entering = value.code.attributes.get("__enter__") if value.code is not None else None
        if entering is not None and entering.code is not None and value.code is not None:
            machine.call(Code(entering.code.node, entering.code.frame, value), [], {}, frame.moment)
        if item.optional_vars is not None:
            assign(item.optional_vars, value, machine, frame)
    machine.run(statement.body, frame)


def _try(statement: ast.Try, machine: Machine, frame: Frame) -> None:
    machine.run(statement.body, frame)
    _within([*(one.body for one in statement.handlers), statement.orelse], machine, frame)
    machine.run(statement.finalbody, frame)


def _assign(statement: ast.Assign, machine: Machine, frame: Frame) -> None:
    value = machine.value(statement.value, frame)
    for target in statement.targets:
        assign(target, value, machine, frame)


def _augment(statement: ast.AugAssign, machine: Machine, frame: Frame) -> None:
    """Follow `a += b` as `a = a + b`."""
    target = statement.target
    read: ast.expr = target
    if isinstance(target, ast.Name):
        read = ast.copy_location(ast.Name(target.id, ast.Load()), target)
    operation = ast.copy_location(ast.BinOp(read, statement.op, statement.value), statement)
    value = machine.value(operation, frame)
    if isinstance(target, ast.Name) and frame.branches and target.id not in frame.shared:
        frame.names[target.id] = value  # what was added stays added
    else:
        assign(target, value, machine, frame)


def _import(statement: ast.Import | ast.ImportFrom, machine: Machine, frame: Frame) -> None:
    if isinstance(statement, ast.Import):
        for one in statement.names:
            _tell_of_file(one.name, statement, machine, frame)
            name = one.name if one.asname else one.name.partition(".")[0]
            frame.names[one.asname or name] = Value(name=name)
            own = machine.import_module(one.name)
            if own is not None and one.asname:
                frame.names[one.asname] = _module_value(own, one.name)
        return
    base = _absolute(statement, frame)
    _tell_of_file(base, statement, machine, frame)
    for one in statement.names:
        name = f"{base}.{one.name}" if base else one.name
        frame.names[one.asname or one.name] = _imported(machine, base, one.name, name)


def _tell_of_file(dotted: str, node: ast.stmt, machine: Machine, frame: Frame) -> None:
    """Let it be judged when a module is imported that was written before."""
    ending = dotted.rpartition(".")[2] + ".py"
    for path, marks in list(frame.module.files.items()):
        if path == ending or path.endswith((f"/{ending}", f"\\{ending}")):
            machine.judge(
                Called("runpy.run_path", Value(), (Value(text=path, marks=marks),), {}, node, frame)
            )


def _imported(machine: Machine, base: str, attribute: str, dotted: str) -> Value:
    own = machine.import_module(base) if base else None
    if own is not None and attribute in own.names:
        return own.names[attribute]
    module = machine.import_module(dotted)
    if module is not None:
        return _module_value(module, dotted)
    value = Value(name=dotted)
    is_environment = dotted in ("os.environ", "os.environb")
    return value.marked(Mark.ENVIRONMENT, _NOWHERE, dotted) if is_environment else value


def _module_value(frame: Frame, dotted: str) -> Value:
    node = ast.ClassDef(dotted, [], [], [], [])
    return Value(name=dotted, code=Code(node, frame, attributes=frame.names, is_instance=True))


def _absolute(statement: ast.ImportFrom, frame: Frame) -> str:
    """Name the module that is imported from, of a relative import too."""
    if not statement.level:
        return statement.module or ""
    parts = frame.module.dotted.split(".")
    drop = statement.level - (1 if frame.module.is_package else 0)
    kept = parts[: len(parts) - drop] if drop else parts
    return ".".join([*kept, *([statement.module] if statement.module else [])])


def _define(node: FunctionNode, machine: Machine, frame: Frame) -> None:
    made = Value(code=Code(node, frame))
    for decorator in node.decorator_list:
        by = machine.value(decorator, frame)
        if by.code is not None and not by.code.is_instance:
            machine.call(by.code, [made], {}, frame.moment)
    frame.names[node.name] = made


def _define_class(node: ast.ClassDef, machine: Machine, frame: Frame) -> None:
    """Follow a class's body; what it binds are attributes of the class."""
    body = Frame(frame.module, outer=frame, function=node, moment=frame.moment, owner=node.name)
    bases = [machine.value(base, frame) for base in node.bases]
    for base in bases:
        if base.code is not None:
            body.names.update(base.code.attributes)
    machine.run(node.body, body)
    code = Code(node, frame, attributes=body.names)
    made = Value(name=next((b.name for b in bases if b.name), ""), code=code)
    frame.names[node.name] = made
    _make_class(node, made, bases, machine, frame)


def _make_class(
    node: ast.ClassDef, made: Value, bases: Sequence[Value], machine: Machine, frame: Frame
) -> None:
    """Follow what runs by itself when a class is made: of its bases and its metaclass."""
    metas = [machine.value(one.value, frame) for one in node.keywords if one.arg == "metaclass"]
    hooks = [(meta, name) for meta in metas for name in ("__new__", "__init__")]
    hooks += [(base, "__init_subclass__") for base in bases]
    for owner, name in hooks:
        hook = owner.code.attributes.get(name) if owner.code is not None else None
        if hook is not None and hook.code is not None:
            machine.call(hook.code, [made], {}, frame.moment)
    for decorator in node.decorator_list:
        by = machine.value(decorator, frame)
        if by.code is not None and not by.code.is_instance:
            machine.call(by.code, [made], {}, frame.moment)


def _branch(statement: ast.If | ast.While, machine: Machine, frame: Frame) -> None:
    machine.value(statement.test, frame)
    if isinstance(statement, ast.If) and _is_main(statement.test):
        moment = frame.moment
        frame.moment = Moment.IMPORT if frame.module.is_program else Moment.LATER
        try:
            _within([statement.body], machine, frame)
        finally:
            frame.moment = moment
        machine.run(statement.orelse, frame)
        return
    _within([statement.body, statement.orelse], machine, frame)


def _is_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.ops[0], ast.Eq)
    )


def _loop(statement: ast.For | ast.AsyncFor, machine: Machine, frame: Frame) -> None:
    """Follow a loop's body once, or, a short one over known things, for each of them."""
    value = machine.value(statement.iter, frame)
    value = narrowed(value, tests_within(statement.body), frame)
    known = elements(value)
    is_short = len(statement.body) <= _MAX_UNROLLED_STATEMENTS
    if (
        known is not None
        and is_short
        and len(known) <= _MAX_UNROLLED
        and _is_simple(statement.body)
    ):
        for one in known:
            assign(statement.target, one, machine, frame)
            machine.run(statement.body, frame)
        return
    frame.branches += 1
    if known is not None and 0 < len(known) <= 16:
        for one in known:
            assign(statement.target, one, machine, frame)
            machine.run(statement.body, frame)
    else:
        one = Value(text=value.text, marks=value.marks)
        assign(statement.target, one, machine, frame)
        machine.run(statement.body, frame)
    machine.run(statement.orelse, frame)
    frame.branches -= 1


def _is_simple(body: Sequence[ast.stmt]) -> bool:
    """Whether a loop only builds up a value, so that it can be worked out."""
    return all(isinstance(one, ast.Assign | ast.AugAssign | ast.Expr) for one in body)


def _within(bodies: Sequence[Sequence[ast.stmt]], machine: Machine, frame: Frame) -> None:
    frame.branches += 1
    for body in bodies:
        machine.run(body, frame)
    frame.branches -= 1
