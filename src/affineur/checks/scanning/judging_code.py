"""Judges calls that run text as code, load hidden names, or change how Python imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from affineur.checks.scanning.hiding import HIDDEN
from affineur.checks.scanning.machine import Called
from affineur.checks.scanning.models import TYPED
from affineur.checks.scanning.names import names
from affineur.checks.scanning.sights import Scene, Sight, sight, told
from affineur.checks.scanning.values import OWN_FILE, Mark, Value
from affineur.checks.scanning.words import quote
from affineur.core.findings import Severity
from affineur.core.scans import Role

RUNNING = names(
    r"exec|eval|execfile|(types\.)?(FunctionType|LambdaType)|runpy\._?run_\w+|"
    r"code\.Interactive\w+\(\)\.(runsource|runcode|push)|.*\.exec_module|"
    r"(timeit\.timeit)|ctypes\.pythonapi\.PyRun_\w+|imp\.load_source|importlib\.machinery\.\w+\(\)\.load_module|importlib\._bootstrap\._exec"
)
_UNPICKLING = names(
    r"(pickle|cPickle|_pickle|dill|cloudpickle|shelve|jsonpickle)\.(loads?|decode)|yaml\.unsafe_load(_all)?"
)
_IMPORTING = frozenset({"__import__", "importlib.import_module"})
_TEXTS = re.compile(r"\.(txt|md|rst|log|csv)$", re.IGNORECASE)
_MOST_SHOWN = 60


def judge_code(called: Called, scene: Scene) -> Iterator[Sight]:
    """Judge one call."""
    if called.name == HIDDEN:
        yield _hidden(called, scene)
    elif RUNNING(called.name):
        yield from _running(called, scene)
    elif called.name == "getpass.getpass=":
        typed = Value().marked(Mark.KEYS, called.node, "getpass.getpass")
        called.frame.module.files[TYPED] = typed.marks
    elif _UNPICKLING(called.name):
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
    if called.name.startswith(("runpy.", "imp.")):
        path = code if called.name.startswith("runpy.") else called.argument(1, "pathname")
        code = path.with_marks(called.frame.module.files.get(path.text, {}))
    elif called.name.endswith("_module"):
        code = code.with_marks(called.receiver.marks)
    marks, when = code.marks, scene.when(called.frame)
    if Mark.FETCHED in marks:
        what = f"It runs as code what {told(marks, Mark.FETCHED)} fetches{when}."
        yield sight(called, "fetch-and-execute", scene.graver(called.frame), what)
    elif _is_unpacked(code) and not (Mark.FILE in marks and _is_cache(code)):
        shown = _shown(code)
        how = told(marks, Mark.UNPACKED if Mark.UNPACKED in marks else Mark.DECODED)
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
        is_text = _TEXTS.search(marks[Mark.RESOURCE].text) is not None
        severity = Severity.REVIEW if is_text else scene.graver(called.frame)
        yield sight(called, "decode-and-execute", severity, what)
    elif _is_backwards(code):
        what = f"It puts the text together that it runs{when}{_shown(code)}."
        yield sight(called, "decode-and-execute", Severity.REVIEW, what)
    elif Mark.CLIPBOARD in marks or (Mark.OUTPUT in marks and Mark.DECODED in marks):
        what = f"It runs as code what comes from outside of the package{when}."
        yield sight(called, "fetch-and-execute", Severity.REVIEW, what)


def _is_unpacked(code: Value) -> bool:
    """Whether code was decoded from what stands in the package: what is known always was."""
    is_text = isinstance(code.const, str | bytes)
    return Mark.UNPACKED in code.marks or (Mark.DECODED in code.marks and is_text)


def _weight(code: Value, called: Called, scene: Scene) -> Severity:
    """Let a short decoded expression be seen by a person; block what hides a program."""
    if code.is_known and len(code.text) < 12:
        return Severity.REVIEW
    return scene.graver(called.frame)


def _is_cache(code: Value) -> bool:
    """Whether only `marshal` decoded a file: that is how caches of compiled code are read.

    A file that lies beside the module under a name that it knows is no cache.
    """
    is_own = Mark.RESOURCE in code.marks or code.marks[Mark.FILE].text == OWN_FILE
    return not is_own and code.marks[Mark.DECODED].text.startswith("marshal.")


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
