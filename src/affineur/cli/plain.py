"""Text from packages and servers, made safe for a terminal and for lines.

A package's author writes its summary, its licence and its filenames; none of that may move
the cursor, colour the screen or turn the direction of writing.
"""

from __future__ import annotations

import unicodedata

_STAND_IN = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: control, format (bidirectional overrides among them), lone surrogates,
and separators of lines and paragraphs."""


def clean(text: object) -> str:
    """Write something on one line, every unsafe character replaced by a visible one."""
    lines = " ".join(str(text).split("\n"))
    return "".join(_STAND_IN if _is_unsafe(char) else char for char in lines.replace("\t", " "))


def clean_block(text: object) -> str:
    """Keep the line breaks of a text that is meant to have several lines, such as a document."""
    return "\n".join(clean(line) for line in str(text).replace("\r\n", "\n").split("\n"))


def _is_unsafe(char: str) -> bool:
    return unicodedata.category(char) in _UNSAFE
