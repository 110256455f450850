"""Scanners of packages that affineur is compared with, each run as its users run it.

GuardDog's alarms are its `threat-*` rules and its rules on metadata; its `capability-*` rules are
no alarms by its own account. Hexora's are what it says with confidence `high` or more.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from affineur.core.files import Filename
from bench.tools import peer_program

TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that a scanner warns of."""

    rule: str
    file: str
    line: int | None
    text: str = ""
    """What it says, where it names no place."""

    def names(self, file: str) -> bool:
        """Tell whether it speaks of a file."""
        return self.file.endswith(file) or PurePosixPath(file).name in self.text


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scanner said of one file."""

    alarms: tuple[Alarm, ...]
    label: str
    """GuardDog's own summary; empty for others."""
    took_s: float
    error: str = ""


def guarddog(path: Path) -> Scanned:
    """Scan a wheel or an sdist with GuardDog, all its rules, in its sandbox.

    It is told of a project what it would ask an index for, so that its rules on metadata (names
    alike, binaries) see the file, too; those that would ask other networks have nothing to ask.
    """
    program = str(peer_program("guarddog", "guarddog"))
    with NamedTemporaryFile("w", suffix=".json") as metadata:
        json.dump(_metadata(path.name), metadata)
        metadata.flush()
        wanted = ["--metadata", metadata.name, "--output-format", "json"]
        done, took_s = _run([program, "pypi", "scan", str(path), *wanted])
    try:
        told = json.loads(done)
    except ValueError:
        said = [line for line in done.splitlines() if "ERROR" in line]
        return Scanned((), "", took_s, error=" ".join(said)[-120:] or "no answer")
    alarms = tuple(_guarddog_alarms(told.get("results", {})))
    return Scanned(alarms, str(told.get("risk_score", {}).get("label", "")), took_s)


def hexora(filename: str, data: bytes) -> Scanned:
    """Scan the modules of a wheel or an sdist with hexora, which reads only these."""
    program = peer_program("hexora", "hexora")
    with TemporaryDirectory(prefix="affineur-bench-") as folder:
        for name, content in _modules(filename, data):
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        wanted = ["--output-format", "json", "--min-confidence", "high"]
        done, took_s = _run([str(program), "audit", *wanted, folder])
        alarms = tuple(_hexora_alarms(done, Path(folder)))
    return Scanned(alarms, "", took_s)


def _run(command: list[str]) -> tuple[str, float]:
    began = time.monotonic()
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
    except subprocess.TimeoutExpired:
        return "it took too long", time.monotonic() - began
    return done.stdout.strip() or done.stderr, time.monotonic() - began


def _guarddog_alarms(results: dict[str, Any]) -> Iterator[Alarm]:  # Any: JSON
    for rule, told in results.items():
        if not told or rule.startswith("capability-"):
            continue
        if isinstance(told, str):
            yield Alarm(rule, "", None, told)
            continue
        for one in told:
            file, _, line = str(one.get("location", "")).rpartition(":")
            yield Alarm(rule, file, int(line) if line.isdecimal() else None)


def _metadata(filename: str) -> dict[str, Any]:  # Any: JSON
    name = Filename.parse(filename)
    info: dict[str, Any] = dict.fromkeys(("requires_dist", "project_urls", "requires_python"))
    texts = ("author", "author_email", "maintainer_email", "home_page", "summary", "description")
    info |= dict.fromkeys(texts, "") | {"name": name.project, "version": str(name.version)}
    times = {"upload_time": "2026-01-01T00:00:00", "upload_time_iso_8601": "2026-01-01T00:00:00Z"}
    return {"info": info, "releases": {str(name.version): [times]}, "urls": []}


def _hexora_alarms(answer: str, folder: Path) -> Iterator[Alarm]:
    for line in answer.splitlines():
        if not line.startswith("{"):
            continue
        told = json.loads(line)
        path = Path(told["path"])
        before = path.read_text("utf-8", "replace")[: told["location_start"]]
        name = path.relative_to(folder).as_posix()
        yield Alarm(told["rule"], name, before.count("\n") + 1)


def _modules(filename: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    for name, content in _members(filename, data):
        path = PurePosixPath(name)
        if path.suffix == ".py" and not path.is_absolute() and ".." not in path.parts:
            yield name, content


def _members(filename: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    return _of_wheel(data) if filename.endswith(".whl") else _of_sdist(data)


def _of_wheel(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            with suppress(zipfile.BadZipFile):
                yield entry.filename, archive.read(entry)


def _of_sdist(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                yield member.name, file.read()
