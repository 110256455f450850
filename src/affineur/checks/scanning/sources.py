"""The Python files of one archive, kept packed until all are known, and parsed when needed."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
import zlib
from dataclasses import dataclass, field

from affineur.checks.scanning.machine import Frame, Module
from affineur.checks.scanning.roles import as_installed
from affineur.checks.scanning.words import Words
from affineur.core.scans import Role

MAX_SOURCE_BYTES = 5 * 1024 * 1024
_MAX_PARSED_BYTES = 1024 * 1024
_MAX_POOL_BYTES = 40 * 1024 * 1024
_MAX_USEFUL_BYTES = 12 * 1024
_SMALL_BYTES = 1024
_MAX_REMEMBERED_BYTES = 128 * 1024
_USEFUL = (
    "executes",
    "decodes_firmly",
    "long_text",
    "odd_destinations",
    "names_secrets",
    "builds_text",
)
_OTHER_PYTHON = re.compile(
    rb"\bprint\s+[\"'\w]|\bexcept\s+[\w.()]+\s*,\s*\w+\s*:|\bexec\s+[\"'\w]|`\w+`"
)


class CannotParse(Exception):
    """A file is no Python that can be read; `reason` is told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Source:
    """One file of Python."""

    shown: str
    inside: str
    packed: bytes
    words: Words
    role: Role = Role.CODE
    near: tuple[str, ...] | None = None
    """The names of modules that it may import of its own package, once they are asked for."""

    @property
    def text(self) -> bytes:
        """Its bytes."""
        return zlib.decompress(self.packed)

    @property
    def dotted(self) -> str:
        """The dotted name under which it is imported."""
        return dotted_name(self.inside)

    @property
    def is_useful(self) -> bool:
        """Whether what it defines may matter to a module that imports it."""
        if len(self.packed) > _MAX_USEFUL_BYTES:
            return False
        return len(self.packed) < _SMALL_BYTES or any(map(self.words.has, _USEFUL))

    @property
    def is_package(self) -> bool:
        """Whether it is an `__init__.py`."""
        return self.inside.endswith("__init__.py")


@dataclass(slots=True)
class Pool:
    """All of them."""

    sources: dict[str, Source] = field(default_factory=dict)
    """By their dotted names; of two of one name the first."""
    others: list[Source] = field(default_factory=list)
    used_bytes: int = 0
    frames: dict[str, Frame] = field(default_factory=dict)
    """What was followed of them for others that import them."""
    _modules: dict[str, Module] = field(default_factory=dict)
    _remembered_bytes: int = 0

    def add(self, source: Source) -> bool:
        """Keep a file; False when there is no room for it."""
        self.used_bytes += len(source.packed)
        if self.used_bytes > _MAX_POOL_BYTES:
            return False
        if source.dotted in self.sources:
            self.others.append(source)
        else:
            self.sources[source.dotted] = source
        return True

    def find(self, dotted: str) -> Module | None:
        """Parse a module by its name, for another that imports it; the last are remembered."""
        source = self.sources.get(dotted)
        if source is None or not source.is_useful:
            return None
        known = self._modules.get(source.shown)
        if known is None:
            if self._remembered_bytes > _MAX_REMEMBERED_BYTES:
                self.forget()
            self._remembered_bytes += len(source.packed)
            try:
                known = parse(source)
            except CannotParse:
                return None
            self._modules[source.shown] = known
        return known

    def parse(self, source: Source) -> Module:
        """Parse a file to be inspected, or say why it cannot be."""
        return self._modules.get(source.shown) or parse(source)

    def forget(self) -> None:
        """Let go of what was parsed and followed."""
        self._modules.clear()
        for frame in self.frames.values():
            frame.release()
        self.frames.clear()
        self._remembered_bytes = 0


def pack(content: bytes) -> bytes:
    """Pack a file's bytes for the pool."""
    return zlib.compress(content, 1)


def dotted_name(inside: str) -> str:
    """Give the dotted name of a file, without the `src` of an sdist."""
    path = as_installed(inside).removeprefix("src/").rpartition(".")[0]
    return path.removesuffix("/__init__").replace("/", ".")


def parse(source: Source) -> Module:
    """Parse a file, or say why it cannot be."""
    return parse_text(
        source.text, source.shown, source.dotted, source.role, is_package=source.is_package
    )


def parse_text(
    content: bytes, shown: str, dotted: str, role: Role, *, is_package: bool = False
) -> Module:
    """Parse the text of a file."""
    if len(content) > _MAX_PARSED_BYTES:
        raise CannotParse("it is too large to be parsed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
    except (SyntaxError, ValueError) as error:  # of a NUL, Pythons before 3.11.4 say the latter
        is_old = _OTHER_PYTHON.search(content) is not None
        reason = "it is written for Python 2" if is_old else "it is no valid Python"
        raise CannotParse(reason) from error
    except (RecursionError, MemoryError, OverflowError) as error:
        raise CannotParse("it could not be parsed") from error
    return Module(shown, dotted, tree, decoded(content).split("\n"), is_package, role)


def decoded(content: bytes) -> str:
    """Decode a source as Python does, and not fail when it would."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding, "replace")
    except (SyntaxError, LookupError, UnicodeError):
        return content.decode("utf-8", "replace")
