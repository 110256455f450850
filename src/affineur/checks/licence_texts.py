"""Recognises the common licences by sentences that only they contain.

Texts are compared as bare words, so that line breaks, quotes and comment signs do not count. A
licence is named only when all of its sentences are there and none of those that would make it
another; a text may hold several licences, one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Marks:
    """The sentences by which one licence is known."""

    licence: str
    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()


_MIT_GRANT = (
    "permission is hereby granted free of charge to any person obtaining a copy of this "
    "software and associated documentation files"
)
_MIT_NOTICE = "this permission notice shall be included in all copies or substantial portions"
_BSD_SOURCE = "redistributions of source code must retain"
_BSD_BINARY = "redistributions in binary form must reproduce"
_BSD_NAME = "endorse or promote products derived from this software"
_BSD_ADVERTISING = "all advertising materials mentioning features or use of this software"
_ISC_GRANT = "distribute this software for any purpose with or without fee is hereby granted"
_HPND_GRANT = (
    "permission to use copy modify and distribute this software and its documentation for any "
    "purpose and without fee is hereby granted"
)
_APACHE_TERMS = "terms and conditions for use reproduction and distribution"

_MARKS: Sequence[_Marks] = (
    _Marks("MIT", (_MIT_GRANT, _MIT_NOTICE), ("except as contained in this notice",)),
    _Marks("X11", (_MIT_GRANT, _MIT_NOTICE, "except as contained in this notice")),
    _Marks("MIT-0", (_MIT_GRANT,), ("permission notice shall be included",)),
    _Marks("BSD-2-Clause", (_BSD_SOURCE, _BSD_BINARY), (_BSD_NAME, _BSD_ADVERTISING)),
    _Marks("BSD-3-Clause", (_BSD_SOURCE, _BSD_BINARY, _BSD_NAME), (_BSD_ADVERTISING,)),
    _Marks("BSD-4-Clause", (_BSD_SOURCE, _BSD_BINARY, _BSD_ADVERTISING)),
    _Marks("Apache-2.0", ("apache license version 2 0 january 2004", _APACHE_TERMS)),
    _Marks("ISC", (_ISC_GRANT + " provided that the above copyright notice and this",)),
    _Marks("0BSD", (_ISC_GRANT,), ("is hereby granted provided that",)),
    _Marks("HPND", (_HPND_GRANT,)),
    _Marks("MPL-2.0", ("mozilla public license version 2 0", "covered software is provided")),
    _Marks("MPL-1.1", ("mozilla public license version 1 1", "1 0 1 commercial use")),
    _Marks("GPL-2.0-only", ("gnu general public license version 2 june 1991",)),
    _Marks("GPL-3.0-only", ("gnu general public license version 3 29 june 2007",)),
    _Marks("LGPL-2.0-only", ("gnu library general public license version 2 june 1991",)),
    _Marks("LGPL-2.1-only", ("gnu lesser general public license version 2 1 february 1999",)),
    _Marks("LGPL-3.0-only", ("gnu lesser general public license version 3 29 june 2007",)),
    _Marks("AGPL-3.0-only", ("gnu affero general public license version 3 19 november 2007",)),
    _Marks("PSF-2.0", ("python software foundation license version 2", "otherwise using this")),
    _Marks("Unlicense", ("free and unencumbered software released into the public domain",)),
    _Marks(
        "Zlib",
        (
            "this software is provided as is without any express or implied warranty",
            "the origin of this software must not be misrepresented",
        ),
    ),
    _Marks("BSL-1.0", ("boost software license version 1 0 august 17th 2003",)),
    _Marks("CC0-1.0", ("cc0 1 0 universal", "affirmer")),
    _Marks("EPL-2.0", ("eclipse public license v 2 0", "secondary licenses")),
    _Marks("WTFPL", ("do what the fuck you want to public license",)),
    _Marks("ZPL-2.1", ("zope public license zpl version 2 1",)),
)


def recognise(text: str) -> tuple[str, ...]:
    """Name the licences whose whole text this is, or contains; () when it is none we know."""
    words = " ".join(re.findall(r"[a-z0-9]+", text.lower()))
    return tuple(
        marks.licence
        for marks in _MARKS
        if all(one in words for one in marks.has) and not any(one in words for one in marks.lacks)
    )
