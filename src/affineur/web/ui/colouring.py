"""Lines of code as markup: coloured, with everything seen that would hide in a text.

The only makers of `Markup` from what strangers wrote are here and in the README's sanitiser:
each character goes through `escape`, and all that is added are spans with classes of ours.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from affineur import children
from affineur.core.colours import Colour, Spans, read_spans

LONGEST = 2_000
"""Characters of a line that are shown."""

_CHILD = "affineur.checks.colour_child"
_CHILD_S = 5.0
_MOST = 1024 * 1024
_MOST_APART = 8
_FAR = " " * 80
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Some characters count as printable, and are not seen."""
_MAYBE_ODD = re.compile(f" {{{len(_FAR)},}}|[^\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u058f]+")

Marks = Sequence[tuple[int, int]]
"""Pieces of a line, from and to, that are other than on the other side; in order, apart."""


async def coloured(text: str, filename: str) -> tuple[Markup, ...]:
    """Give a text line by line, coloured by its filename; plain when that cannot be done.

    The lexers run in a child process (`checks/colours.py`): many texts bring them to a stop.
    """
    lines = text.split("\n")
    found = await _colours(text, filename) if len(text) <= _MOST else ()
    if len(found) != len(lines):
        return tuple(code(one) for one in lines)
    return tuple(code(one, spans) for one, spans in zip(lines, found, strict=True))


async def _colours(text: str, filename: str) -> Sequence[Spans]:
    given = text.encode("utf-8", "surrogatepass")
    try:
        answer = json.loads(await children.run(_CHILD, [filename], _CHILD_S, given))
        return [read_spans(one) for one in answer]
    except (children.ChildFailed, OSError, ValueError, TypeError):
        return ()


def code(line: str, colours: Spans = (), marks: Marks = ()) -> Markup:
    """Give one line, without its end, as markup; what is too long is cut and said to be."""
    parts: list[str] = []
    for text, colour, is_marked in _cut(line[:LONGEST], colours, marks):
        classes = " ".join([*([f"c{colour}"] if colour else ()), *(["m"] if is_marked else ())])
        inner = _visible(text)
        parts.append(f'<span class="{classes}">{inner}</span>' if classes else inner)
    if len(line) > LONGEST:
        parts.append(_told(f"{len(line) - LONGEST:,} more characters"))
    return Markup("".join(parts))  # noqa: S704  each part is escaped, or made of our own words


def _cut(line: str, colours: Spans, marks: Marks) -> Iterator[tuple[str, Colour | None, bool]]:
    """Cut a line wherever its colour or its mark changes."""
    at = 0
    for length, colour in (*colours, (len(line), None)):
        end = min(len(line), at + length)
        while at < end:
            inside = next((mark for mark in marks if mark[0] <= at < mark[1]), None)
            ahead = next((mark[0] for mark in marks if mark[0] > at), end)
            stop = min(end, inside[1] if inside else ahead)
            yield line[at:stop], colour, inside is not None
            at = stop


def _visible(text: str) -> str:
    """Escape a text, and write what nobody would see so that it is seen."""
    if text.isascii() and text.isprintable() and _FAR not in text:
        return escape(text)
    parts: list[str] = []
    at = 0
    for found in _MAYBE_ODD.finditer(text):
        parts += [escape(text[at : found.start()]), *_odd(found[0])]
        at = found.end()
    return "".join([*parts, escape(text[at:])])


def _odd(run: str) -> Iterator[str]:
    """Write a run of characters of which some may be unseen."""
    if _FAR in run:
        yield _told(f"{len(run):,} spaces")
        return
    unseen = sum(map(_is_unseen, run))
    if unseen > _MOST_APART:
        yield _told(f"{unseen:,} characters that cannot be seen")
        run = "".join(one for one in run if not _is_unseen(one))
    yield from (_named(one) if _is_unseen(one) else escape(one) for one in run)


def _is_unseen(character: str) -> bool:
    if character in " \t":
        return False
    return not character.isprintable() or _UNSEEN.match(character) is not None


def _named(character: str) -> str:
    name = unicodedata.name(character, "a control character").capitalize()
    return _told(f"U+{ord(character):04X}", f' title="{escape(name)}"')


def _told(words: str, title: str = "") -> str:
    return f'<span class="odd"{title}>{escape(words)}</span>'
