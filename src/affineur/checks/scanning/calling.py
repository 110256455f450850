"""What a call gives: followed into the package's own functions, else told by `models`."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from affineur.checks.scanning import folding, hiding, models
from affineur.checks.scanning.assigning import elements
from affineur.checks.scanning.machine import Called, Frame, Machine, Moment
from affineur.checks.scanning.values import (
    UNKNOWN,
    Code,
    Mark,
    Value,
    constant,
    merged,
    sequence,
    unknown,
)

_GROWING = frozenset({"append", "extend", "add", "insert", "update", "appendleft", "write"})
_CALLS_LATER = {
    "threading.Thread": ("target", 1), "Thread": ("target", 1), "threading.Timer": ("function", 1),
    "multiprocessing.Process": ("target", 1), "atexit.register": ("func", 0),
    "_thread.start_new_thread": ("function", 0), "asyncio.run": ("main", 0), "map": ("func", 0),
    "signal.signal": ("handler", 1), ".submit": ("fn", 0), ".run_in_executor": ("func", 1),
    ".start_soon": ("func", 0), "functools.partial": ("func", 0), ".apply_async": ("func", 0),
    "asyncio.to_thread": ("func", 0), "filter": ("func", 0), ".map": ("func", 0),
    "weakref.finalize": ("func", 1), "sched.scheduler().enter": ("action", 2),
    ".call_later": ("callback", 1), ".call_soon": ("callback", 0), ".after": ("func", 1),
    "timeit.timeit": ("stmt", 0),
}  # fmt: skip
"""Functions that call what they are given: the argument's name and position."""


_HOLDING = frozenset(
    {"set_content", "attach", "set_payload", "add_attachment", "add_field", "writestr", "append",
     "update", "add"}
)  # fmt: skip
_PREY = frozenset(
    {Mark.SECRET, Mark.ENVIRONMENT, Mark.CLIPBOARD, Mark.SCREEN, Mark.KEYS, Mark.EVERYTHING}
)
_BY_THEMSELVES = ("__new__", "__init__", "__post_init__", "__del__")
"""Methods that run when an object is made, or when it is gone."""
_MAX_REDUCED = 1024
_PATH = re.compile(r"~|[\w.-]*[/\\]")
_ARGUMENTS_AS_ONE = ("threading.Timer", "_thread.start_new_thread", "threading.Thread")


def call(node: ast.Call, machine: Machine, frame: Frame) -> Value:
    """Evaluate a call."""
    callee = machine.value(node.func, frame)
    arguments = _positional(node, machine, frame)
    keywords: dict[str, Value] = {}
    for one in node.keywords:
        value = machine.value(one.value, frame)
        keywords[one.arg or f"**{len(keywords)}"] = value
    receiver = _receiver(callee)
    name = hiding.canonical(callee.name)
    called = _opened(Called(name, receiver, tuple(arguments), keywords, node, frame))
    if callee.code is not None:
        return _own(callee, called, machine)
    machine.judge(called)
    _grow(node, called, frame)
    _call_later(called, machine)
    found = _looked_up(called, machine) or _reduced(called, machine)
    found = found or _mapped_by_own(called, machine)
    if found is None:
        found = models.result(called)
    if found is None:
        found = _worked_out(called)
    return found if found is not None else _made(called)


def _opened(called: Called) -> Called:
    """Take `path.open(mode)` for `open(path, mode)`, so that both are one thing everywhere."""
    if called.name != ".open" or not _PATH.match(called.receiver.text):
        return called
    return replace(called, name="open", arguments=(called.receiver, *called.arguments))


def _positional(node: ast.Call, machine: Machine, frame: Frame) -> list[Value]:
    found: list[Value] = []
    for one in node.args:
        value = machine.value(one, frame)
        if isinstance(one, ast.Starred) and value.parts:
            found.extend(value.parts)
        else:
            found.append(value)
    return found


def _receiver(callee: Value) -> Value:
    if callee.name.startswith(".") and callee.parts:
        return callee.parts[0]
    base = callee.name.rpartition(".")[0]
    return Value(
        callee.const, callee.text, base, callee.marks, callee.parts, callee.keys, callee.code
    )


