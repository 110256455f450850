"""What runs in a child process: the names in an index's list of all projects, read and sorted.

Such a list has a million names in 40 MB. It is read piece by piece with a regular expression,
for a parser takes a hundred times as long and gigabytes. Only what can be a project's name is
kept; an HTML list must show that it is one, since anything may answer 200 with HTML. Started
by `children.run`; imports must stay light.
"""

from __future__ import annotations

import os
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MOST_NAMES = 5_000_000
_PIECE = 1024 * 1024
_LONGEST = 1024 * 1024
"""How long an element may be at most, with what stands before it."""
_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
_CPU_S = 60
_BEGINNING = 64 * 1024

_ANCHOR = re.compile(
    rb"""<a\b[^>]*?\bhref\s*=\s*["']?([^"'\s>]*)[^>]*>\s*([^<]*?)\s*</a\s*>""", re.IGNORECASE
)
_NAMED = re.compile(rb'"name"\s*:\s*"([^"\\]*)"')
_SEPARATORS = re.compile(rb"[-_.]+")
_NAME = re.compile(rb"[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])?")
_HTML_LIST = re.compile(rb"pypi:repository-version|<(?:title|h1)>\s*simple index", re.IGNORECASE)
_VERSION = re.compile(
    rb"""pypi:repository-version["'][^>]*content=["']([^"']*)|"api-version"\s*:\s*"([^"]*)"""
)


class Unusable(Exception):
    """This is no list of projects; the text is the end of a sentence."""


def main(arguments: list[str]) -> None:
    """Read a list (path, `json` or `html`), and write its names to another path; say how many."""
    source, kind, target = arguments
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S + 1))
    if sys.platform != "darwin":  # which refuses every limit of the address space
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        with Path(source).open("rb") as file:
            names = sorted(read(file, kind))
    except Unusable as error:
        sys.exit(str(error))
    with Path(target).open("wb") as file:
        file.writelines(b"%s\n" % name for name in names)
    sys.stdout.write(str(len(names)))
    sys.stdout.flush()
    os._exit(0)  # cleaning up a million objects takes time


def read(file: BinaryIO, kind: str) -> set[bytes]:
    """Give the names in a list, normalised; raise `Unusable` when it is none."""
    beginning = file.read(_BEGINNING)
    file.seek(0)
    _check_version(beginning)
    names: set[bytes] = set()
    if kind == "json":
        _check_json(file)
        pieces, found = _pieces(file, b"}"), _names_in_json
    else:
        pieces, found = _pieces(file, b"</a>"), _names_in_html
    for piece in pieces:
        names.update(found(piece))
        if len(names) > MOST_NAMES:
            raise Unusable(f"names more than {MOST_NAMES} projects")
    if kind == "html" and not names and not _HTML_LIST.search(beginning):
        raise Unusable("is HTML that does not look like a list of projects")
    return names


def _check_version(beginning: bytes) -> None:
    told = _VERSION.search(beginning)
    version = (told[1] or told[2] or b"") if told else b""
    if version and version.split(b".")[0] != b"1":
        raise Unusable(f"has the API version {version[:20]!r}, and 1 is what we read")


def _check_json(file: BinaryIO) -> None:
    """Refuse what is cut off, or no object with projects."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 16))
    is_whole = file.read().rstrip().endswith(b"}")
    file.seek(0)
    if not is_whole or b'"projects"' not in (file.read(_BEGINNING) + _tail(file, size)):
        raise Unusable("is no list of projects in JSON")
    file.seek(0)


def _tail(file: BinaryIO, size: int) -> bytes:
    file.seek(max(0, size - _BEGINNING))
    return file.read()


def _pieces(file: BinaryIO, last: bytes) -> Iterator[bytes]:
    """Cut the list into pieces that each end behind a whole element, or at the end of the list."""
    rest = b""
    while more := file.read(_PIECE):
        held = rest + more
        at = held.lower().rfind(last)
        end = at + len(last) if at >= 0 else 0
        piece, rest = held[:end], held[end:]
        if len(rest) > _LONGEST:
            raise Unusable("has an element without end")
        yield piece
    yield rest


def _names_in_html(piece: bytes) -> Iterator[bytes]:
    """Give the texts of the anchors whose links lead to what they name."""
    for href, text in _ANCHOR.findall(piece):
        name = _normalised(text)
        led_to = href.rstrip(b"/").rpartition(b"/")[2]
        if name and (name == led_to or name == _normalised(led_to)):  # the usual case first
            yield name


def _names_in_json(piece: bytes) -> Iterator[bytes]:
    for text in _NAMED.findall(piece):
        if name := _normalised(text):
            yield name


def _normalised(text: bytes) -> bytes:
    """Normalise a name (PEP 503); empty for what is none."""
    name = _SEPARATORS.sub(b"-", text.lower())
    return name if _NAME.fullmatch(name) else b""
