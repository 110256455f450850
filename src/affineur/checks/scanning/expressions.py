"""What the expressions of Python give, as far as it can be known without running them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import cast

from affineur.checks.scanning import folding, models
from affineur.checks.scanning.assigning import assign, elements
from affineur.checks.scanning.calling import call
from affineur.checks.scanning.hiding import look_up
from affineur.checks.scanning.machine import Frame, Machine
from affineur.checks.scanning.narrowing import narrowed
from affineur.checks.scanning.values import (
    OWN_FILE,
    UNKNOWN,
    Code,
    Mark,
    Marks,
    Origin,
    Value,
    constant,
    either,
    merged,
    sequence,
    textual,
)

_MAX_LITERAL = 512
_MAX_WORKED_OUT = 1 << 16
_NUMBER_BITS = 64
_ENVIRONMENT = ("os.environ", "os.environb")


def evaluate(  # noqa: C901, PLR0911, PLR0912  # a case for each kind of node
    node: ast.expr, machine: Machine, frame: Frame
) -> Value:
    """Evaluate an expression."""
    match node:
        case ast.Constant():
            return _literal(node)
        case ast.Name():
            return frame.find(node.id) or _unbound(node, frame)
        case ast.Attribute():
            return attribute(machine.value(node.value, frame), node)
        case ast.Call():
            return call(node, machine, frame)
        case ast.BinOp():
            return _binary(node, machine, frame)
        case ast.List() | ast.Tuple() | ast.Set():
            return _list(node, machine, frame)
        case ast.Dict():
            return _dict(node, machine, frame)
        case ast.JoinedStr():
            return _joined([machine.value(one, frame) for one in node.values])
        case ast.Subscript():
            return _subscript(node, machine, frame)
        case ast.Lambda():
            return Value(code=Code(node, frame))
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return _comprehension(node, [node.elt], machine, frame)
        case ast.DictComp():
            return _comprehension(node, [node.key, node.value], machine, frame)
        case ast.NamedExpr():
            value = machine.value(node.value, frame)
            assign(node.target, value, machine, frame)
            return value
        case _:
            return _other(node, machine, frame)


def _other(  # noqa: PLR0911  # a case for each kind of node
    node: ast.expr, machine: Machine, frame: Frame
) -> Value:
    match node:
        case ast.FormattedValue() | ast.Await() | ast.Starred():
            return machine.value(node.value, frame)
        case ast.Yield() | ast.YieldFrom():
            frame.returned = either(frame.returned, machine.value(node.value, frame))
            return UNKNOWN
        case ast.IfExp():
            return _chosen(node, machine, frame)
        case ast.BoolOp():
            found = UNKNOWN
            for one in node.values:
                found = either(found, machine.value(one, frame))
            return found
        case ast.UnaryOp():
            return _unary(node, machine, frame)
        case ast.Compare():
            return _compare(node, machine, frame)
        case ast.Slice():
            return _slice(node, machine, frame)
    return UNKNOWN


def _chosen(node: ast.IfExp, machine: Machine, frame: Frame) -> Value:
    test = machine.value(node.test, frame)
    if test.is_known:
        return machine.value(node.body if test.const else node.orelse, frame)
    return either(machine.value(node.body, frame), machine.value(node.orelse, frame))


def _compare(node: ast.Compare, machine: Machine, frame: Frame) -> Value:
    """Compare two constants, as far as that picks letters."""
    given = [machine.value(one, frame) for one in (node.left, *node.comparators)]
    if len(given) > 2 or not all(one.is_known for one in given):
        return UNKNOWN
    op, left, right = node.ops[0], given[0].const, given[1].const
    if isinstance(op, ast.Eq | ast.NotEq):
        return constant((left == right) is isinstance(op, ast.Eq))
    if isinstance(op, ast.In | ast.NotIn) and isinstance(left, str) and isinstance(right, str):
        return constant((left in right) is isinstance(op, ast.In))
    return UNKNOWN


def attribute(value: Value, node: ast.Attribute) -> Value:
    """Give an attribute of a value."""
    if value.code is not None:
        if node.attr == "__doc__":
            return _documentation(value.code.node)
        found = value.code.attributes.get(node.attr)
        if found is not None and found.code is not None and value.code.is_instance:
            bound = Code(found.code.node, found.code.frame, value, found.code.attributes)
            is_method = isinstance(found.code.node, ast.FunctionDef | ast.AsyncFunctionDef)
            is_module = isinstance(value.code.frame, Frame) and value.name
            return Value(code=bound) if is_method and not is_module else found
        if found is not None:
            return found
    if value.name:
        name = f"{value.name}.{node.attr}"
        text = models.KNOWN_TEXTS.get(name, value.text)
        parts = (value,) if value.code is not None else value.parts
        made = Value(value.const, text, name, value.marks, parts)
        return made.marked(Mark.ENVIRONMENT, node, name) if name in _ENVIRONMENT else made
    named = f".{node.attr}"
    return Value(value.const, value.text, named, value.marks, (value,))


def _literal(node: ast.Constant) -> Value:
    value = constant(node.value)
    if isinstance(node.value, str | bytes):
        return value.marked(Mark.EMBEDDED, node) if len(node.value) > 1 else value
    is_text = isinstance(node.value, int) and node.value.bit_length() > _NUMBER_BITS
    return value.marked(Mark.EMBEDDED, node) if is_text else value


def _unbound(node: ast.Name, frame: Frame) -> Value:
    """Give what a name is that the module does not bind."""
    if node.id == "__doc__":
        return _documentation(frame.module.tree)
    if node.id == "__file__":
        return Value(text=OWN_FILE, name=node.id)
    return Value(name=node.id)


def _documentation(of: ast.AST) -> Value:
    """Give the documentation of a module, class or function, which code may read."""
    body = [] if isinstance(of, ast.Lambda) else getattr(of, "body", [])
    text = body[0].value if body and isinstance(body[0], ast.Expr) else None
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        return constant(text.value).marked(Mark.EMBEDDED, text)
    return UNKNOWN


def _list(node: ast.List | ast.Tuple | ast.Set, machine: Machine, frame: Frame) -> Value:
    if len(node.elts) > 16 and all(isinstance(one, ast.Constant) for one in node.elts):
        consts = [cast("ast.Constant", one).value for one in node.elts]
        return constant(consts).marked(Mark.EMBEDDED, node)
    made = sequence([machine.value(one, frame) for one in node.elts[:_MAX_LITERAL]])
    is_numbers = made.is_known and any(isinstance(one.const, int) for one in made.parts)
    return made.marked(Mark.EMBEDDED, node) if is_numbers else made


def _dict(node: ast.Dict, machine: Machine, frame: Frame) -> Value:
    keys: list[object] = []
    values: list[Value] = []
    for key, value in zip(node.keys[:_MAX_LITERAL], node.values[:_MAX_LITERAL], strict=True):
        known = machine.value(key, frame).const if key is not None else None
        keys.append(known if isinstance(known, str | bytes | int) else str(len(keys)))
        values.append(machine.value(value, frame))
    return sequence(values, tuple(keys) or ("",))


def _joined(parts: Sequence[Value]) -> Value:
    marks = merged(parts)
    text = "".join(part.text or "\ufffd" for part in parts)
    if all(part.is_known for part in parts):
        known = "".join(str(part.const) for part in parts)
        value = Value(known, known, marks=marks)
        return value if len(parts) < 2 else _assembled(value, parts)
    return textual(text, marks)


def _assembled(value: Value, parts: Sequence[Value]) -> Value:
    """Mark a short text as put together from pieces."""
    line = max((one.line for part in parts for one in part.marks.values()), default=0)
    return value.with_marks({Mark.ASSEMBLED: Origin(line, "")})


def _binary(node: ast.BinOp, machine: Machine, frame: Frame) -> Value:
    """Work out an operation; a long chain of `+` without going down each step."""
    operands, node_now = [], cast("ast.expr", node)
    while isinstance(node_now, ast.BinOp) and isinstance(node_now.op, ast.Add):
        operands.append(node_now.right)
        node_now = node_now.left
    if len(operands) > 1:
        value = machine.value(node_now, frame)
        for operand in reversed(operands):
            value = _operate(ast.Add(), value, machine.value(operand, frame), node)
        return value
    left, right = machine.value(node.left, frame), machine.value(node.right, frame)
    return _operate(node.op, left, right, node)


def _operate(  # noqa: PLR0911  # a case for each kind of operation
    op: ast.operator, left: Value, right: Value, node: ast.expr
) -> Value:
    marks = merged((left, right))
    if isinstance(op, ast.Div) and (left.text or right.text):
        return textual(f"{left.text.rstrip('/')}/{right.text.lstrip('/')}", marks)
    if left.is_known and right.is_known:
        try:
            value = constant(folding.binary(op, left.const, right.const)).with_marks(marks)
        except folding.CannotFold:
            return Value(marks=marks)
        is_text = isinstance(value.const, str | bytes)
        if isinstance(op, ast.BitXor) or "%c" in left.text[:_MAX_LITERAL]:
            value = _changed(value, marks, node, "xor" if isinstance(op, ast.BitXor) else "%c")
        return value.marked(Mark.ASSEMBLED, node) if is_text else value
    if isinstance(op, ast.Add):
        return textual((left.text or "\ufffd") + (right.text or "\ufffd"), marks)
    if isinstance(op, ast.Mod) and left.text:
        return textual(_filled(left.text, right), marks)
    value = Value(marks=marks)
    if isinstance(op, ast.BitOr):
        flags = " | ".join(one.name or one.text for one in (left, right))
        return Value(text=flags[:_MAX_LITERAL], marks=marks)
    return _changed(value, marks, node, "xor") if isinstance(op, ast.BitXor) else value


def _changed(value: Value, marks: Marks, node: ast.expr, how: str) -> Value:
    """Mark what an operation decodes."""
    own = {Mark.UNPACKED: Origin(node.lineno, how)} if Mark.EMBEDDED in marks else {}
    return value.marked(Mark.DECODED, node, how).with_marks(own)


def _filled(template: str, given: Value) -> str:
    """Fill `%s` as far as what fills it is known as text."""
    pieces = list(given.parts) or [given]
    filled = template
    for piece in pieces[:16]:
        filled = filled.replace("%s", piece.text or "\ufffd", 1)
    return filled


def _unary(node: ast.UnaryOp, machine: Machine, frame: Frame) -> Value:
    operand = machine.value(node.operand, frame)
    if operand.is_known:
        try:
            return constant(folding.unary(node.op, operand.const))
        except folding.CannotFold:
            return UNKNOWN
    return UNKNOWN


def _slice(node: ast.Slice, machine: Machine, frame: Frame) -> Value:
    bounds = [machine.value(one, frame) for one in (node.lower, node.upper, node.step)]
    given = (node.lower, node.upper, node.step)
    known = [bound.const if bound.is_known else None for bound in bounds]
    if any(one is not None and not b.is_known for one, b in zip(given, bounds, strict=True)):
        return UNKNOWN
    return Value(slice(*known))


def _subscript(  # noqa: PLR0911  # a case for each kind of thing that has elements
    node: ast.Subscript, machine: Machine, frame: Frame
) -> Value:
    receiver, key = machine.value(node.value, frame), machine.value(node.slice, frame)
    looked_up = look_up(receiver, key, node, machine, frame)
    if looked_up is not None:
        return looked_up
    if receiver.is_known and key.is_known:
        try:
            value = constant(folding.subscript(receiver.const, key.const))
        except folding.CannotFold:
            return Value(marks=receiver.marks)
        value = value.with_marks(receiver.marks)
        return value.marked(Mark.ASSEMBLED, node) if isinstance(key.const, slice) else value
    if receiver.name in _ENVIRONMENT:
        return models.variable(key, node)
    if key.is_known and receiver.keys and key.const in receiver.keys:
        position = receiver.keys.index(key.const)
        return receiver.parts[position] if position < len(receiver.parts) else UNKNOWN
    known = elements(receiver) if isinstance(key.const, int) else None
    if known is not None and -len(known) <= cast("int", key.const) < len(known):
        return known[cast("int", key.const)]
    if isinstance(key.const, slice):
        value = Value(text=receiver.text, marks=receiver.marks)
        step = key.const.step
        return value.marked(Mark.ASSEMBLED, node, "reversed") if step == -1 else value
    name = f"{receiver.name}[]" if receiver.name else ""
    return Value(text=receiver.text, name=name, marks=receiver.marks)


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    results: Sequence[ast.expr],
    machine: Machine,
    frame: Frame,
) -> Value:
    inner = Frame(
        frame.module, outer=frame, function=frame.function, moment=frame.moment, owner=frame.owner
    )
    first = node.generators[0]
    source = narrowed(machine.value(first.iter, frame), first.ifs, frame)
    known = elements(source) if len(node.generators) == 1 else None
    if known is not None and len(known) <= _MAX_WORKED_OUT and not isinstance(node, ast.DictComp):
        return _each(first, known, results[0], machine, inner)
    for generator in node.generators:
        over = source if generator is first else machine.value(generator.iter, inner)
        parts = elements(over)
        one = parts[0] if parts and len(parts) == 1 else UNKNOWN
        assign(
            generator.target,
            Value(one.const, over.text, one.name, over.marks),
            machine,
            inner,
        )
        for condition in generator.ifs:
            machine.value(condition, inner)
    values = [machine.value(one, inner) for one in results]
    return Value(text=" ".join(v.text for v in values), marks=merged(values))


def _each(
    over: ast.comprehension,
    known: Sequence[Value],
    result: ast.expr,
    machine: Machine,
    frame: Frame,
) -> Value:
    """Work out a comprehension for each of its elements, while constants come of it."""
    found: list[Value] = []
    for one in known:
        assign(over.target, one, machine, frame)
        tests = [machine.value(test, frame) for test in over.ifs]
        if any(test.is_known and not test.const for test in tests):
            continue
        found.append(machine.value(result, frame))
        if len(found) == 16 and not any(value.is_known for value in found):
            break
    if all(value.is_known for value in found):
        return constant([value.const for value in found]).with_marks(merged(found))
    return sequence(found)
