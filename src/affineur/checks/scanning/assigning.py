"""Binding values to targets: names, elements of tuples, attributes, elements of dicts."""

from __future__ import annotations

import ast

from affineur.checks.scanning.machine import Called, Frame, Machine
from affineur.checks.scanning.values import Mark, Value, constant, either, merged, sequence

_MAX_ELEMENTS = 1 << 16


def assign(target: ast.expr, value: Value, machine: Machine, frame: Frame) -> None:
    """Bind a value to a target."""
    match target:
        case ast.Name():
            frame.put(target.id, value)
        case ast.Tuple() | ast.List():
            _unpack(target.elts, value, machine, frame)
        case ast.Starred():
            assign(target.value, value, machine, frame)
        case ast.Attribute():
            _set_attribute(target, value, machine, frame)
        case ast.Subscript():
            _set_element(target, value, machine, frame)


def elements(value: Value) -> list[Value] | None:
    """Give the elements of a value that can be gone over, when all are known to be there."""
    if value.parts and not value.keys and not value.name:
        return [part.with_marks(value.marks) for part in value.parts]
    const = value.const
    if isinstance(const, str | bytes | list | tuple | bytearray) and len(const) <= _MAX_ELEMENTS:
        return [constant(one).with_marks(value.marks) for one in const]
    return None


def _unpack(targets: list[ast.expr], value: Value, machine: Machine, frame: Frame) -> None:
    known = elements(value)
    if known is not None and len(known) == len(targets):
        for target, one in zip(targets, known, strict=True):
            assign(target, one, machine, frame)
        return
    name = value.name if value.name.startswith("asyncio.") else ""
    for target in targets:
        assign(target, Value(text=value.text, name=name, marks=value.marks), machine, frame)


def _set_attribute(target: ast.Attribute, value: Value, machine: Machine, frame: Frame) -> None:
    receiver = machine.value(target.value, frame)
    if target.attr == "__code__":
        machine.judge(Called("exec", receiver, (value,), {}, target, frame))
    if receiver.code is not None:
        before = receiver.code.attributes.get(target.attr)
        receiver.code.attributes[target.attr] = either(before, value) if before else value
    elif receiver.name:
        name = f"{receiver.name}.{target.attr}="
        machine.judge(Called(name, receiver, (value,), {}, target, frame))


def _set_element(target: ast.Subscript, value: Value, machine: Machine, frame: Frame) -> None:
    receiver = machine.value(target.value, frame)
    key = machine.value(target.slice, frame)
    if receiver.name:
        name = f"{receiver.name}[]="
        machine.judge(Called(name, receiver, (key, value), {}, target, frame))
    if isinstance(target.value, ast.Name) and not receiver.name:
        if Mark.DECODED in value.marks and not receiver.keys:
            grown = Value(marks=merged((receiver, value)))
        elif receiver.keys and key.is_known:
            grown = sequence([*receiver.parts, value], (*receiver.keys, _hashable(key.const)))
        else:
            grown = receiver.with_marks(value.marks)
        frame.names[target.value.id] = grown


def _hashable(key: object) -> object:
    return key if isinstance(key, str | bytes | int) else str(type(key))
