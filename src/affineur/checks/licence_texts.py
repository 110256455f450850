"""Recognises the licences of which a file holds the text, or else those that it only names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from affineur.checks import spdx
from affineur.checks.licence_prints import match, words_of

_SPDX_LINE = re.compile(
    r"SPDX-License-Identifier:[ \t]*([^\r\n*]+?)[ \t]*(?:\*/|-->)?$", re.MULTILINE
)
_GNU = re.compile(
    r"gnu (general|lesser general|library general|affero general) public license"
    r"(?: gpl| lgpl| agpl)? as published by the free software foundation "
    r"(either )?version (\d)(?: (\d))?"
)
_GNU_NAMES = {
    "general": "GPL",
    "lesser general": "LGPL",
    "library general": "LGPL",
    "affero general": "AGPL",
}
_NOTICES: Sequence[tuple[str, str]] = (
    ("licensed under the apache license version 2 0", "Apache-2.0"),
    ("subject to the terms of the mozilla public license v 2 0", "MPL-2.0"),
    ("licensed under the mit license", "MIT"),
    ("released under the mit license", "MIT"),
    ("distributed under the boost software license version 1 0", "BSL-1.0"),
    ("subject to the terms of the eclipse public license v 2 0", "EPL-2.0"),
    ("subject to the zope public license version 2 1", "ZPL-2.1"),
)
_REMEMBERED = 64


@lru_cache(_REMEMBERED)
def recognise(text: str) -> tuple[str, ...]:
    """Name the licences whose text this is, or contains; () when it is none we know."""
    return tuple(one.licence for one in match(text))


def named_in(text: str) -> frozenset[str]:
    """Name the licences that a text says hold, in the words that their authors propose for it."""
    return frozenset(_named(text))


def _named(text: str) -> Iterator[str]:
    for line in _SPDX_LINE.findall(text):
        expression = spdx.canonical(line)
        yield from spdx.identifiers(expression) if expression else ()
    words = " ".join(words_of(text))
    yield from (licence for notice, licence in _NOTICES if notice in words)
    for kind, or_later, major, minor in _GNU.findall(words):
        licence = f"{_GNU_NAMES[kind]}-{major}.{minor or 0}"
        candidate = f"{licence}-{'or-later' if or_later else 'only'}"
        yield from [candidate] if spdx.canonical(candidate) else ()
