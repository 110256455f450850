"""The scanner: is shown each member once, and says at the end what it saw.

Python files are looked at with yara-x as they come and kept, packed; when all are known those
worth it are parsed and followed (`inspecting`), so that what is split over the modules of a
package is seen too. Everything is bounded: what is left out is told as unread.
"""

from __future__ import annotations

import gc
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from affineur.checks.scanning import SCAN_VERSION, characters, choosing, members, startup, words
from affineur.checks.scanning.inspecting import Inspector
from affineur.checks.scanning.roles import own_backend, role_of
from affineur.checks.scanning.sources import (
    MAX_SOURCE_BYTES,
    CannotParse,
    Pool,
    Source,
    pack,
)
from affineur.checks.scanning.words import TooSlow, Words
from affineur.core.archives import Kind
from affineur.core.files import FileKind, Filename
from affineur.core.findings import Severity, Where
from affineur.core.scans import Capability, Role, Scan, Signal

_PYTHON = (".py", ".pyw", ".pye")
_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".jsx", ".html", ".htm")
_COMMAND = re.compile(r"[^/]+\.data/scripts/[^/.]+|(bin|scripts)/[^/.]+")
_SHEBANG = re.compile(rb"#![^\n]{0,80}python")
_MAX_SCRIPT_BYTES = 1024 * 1024
_MAX_PER_RULE = 20
_MAX_PLACES = 8
_MAX_UNREAD = 50
_MAX_CPU_S = 25.0
_MAX_RECURSION = 4000
_COLLECT_BYTES = 128 * 1024

_RANK = (Severity.BLOCK, Severity.REVIEW, Severity.INFO)


