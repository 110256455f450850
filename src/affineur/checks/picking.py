"""Picks some members out of an archive, by the names that reports give them.

Imported by the child process. Nothing else of the archive is kept, or judged: that was done
when its report was made.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from affineur.checks.members import CHUNK_BYTES, Budget, Defects, show
from affineur.checks.tar_headers import read_members
from affineur.checks.tar_stream import TarStream
from affineur.checks.zip_contents import ZipContents
from affineur.core.files import Filename


def pick(
    path: Path, filename: Filename, names: Collection[str], most_bytes: int, total_bytes: int
) -> dict[str, bytes]:
    """Give the beginnings, `most_bytes` of each, of the members of these names that there are.

    Raise `BrokenOff` or `OverLimit` when the archive cannot be read.
    """
    with path.open("rb") as file:
        budget = Budget(os.fstat(file.fileno()).st_size, total_bytes)
        if filename.text.endswith(".tar.gz"):
            return _from_tar(TarStream(file, budget, Defects()), names, most_bytes)
        contents = ZipContents(file, budget, Defects())
        contents.open()
        wanted = [name for name in contents.entries if show(name) in names]
        return {show(name): contents.read(name, most_bytes)[0] for name in wanted}


def _from_tar(stream: TarStream, names: Collection[str], most_bytes: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for member in read_members(stream, Defects()):
        name = show(member.name.removeprefix("./"))
        if member.kind == "file" and name in names:
            found[name] = _beginning(stream, min(member.size_bytes, most_bytes))
            if len(found) == len(names):
                break
    return found


def _beginning(stream: TarStream, size_bytes: int) -> bytes:
    content = bytearray()
    while len(content) < size_bytes:
        chunk = stream.read(min(CHUNK_BYTES, size_bytes - len(content)))
        if not chunk:
            break
        content += chunk
    return bytes(content)
