"""What runs in a child process: the list of all projects of a feed, put together and written.

It merges sorted lists of up to a million names each, keeps what comes through, and writes every
form in every encoding in one go, with little memory. Started by `children.run`; imports must
stay light.
"""

from __future__ import annotations

import heapq
import json
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_BATCH = 5000
_WRITE = 1024 * 1024
_Json = Mapping[str, Any]  # Any: JSON, as `core.roots.Root.recipe` and `roots._forms` wrote it


def main(arguments: list[str]) -> None:
    """Do what a file (the argument) says: which names, in which forms, into which folder."""
    os.nice(10)
    work = json.loads(Path(arguments[0]).read_bytes())
    with ExitStack() as opened:
        forms = [_Form(one, Path(work["folder"]), opened) for one in work["forms"]]
        names = merged(work["parts"], opened)
        count = 0
        while some := list(islice(names, _BATCH)):
            count += len(some)
            for form in forms:
                form.write(some)
        for form in forms:
            form.end()
    sys.stdout.write(str(count))


def merged(parts: Sequence[_Json], opened: ExitStack) -> Iterator[bytes]:
    """Give the names of all parts that come through, in order, each once."""
    every = heapq.merge(*(_through(part, opened) for part in parts))
    return map(itemgetter(0), groupby(every))


def _through(part: _Json, opened: ExitStack) -> Iterator[bytes]:
    names: Iterable[bytes] = sorted(name.encode() for name in part["names"])
    if part["blob"] is not None:
        names = map(bytes.rstrip, opened.enter_context(open(part["blob"], "rb")))  # noqa: PTH123, SIM115
    without = frozenset(name.encode() for name in part["without"])
    hides = _covers(part["hidden"])
    allows = [_covers(some) for some in part["allowed"]]
    for name in names:
        if name not in without and not hides(name) and all(covers(name) for covers in allows):
            yield name


def _covers(patterns: Sequence[str]) -> Callable[[bytes], object]:
    """Make one test of many name patterns, in which '*' stands for anything."""
    if not patterns:
        return lambda _name: False
    exact = frozenset(one.encode() for one in patterns if "*" not in one)
    globs = (".*".join(map(re.escape, one.split("*"))) for one in patterns if "*" in one)
    expression = "|".join(globs)
    if not expression:
        return exact.__contains__
    fits = re.compile(expression.encode()).fullmatch
    return lambda name: name in exact or fits(name)


class _Form:
    """One form of the list, written plainly and in each encoding at the same time."""

    def __init__(self, form: _Json, folder: Path, opened: ExitStack) -> None:
        path = folder / form["name"]
        files = [
            opened.enter_context(path.with_suffix(suffix).open("wb", buffering=_WRITE))
            for suffix in ("", ".gz", ".zst")
        ]
        gzip = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self._writers = [
            _Writer(files[0], bytes, lambda: b""),
            _Writer(files[1], gzip.compress, gzip.flush),
            _zstd_writer(files[2]),
        ]
        self._item = form["item"].encode()
        self._between = form["between"].encode()
        self._after = form["after"].encode()
        self._is_begun = False
        self._put(form["before"].encode())

    def write(self, names: Sequence[bytes]) -> None:
        """Add names."""
        item = self._item
        written = self._between.join([item.replace(b"%", name) for name in names])
        self._put(self._between + written if self._is_begun else written)
        self._is_begun = True

    def end(self) -> None:
        """Finish the files."""
        self._put(self._after)
        for writer in self._writers:
            writer.end()

    def _put(self, piece: bytes) -> None:
        for writer in self._writers:
            writer.put(piece)


class _Writer:
    """A file, and how what is written to it is packed."""

    def __init__(
        self, file: BinaryIO, pack: Callable[[bytes], bytes], flush: Callable[[], bytes]
    ) -> None:
        self._file, self._pack, self._flush = file, pack, flush

    def put(self, piece: bytes) -> None:
        self._file.write(self._pack(piece))

    def end(self) -> None:
        self._file.write(self._flush())


def _zstd_writer(file: BinaryIO) -> _Writer:
    packer = zstd.ZstdCompressor(level=6)
    return _Writer(file, packer.compress, packer.flush)