def _own(callee: Value, called: Called, machine: Machine) -> Value:
    """Follow a call of something that the package defines."""
    code = callee.code
    if code is None or code.is_instance:
        method = code.attributes.get("__call__") if code else None
        if method is None or method.code is None or code is None:
            return Value(marks=called.marks)
        code = Code(method.code.node, method.code.frame, callee, method.code.attributes)
    if not isinstance(code.node, ast.ClassDef):
        return machine.call(code, called.arguments, called.keywords, called.frame.moment)
    attributes = dict(code.attributes)
    made = Value(
        name=f"{callee.name}()" if callee.name else "",
        code=Code(code.node, code.frame, attributes=attributes, is_instance=True),
        marks=called.marks,
    )
    for name in _BY_THEMSELVES:
        method = attributes.get(name)
        if method is not None and method.code is not None:
            bound = Code(method.code.node, method.code.frame, made)
            machine.call(bound, called.arguments, called.keywords, called.frame.moment)
    if callee.name:
        machine.judge(replace(called, name=callee.name))
        _call_later(replace(called, name=callee.name), machine)
    return made


def _looked_up(  # noqa: PLR0911  # a case for each way to look up
    called: Called, machine: Machine
) -> Value | None:
    """Resolve what is called to look up a name or to import."""
    node, frame = called.node, called.frame
    if called.name == "getattr" and len(called.arguments) > 1:
        return hiding.named(called.arguments[0], called.arguments[1], node, machine, frame)
    if called.name in ("__import__", "importlib.import_module", "importlib.__import__"):
        wanted = called.argument(0, "name")
        hiding.tell(wanted, node, machine, frame)
        if isinstance(wanted.const, str):
            return Value(name=wanted.const, marks={})
        return Value(marks=wanted.marks)
    base, _, method = called.name.rpartition(".")
    if method in ("__getitem__", "get", "pop", "__getattribute__") and called.arguments:
        table = called.receiver if base else UNKNOWN
        if method == "__getattribute__":
            return hiding.named(table, called.arguments[-1], node, machine, frame)
        return hiding.look_up(replace(table, name=base), called.arguments[0], node, machine, frame)
    if called.name == "operator.attrgetter()" and called.receiver.parts and called.arguments:
        return hiding.named(called.arguments[0], called.receiver.parts[0], node, machine, frame)
    if called.name == "operator.methodcaller()" and called.receiver.parts and called.arguments:
        return _method_called(called, machine)
    if called.name == "vars" and called.arguments and called.arguments[0].name:
        return Value(name=f"{called.arguments[0].name}.__dict__")
    return None


def _method_called(called: Called, machine: Machine) -> Value:
    """Follow `operator.methodcaller(name, ...)(thing)` as `thing.name(...)`."""
    wanted, *given = called.receiver.parts
    method = hiding.named(called.arguments[0], wanted, called.node, machine, called.frame)
    real = replace(called, name=hiding.canonical(method.name), arguments=tuple(given))
    machine.judge(real)
    return _made(real)


def _reduced(called: Called, machine: Machine) -> Value | None:
    """Work out `functools.reduce` over known things, with a function of the package."""
    if called.name not in ("functools.reduce", "reduce") or len(called.arguments) < 2:
        return None
    code, known = called.arguments[0].code, elements(called.arguments[1])
    if code is None or not known or len(known) > _MAX_REDUCED:
        return None
    done, *rest = [*called.arguments[2:3], *known]
    for one in rest:
        done = machine.call(code, [done, one], {}, called.frame.moment)
    return done


def _mapped_by_own(called: Called, machine: Machine) -> Value | None:
    """Follow `map` with a function of the package's own over known things."""
    if called.name != "map" or len(called.arguments) != 2:  # the two that it has
        return None
    code, known = called.arguments[0].code, elements(called.arguments[1])
    if code is None or known is None or len(known) > _MAX_REDUCED:
        return None
    found = [machine.call(code, (one,), {}, called.frame.moment) for one in known]
    if not found or not all(one.is_known for one in found):
        return None
    marks = {**called.marks, **merged(found)}
    return constant([one.const for one in found]).with_marks(marks)


def _mapped(called: Called) -> Value | None:
    """Work out `map(int, ...)` and its like, over known things."""
    if called.name != "map" or len(called.arguments) != 2:  # the two that it has
        return None
    work = hiding.canonical(called.arguments[0].name)
    known = elements(called.arguments[1])
    if known is None or work not in folding.FUNCTIONS or not all(one.is_known for one in known):
        return None
    try:
        found = [folding.call(work, [one.const]) for one in known]
    except folding.CannotFold:
        return None
    each = replace(called, name=work, arguments=called.arguments[1:])
    return models.changed(each, constant(found).with_marks(called.marks))


