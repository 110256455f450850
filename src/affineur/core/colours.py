"""The colours of code: what each piece of a line is, without the line itself.

Said beside the text and never within it, so that nothing in the text can pretend to be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

_SPAN = re.compile(r"(\d+)([a-z ])")
_PLAIN = " "


class Colour(StrEnum):
    """What a piece of code is; the letter is how it travels."""

    KEYWORD = "k"
    BUILTIN = "b"
    """A name or a constant that the language brings."""
    DEFINED = "d"
    """The name of a function, a class or a section, where it is defined."""
    DIRECTIVE = "p"
    """A decorator, or a line for the preprocessor."""
    TAG = "t"
    ATTRIBUTE = "a"
    """The name of an attribute, of a key, of a setting."""
    TEXT = "s"
    """A string."""
    NUMBER = "n"
    COMMENT = "c"
    INSERTED = "i"
    DELETED = "x"


Spans = tuple[tuple[int, Colour | None], ...]
"""Pieces of one line, from its beginning: how many characters, and what they are.

Empty for a line without colours; what comes after the last piece has none.
"""

_BY_LETTER: dict[str, Colour | None] = {str(one): one for one in Colour} | {_PLAIN: None}


def written(spans: Iterable[tuple[int, Colour | None]]) -> str:
    """Write the spans of a line as they travel: `3k1 4d`."""
    return "".join(f"{length}{colour or _PLAIN}" for length, colour in spans)


def read_spans(text: str) -> Spans:
    """Read what `written` wrote; pieces that make no sense have no colour."""
    return tuple(
        (int(found[1]), _BY_LETTER.get(found[2])) for found in _SPAN.finditer(text[:100_000])
    )
