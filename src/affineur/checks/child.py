"""What runs in the child process: one archive is read, the report is written to stdout.

It limits itself before it touches the archive: memory, processor time, open files, and no
writing at all. Started by `reading.ChildReader`; imports must stay light.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from affineur.checks.gathering import pattern_of
from affineur.checks.limits import limit
from affineur.checks.members import BrokenOff, Budget, Defects, OverLimit
from affineur.checks.scanning.scanner import Scanner
from affineur.checks.sdist_reading import read_sdist
from affineur.checks.wheel_reading import read_wheel
from affineur.core.archive_json import to_json
from affineur.core.archives import ArchiveReport
from affineur.core.files import FileKind, Filename


def main(arguments: list[str]) -> None:
    """Read the archive named by the arguments.

    They are path, filename, seconds, memory, total bytes, why its contents are not scanned
    (empty when they are), and then what texts are wanted.
    """
    path, filename, cpu_s, memory_bytes, total_bytes, blind, *wants = arguments
    limit(int(cpu_s), int(memory_bytes))
    try:
        scanner = Scanner(Filename.parse(filename), blind)
        answer = to_json(report(Path(path), scanner.filename, int(total_bytes), wants, scanner))
    except OverLimit as refusal:
        answer = {"not_assessable": refusal.reason}
    except MemoryError:
        answer = {"not_assessable": "reading it takes more memory than is allowed"}
    except OSError as error:
        answer = {"not_assessable": f"the archive could not be opened: {error.strerror}"}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode())
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to clean up, and cleaning up takes time


def report(
    path: Path,
    filename: Filename,
    total_bytes: int,
    wants: Iterable[str] = (),
    scanner: Scanner | None = None,
) -> ArchiveReport:
    """Read the archive; what broke off the reading is a defect like any other."""
    defects = Defects()
    read = read_wheel if filename.kind is FileKind.WHEEL else read_sdist
    contents = ArchiveReport()
    with path.open("rb") as file:
        budget = Budget(os.fstat(file.fileno()).st_size, total_bytes)
        try:
            contents = read(file, filename, budget, defects, pattern_of(wants), scanner)
        except BrokenOff as end:
            defects.add(end.defect_id, end.what)
    return replace(contents, defects=defects.all())
