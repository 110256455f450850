"""What is known of a value without running the code that makes it.

A value has its constant when every piece of it stands in the package; else its text, with what
is not known between two private characters, which names where it came from. Marks say what
happened to it on the way: that it was decoded, fetched, read from where secrets are kept.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MAX_TEXT = 1 << 20
_MAX_UNKNOWN_TEXT = 4096
_MAX_PARTS = 512


class Mark(StrEnum):
    """What happened to a value on its way."""

    EMBEDDED = "embedded"
    """A text that stands in the code went into it."""
    DECODED = "decoded"
    UNPACKED = "unpacked"
    """Decoded from a text that stands in the code."""
    ASSEMBLED = "assembled"
    """Put together from pieces that do not show what they make."""
    FETCHED = "fetched"
    SECRET = "secret"  # noqa: S105  # a word, no password
    ENVIRONMENT = "environment"
    MACHINE = "machine"
    """Names the machine or its user."""
    CLIPBOARD = "clipboard"
    SCREEN = "screen"
    KEYS = "keys"
    FILE = "file"
    RESOURCE = "resource"
    """Read from a file of the package itself, by its name."""
    EVERYTHING = "everything"
    """A place under a whole home or disk that was gone through."""
    OUTPUT = "output"
    """What another program printed."""
    HOME = "home"
    VARIABLE = "variable"
    """An environment variable that holds a key."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value got a mark, and by what."""

    line: int
    text: str


Marks = Mapping[Mark, Origin]


class Nothing:
    """The constant of a value that is not known."""


NOTHING = Nothing()


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of one value."""

    const: object = NOTHING
    text: str = ""
    """Of a list its texts with spaces between."""
    name: str = ""
    """The dotted name of what it is, `base64.b64decode`; a call's result ends in `()`."""
    marks: Marks = field(default_factory=dict)
    parts: tuple[Value, ...] = ()
    """The elements of a list, the values of a dict, the arguments of what a call made."""
    keys: tuple[object, ...] = ()
    code: Code | None = None

    @property
    def is_known(self) -> bool:
        """Whether its constant is known."""
        return self.const is not NOTHING

    @property
    def plain(self) -> str:
        """Its text, each unknown piece one character that no pattern looks for."""
        return plain(self.text)

    def with_marks(self, marks: Marks) -> Value:
        """Give it further marks; the first of a kind stays."""
        if not marks or marks.keys() <= self.marks.keys():
            return self
        merged = {**marks, **self.marks}
        return Value(self.const, self.text, self.name, merged, self.parts, self.keys, self.code)

    def marked(self, mark: Mark, node: ast.AST, text: str = "") -> Value:
        """Give it one further mark."""
        return self.with_marks({mark: Origin(getattr(node, "lineno", 0), text)})

    def words(self) -> list[str]:
        """Give its elements as texts; of a text its words."""
        if self.parts:
            return [part.plain for part in self.parts]
        if isinstance(self.const, list | tuple):
            return [as_text(one) for one in self.const]
        return self.plain.split()


@dataclass(slots=True)
class Code:
    """A function, class or instance of the package, as a value."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
    frame: object
    """The frame in which it was defined."""
    receiver: Value | None = None
    """What it is bound to, of a method."""
    attributes: dict[str, Value] = field(default_factory=dict)
    """Of a class those of its instances."""
    is_instance: bool = False


UNKNOWN = Value()
OWN_FILE = "\ue000__file__\ue001"
"""The text of a module's own path, which is not known."""


def constant(const: object) -> Value:
    """Make the value of a constant."""
    return Value(const, as_text(const))


def unknown(name: str, node: ast.AST, marks: Marks | None = None) -> Value:
    """Make a value of which only its origin is known."""
    place = (
        f"\ue000{name[-60:]}:{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)}\ue001"
    )
    return Value(NOTHING, place, name, marks or {})


def textual(text: str, marks: Marks) -> Value:
    """Make a value of which parts of the text are known."""
    return Value(NOTHING, text[:_MAX_UNKNOWN_TEXT], "", marks)


def sequence(parts: Iterable[Value], keys: tuple[object, ...] = ()) -> Value:
    """Make the value of a list, tuple, set or dict."""
    kept = tuple(parts)[:_MAX_PARTS]
    marks = merged(kept)
    text = " ".join(part.text for part in kept)[:_MAX_UNKNOWN_TEXT]
    if not keys and all(part.is_known for part in kept):
        return Value([part.const for part in kept], text, "", marks, kept)
    return Value(NOTHING, text, "", marks, kept, keys)


def merged(values: Iterable[Value]) -> Marks:
    """Give the marks of all the values."""
    found: dict[Mark, Origin] = {}
    for value in values:
        for mark, origin in value.marks.items():
            found.setdefault(mark, origin)
    return found


def either(one: Value, other: Value) -> Value:
    """Make the value of what may be the one or the other."""
    if one is other or (one == other and one.code is other.code):
        return one
    if not one.is_known and not one.text and not one.marks and not one.name and not one.code:
        return other
    later = other if other.is_known or other.text or other.code or other.name else one
    return later.with_marks(one.marks).with_marks(other.marks)


def as_text(const: object) -> str:
    """Give a constant as text, as far as it makes one."""
    if isinstance(const, str):
        return const
    if isinstance(const, bytes | bytearray):
        return bytes(const).decode("latin-1")
    if isinstance(const, int) and not isinstance(const, bool):
        return str(const) if abs(const) < 1 << 128 else "…"
    if isinstance(const, list | tuple):
        kept = [one for one in const[:_MAX_PARTS] if isinstance(one, str | bytes)]
        return " ".join(as_text(one[:_MAX_UNKNOWN_TEXT]) for one in kept)[:_MAX_UNKNOWN_TEXT]
    return ""


_HOLE = re.compile("\ue000[^\ue001]*\ue001?")


def plain(text: str) -> str:
    """Take out what names the origin of unknown pieces."""
    return _HOLE.sub("\ufffd", text) if "\ue000" in text else text