_FAILED = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""What one odd file may raise on the way: it must not cost us the others."""


@dataclass(slots=True)
class Scanner:
    """Looks into the members of one archive."""

    filename: Filename
    blind: str = ""
    """Why it does not look at all: an earlier look at this archive failed."""
    _pool: Pool = field(default_factory=Pool)
    _chosen: list[Source] = field(default_factory=list)
    _members: members.Members = field(default_factory=members.Members)
    _signals: list[Signal] = field(default_factory=list)
    _places: dict[Capability, list[Where]] = field(default_factory=dict)
    _unread: list[tuple[str, str]] = field(default_factory=list)
    _backends: tuple[str, ...] = ()

    def keep_bytes(self, inside: str, size_bytes: int) -> int:
        """Say how much of a member it wants to see, at its beginning."""
        del size_bytes
        if self.blind:
            return 0
        if inside.endswith((*_PYTHON, ".pth")) or inside == "pyproject.toml":
            return MAX_SOURCE_BYTES
        if _COMMAND.fullmatch(inside):
            return MAX_SOURCE_BYTES
        return _MAX_SCRIPT_BYTES if inside.endswith(_SCRIPTS) else 0

    def take(self, name: str, inside: str, content: bytes, size_bytes: int, kind: Kind) -> None:
        """Look into a member: `name` as reports show it, `inside` its path as installed."""
        if self.blind:
            return
        self._members.take(name, inside, size_bytes, kind)
        if inside == "pyproject.toml" and self._is_sdist:
            self._backends = own_backend(content)
        if kind not in (Kind.TEXT, Kind.BINARY):
            return
        if inside.endswith(".pth") and kind is Kind.TEXT:
            self._take_pth(name, inside, content)
        elif inside.endswith(_PYTHON):
            self._take_python(name, inside, content, size_bytes)
        elif _COMMAND.fullmatch(inside) and _SHEBANG.match(content):
            as_program = f"{inside}/__main__.py"  # it runs when somebody calls it
            self._take_python(name, as_program, content, size_bytes)
        elif inside.endswith(_SCRIPTS):
            self._take_script(name, inside, content[:_MAX_SCRIPT_BYTES])

    def finish(self) -> Scan:
        """Say what was seen."""
        if self.blind:
            return Scan(unread=(("", self.blind),))
        self._signals += self._members.judge(self.filename)
        self._inspect_all()
        return Scan(
            SCAN_VERSION,
            tuple(_bounded(self._signals)),
            {what: tuple(where[:_MAX_PLACES]) for what, where in sorted(self._places.items())},
            tuple(self._unread[:_MAX_UNREAD]),
        )

    @property
    def _is_sdist(self) -> bool:
        return self.filename.kind is FileKind.SDIST

    def _role(self, inside: str) -> Role:
        backends = frozenset(self._backends)
        return role_of(inside, is_sdist=self._is_sdist, backends=backends)

    def _take_pth(self, name: str, inside: str, content: bytes) -> None:
        role = self._role(inside)
        code = startup.code_of(content)
        if role is not Role.STARTUP or not code:
            return
        self._signals += startup.judge_pth(name, content)
        found = Words(dict.fromkeys(("pth",), (0,)))
        self._chosen.append(Source(name, inside, pack(code), found, role))

    def _take_python(self, name: str, inside: str, content: bytes, size_bytes: int) -> None:
        if size_bytes > len(content):
            self._unread.append((name, "it is too large: only its beginning was looked at"))
        found = self._look("python", name, content)
        if found is None:
            return
        role = self._role(inside)
        self._signals += characters.judge(name, content, role)
        self._take_text(name, content, role)
        if role not in (Role.TEST, Role.DOCS):
            for capability, where in words.capable_places(found, name, content):
                self._places.setdefault(capability, []).append(where)
        source = Source(name, inside, pack(content), found, role)
        if not self._pool.add(source):
            self._unread.append((name, "there is too much code to look at all of it closely"))

    def _take_script(self, name: str, inside: str, content: bytes) -> None:
        self._take_text(name, content, self._role(inside))

    def _take_text(self, name: str, content: bytes, role: Role) -> None:
        found = self._look("text", name, content)
        for rule, places in found.places.items() if found is not None else ():
            self._signals.append(members.of_text(rule, words.place(name, content, places[0]), role))

    def _look(self, rules: str, name: str, content: bytes) -> Words | None:
        try:
            return words.look(rules, content)
        except TooSlow:
            self._unread.append((name, "looking at it took too long"))
            return None

    def _inspect_all(self) -> None:
        """Inspect what is worth it, while there is time; what runs by itself first."""
        everything = [*self._pool.sources.values(), *self._pool.others]
        for source in everything:  # the pyproject.toml may have come after them
            source.role = self._role(source.inside)
        self._signals += startup.judge_files(everything)
        chosen = [*self._chosen, *choosing.worth_a_look(everything, self._pool)]
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(_MAX_RECURSION)
        gc.disable()  # each parsing makes a million objects, and none of them garbage
        try:
            self._inspect_chosen(chosen)
        finally:
            gc.enable()
            sys.setrecursionlimit(before)

    def _inspect_chosen(self, chosen: Iterable[Source]) -> None:
        began, since_bytes = time.process_time(), 0
        for source in sorted(chosen, key=choosing.urgency):
            if time.process_time() - began > _MAX_CPU_S:
                self._unread.append((source.shown, "time ran out before it was looked at closely"))
            else:
                self._inspect(source)
            since_bytes += len(source.packed)
            if since_bytes > _COLLECT_BYTES:
                self._pool.forget()
                gc.collect()
                since_bytes = 0

    def _inspect(self, source: Source) -> None:
        try:
            inspector = Inspector(self._pool, self._pool.parse(source))
            left_out = inspector.run()
        except _FAILED:
            left_out = "it could not be followed"
            self._unread.append((source.shown, left_out))
            return
        except CannotParse as error:
            if source.role not in (Role.TEST, Role.DOCS):
                self._unread.append((source.shown, error.reason))
            return
        if left_out:
            self._unread.append((source.shown, left_out))
        self._signals += inspector.signals()
        inspector.release()


def _bounded(signals: Iterable[Signal]) -> list[Signal]:
    """Keep the gravest of each rule."""
    kept: list[Signal] = []
    counts: dict[str, int] = {}
    unique = dict.fromkeys(signals)
    for signal in sorted(unique, key=lambda one: _RANK.index(one.severity)):
        counts[signal.rule] = counts.get(signal.rule, 0) + 1
        if counts[signal.rule] <= _MAX_PER_RULE:
            kept.append(signal)
    return sorted(
        kept, key=lambda one: (_RANK.index(one.severity), one.where.file, one.where.line or 0)
    )
