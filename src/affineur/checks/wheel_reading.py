"""Reads a wheel: every member to its end, RECORD, METADATA and the licence files.

Nothing is unpacked; a member is at most one chunk in memory, unless it is one of the few small
files that the report carries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import BinaryIO

from affineur.checks.gathering import Gathering
from affineur.checks.members import (
    MAX_LICENCES,
    MAX_METADATA_BYTES,
    Budget,
    Defects,
    show,
)
from affineur.checks.record_file import Line, Seen, compare, read_record
from affineur.checks.scanning.scanner import Scanner
from affineur.checks.wheel_layout import judge_places, judge_wheel_file
from affineur.checks.zip_contents import ZipContents
from affineur.checks.zip_entries import Entry
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename

_MAX_RECORD_BYTES = 64 * 1024 * 1024
_DIST_INFO = ".dist-info"


def read_wheel(
    file: BinaryIO,
    filename: Filename,
    budget: Budget,
    defects: Defects,
    wanted: re.Pattern[str],
    scanner: Scanner | None = None,
) -> ArchiveReport:
    """Read the whole wheel and compare it with its RECORD."""
    contents = ZipContents(file, budget, defects)
    contents.open()
    dist_info = _find_dist_info(contents.entries, filename, defects)
    metadata = _read_small(contents, f"{dist_info}/METADATA", MAX_METADATA_BYTES)
    if metadata is None:
        defects.add("no-metadata", "The wheel has no METADATA where its filename says.")
    record = _read_small(contents, f"{dist_info}/RECORD", _MAX_RECORD_BYTES)
    lines = read_record(record, defects) if record is not None else {}
    licences = _licence_names(dist_info, metadata)
    gathering = Gathering(str, wanted, scanner or Scanner(filename), licences)
    seen = _read_all(contents, lines, gathering)
    judge_places(seen, filename, defects)
    if dist_info:
        wheel_file = _read_small(contents, f"{dist_info}/WHEEL", MAX_METADATA_BYTES)
        judge_wheel_file(wheel_file, filename, gathering.members, defects)
    if record is None and dist_info:
        defects.add("record-missing", "The wheel has no RECORD: nothing says what belongs in it.")
    elif record is not None:
        compare(lines, seen, dist_info, defects)
    return gathering.report(metadata)


def _find_dist_info(names: Mapping[str, Entry], filename: Filename, defects: Defects) -> str:
    """Find the one dist-info folder at the top that bears the wheel's name and version."""
    folders = sorted({name.partition("/")[0] for name in names if "/" in name})
    candidates = [folder for folder in folders if folder.endswith(_DIST_INFO)]
    if len(candidates) > 1:
        some = ", ".join(show(one) for one in candidates[:5])
        defects.add("several-dist-infos", f"The wheel has several dist-info folders: {some}.")
    matching = [one for one in candidates if filename.is_meant_by(one.removesuffix(_DIST_INFO))]
    if candidates and not matching:
        what = f"Its folder {show(candidates[0])} bears another name than the wheel."
        defects.add("dist-info-name", what, show(candidates[0]))
    return matching[0] if matching else ""


def _read_small(contents: ZipContents, name: str, limit: int) -> bytes | None:
    """Read a file that must be whole to be of use; None when it is absent or too large."""
    if name not in contents.entries or contents.entries[name].size_bytes > limit:
        return None
    content, _ = contents.read(name, limit)
    return content


def _licence_names(dist_info: str, metadata: bytes | None) -> frozenset[str]:
    """List what METADATA names as licence files (PEP 639), also where setuptools put them."""
    headers = re.split(rb"\r?\n\r?\n", metadata or b"", maxsplit=1)[0]
    named = re.findall(rb"^License-File:[ \t]*([^\r\n]+)", headers, re.MULTILINE)
    return frozenset(
        f"{dist_info}/{folder}{name.decode('utf-8', 'replace').strip()}"
        for name in named[:MAX_LICENCES]
        for folder in ("licenses/", "license_files/", "")
    )


def _read_all(
    contents: ZipContents, lines: Mapping[str, Line], gathering: Gathering
) -> dict[str, Seen]:
    seen: dict[str, Seen] = {}
    for name, entry in contents.entries.items():
        keep_bytes = gathering.keep_bytes(name, entry.size_bytes)
        content, seen[name] = contents.read(name, keep_bytes, lines.get(name))
        gathering.take(name, content, seen[name].size_bytes, seen[name].sha256.hex())
    return seen