def _worked_out(called: Called) -> Value | None:
    """Work the call out when all that it depends on is known."""
    if (mapped := _mapped(called)) is not None:
        return mapped
    if called.keywords or not all(one.is_known for one in called.arguments):
        return None
    consts = [one.const for one in called.arguments]
    marks = {**called.marks}
    try:
        if called.name in folding.FUNCTIONS:
            value = constant(folding.call(called.name, consts)).with_marks(marks)
        elif called.receiver.is_known:
            method = called.name.rpartition(".")[2]
            marks = {**marks, **called.receiver.marks}
            value = constant(folding.method(called.receiver.const, method, consts)).with_marks(
                marks
            )
        else:
            return None
    except folding.CannotFold:
        return None
    return models.changed(called, value)


def _made(called: Called) -> Value:
    """Give what an unknown function makes: it keeps what it was made of."""
    marks = models.kept_marks(called)
    name = f"{called.name}()" if called.name and not called.name.startswith(".") else ""
    made = unknown(called.name, called.node, marks)
    text = models.kept_text(called)
    parts = called.arguments or tuple(called.keywords.values())
    return Value(made.const, text or made.text, name, made.marks, parts)


def _grow(node: ast.Call, called: Called, frame: Frame) -> None:
    """Follow `items.append(x)` and its like."""
    function = node.func
    if not (
        isinstance(function, ast.Attribute)
        and (function.attr in _GROWING or function.attr in _HOLDING)
        and isinstance(function.value, ast.Name)
        and called.arguments
    ):
        return
    before = frame.find(function.value.id)
    if before is None or before.code is not None:
        return
    if before.name:
        prey = {mark: one for mark, one in called.marks.items() if mark in _PREY}
        if prey and function.attr in _HOLDING:
            grown = before.with_marks(prey)
            frame.owner_of(function.value.id).names[function.value.id] = grown
        return
    if before.keys or function.attr in ("update", "write"):
        grown = before.with_marks(called.marks)
    elif function.attr == "extend" and called.arguments[0].parts:
        grown = sequence([*before.parts, *called.arguments[0].parts])
    else:
        grown = sequence([*before.parts, called.arguments[-1]]).with_marks(before.marks)
    frame.owner_of(function.value.id).names[function.value.id] = grown


def _call_later(called: Called, machine: Machine) -> None:
    """Follow functions that are handed over to be called."""
    if models.listens(called.name):
        watching = models.made_marks(called)
        for one in called.everything:
            if one.code is not None and not isinstance(one.code.node, ast.ClassDef):
                keys = unknown("keys", called.node, watching)
                machine.call(one.code, [keys], {}, called.frame.moment)
        return
    if called.name.endswith(".start") and called.receiver.parts:
        _run_thread(called.receiver.parts[0], called, machine)
        return
    method = "." + called.name.rpartition(".")[2]
    function, position = _handed_over(called)
    if function.code is None:
        _judge_later(function, called, position, machine)
        return
    if function.code.is_instance:
        return
    rest = list(called.arguments[position + 1 :])
    given = called.keywords.get("args", UNKNOWN)
    if called.name in _ARGUMENTS_AS_ONE and rest and not given.parts:
        given = rest[0]
    if isinstance(function.code.node, ast.ClassDef):
        return
    marks = merged(called.arguments)
    is_certain = called.name in _CALLS_LATER or method in _CALLS_LATER
    moment = called.frame.moment if is_certain else Moment.LATER
    machine.call(function.code, [*(given.parts or rest or [Value(marks=marks)])], {}, moment)


def _handed_over(called: Called) -> tuple[Value, int]:
    """Give the function that a call is given to call, and the place of its argument."""
    method = "." + called.name.rpartition(".")[2]
    keyword, position = _CALLS_LATER.get(called.name) or _CALLS_LATER.get(method) or ("", -1)
    if position < 0:
        keyword = next((k for k in ("on_press", "callback", "target") if k in called.keywords), "")
        position = len(called.arguments)
    function = called.argument(position, keyword) if keyword else UNKNOWN
    if called.name.endswith("Thread") and function is UNKNOWN:
        function = called.argument(0, "target")
    return function, position


def _judge_later(function: Value, called: Called, position: int, machine: Machine) -> None:
    """Judge a call of a function that the package does not define, made by another."""
    if not function.name:
        return
    real = replace(called, name=hiding.canonical(function.name), keywords={})
    rest = called.arguments[position + 1 :]
    given = called.keywords.get("args", UNKNOWN).parts
    each = rest[0].parts if rest else ()
    for arguments in (given or rest, *((one,) for one in each)):
        machine.judge(replace(real, arguments=tuple(arguments)))


def _run_thread(thread: Value, called: Called, machine: Machine) -> None:
    """Follow the `run` of a thread's or process's own class when it is started."""
    run = thread.code.attributes.get("run") if thread.code is not None else None
    if run is not None and run.code is not None:
        machine.call(Code(run.code.node, run.code.frame, thread), [], {}, called.frame.moment)
