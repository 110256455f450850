"""Judges calls that run text as code, load hidden names, or change how Python imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from affineur.checks.scanning.hiding import HIDDEN
from affineur.checks.scanning.machine import Called
from affineur.checks.scanning.models import TYPED
from affineur.checks.scanning.sights import Scene, Sight, sight, told
from affineur.checks.scanning.values import Mark, Value
from affineur.checks.scanning.words import quote
from affineur.core.findings import Severity
from affineur.core.scans import Role

RUNNING = re.compile(
    r"exec|eval|execfile|(types\.)?(FunctionType|LambdaType)|runpy\._?run_\w+|"
    r"code\.Interactive\w+\(\)\.(runsource|runcode|push)|.*\.exec_module|"
    r"(timeit\.timeit)|importlib\._bootstrap\._exec"
)
_UNPICKLING = re.compile(
    r"(pickle|cPickle|_pickle|dill|cloudpickle|shelve|jsonpickle)\.(loads?|decode)"
)
_IMPORTING = frozenset({"__import__", "importlib.import_module"})
_MOST_SHOWN = 60


def judge_code(called: Called, scene: Scene) -> Iterator[Sight]:
    """Judge one call."""
    if called.name == HIDDEN:
        yield _hidden(called, scene)
    elif RUNNING.fullmatch(called.name):
        yield from _running(called, scene)
    elif called.name == "getpass.getpass=":
        typed = Value().marked(Mark.KEYS, called.node, "getpass.getpass")
        called.frame.module.files[TYPED] = typed.marks
    elif _UNPICKLING.fullmatch(called.name):
        yield from _unpickling(called, scene)
    elif called.name in ("builtins.__import__=", "__builtins__.__import__="):
        what = f"It replaces Python's own import{scene.when(called.frame)}."
        is_early = scene.role in (Role.STARTUP, Role.INSTALL)
        severity = Severity.REVIEW if is_early else Severity.INFO
        yield sight(called, "import-hook", severity, what)
    elif called.name.startswith("sys.meta_path.") and scene.role is Role.STARTUP:
        what = "It puts itself before all imports, whenever Python starts."
        yield sight(called, "import-hook", Severity.REVIEW, what)


def _running(called: Called, scene: Scene) -> Iterator[Sight]:
    code = called.argument(0, "source", "code", "path_name")
    if called.name.startswith("runpy."):
        code = code.with_marks(called.frame.module.files.get(code.text, {}))
    marks, when = code.marks, scene.when(called.frame)
    if Mark.FETCHED in marks:
        what = f"It runs as code what {told(marks, Mark.FETCHED)} fetches{when}."
        yield sight(called, "fetch-and-execute", scene.graver(called.frame), what)
    elif Mark.UNPACKED in marks and not (Mark.FILE in marks and _is_cache(code)):
        shown = _shown(code)
        how = told(marks, Mark.UNPACKED)
        what = f"It decodes a text of its own by {how} and runs it{when}{shown}."
        yield sight(called, "decode-and-execute", _weight(code, called, scene), what)
    elif Mark.DECODED in marks and Mark.FILE in marks and not _is_cache(code):
        how = told(marks, Mark.DECODED)
        what = f"It reads a file, decodes it by {how} and runs it as code{when}."
        yield sight(called, "decode-and-execute", Severity.REVIEW, what)
    elif Mark.RESOURCE in marks:
        what = (
            f"It runs as code what stands in {told(marks, Mark.RESOURCE)}, which is no code{when}."
        )
        yield sight(called, "decode-and-execute", scene.graver(called.frame), what)
    elif _is_backwards(code):
        what = f"It puts the text together that it runs{when}{_shown(code)}."
        yield sight(called, "decode-and-execute", Severity.REVIEW, what)
    elif Mark.CLIPBOARD in marks or (Mark.OUTPUT in marks and Mark.DECODED in marks):
        what = f"It runs as code what comes from outside of the package{when}."
        yield sight(called, "fetch-and-execute", Severity.REVIEW, what)


def _weight(code: Value, called: Called, scene: Scene) -> Severity:
    """Let a short decoded expression be seen by a person; block what hides a program."""
    if code.is_known and len(code.text) < 12:
        return Severity.REVIEW
    return scene.graver(called.frame)


def _is_cache(code: Value) -> bool:
    """Whether only `marshal` decoded a file: that is how caches of compiled code are read."""
    return Mark.RESOURCE not in code.marks and code.marks[Mark.DECODED].text.startswith("marshal.")


def _is_backwards(code: Value) -> bool:
    """Whether a text was put together by a slice or from pieces in a way that hides it."""
    origin = code.marks.get(Mark.ASSEMBLED)
    return origin is not None and origin.text == "reversed"


def _shown(code: Value) -> str:
    if not code.is_known or not code.text:
        return ""
    return f": it reads {quote(code.text[:_MOST_SHOWN])!r}"


def _unpickling(called: Called, scene: Scene) -> Iterator[Sight]:
    marks = called.argument(0).marks
    if Mark.FETCHED in marks:
        what = (
            f"It unpickles what {told(marks, Mark.FETCHED)} fetches"
            f"{scene.when(called.frame)}: a pickle can run any code."
        )
        severity = Severity.REVIEW if scene.is_at_once(called.frame) else Severity.INFO
        yield sight(called, "fetch-and-execute", severity, what)
    elif Mark.UNPACKED in marks and scene.is_at_once(called.frame):
        what = f"It unpickles a text of its own{scene.when(called.frame)}: that can run any code."
        yield sight(called, "decode-and-execute", Severity.REVIEW, what)


def _hidden(called: Called, scene: Scene) -> Sight:
    name = called.argument(0).plain
    what = (
        f"It puts the name {quote(name)!r} together from pieces before it looks it up"
        f"{scene.when(called.frame)}."
    )
    return sight(called, "hidden-name", Severity.REVIEW, what)
