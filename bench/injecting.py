"""Puts a look-alike into a real wheel, as whoever took over a project's release would do."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from bench.borrowed import Lookalike, lookalikes


def injectable() -> list[Lookalike]:
    """Give the attacks that consist of files in a wheel and show in its contents.

    One of each pattern comes first, in forms that take turns, then the next of each.
    """
    patterns: dict[str, list[Lookalike]] = {}
    for look in _fitting():
        patterns.setdefault(look.pattern, []).append(look)
    turned = [
        (turn, looks[(turn + number) % len(looks)])
        for number, looks in enumerate(patterns.values())
        for turn in range(len(looks))
    ]
    return [look for _, look in sorted(turned, key=lambda one: one[0])]


def injected(wheel: Path, files: Mapping[str, bytes]) -> bytes:
    """Give the wheel with these files in it, or in the place of its own; its RECORD in order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        record = next(name for name in old.namelist() if _is_record(name))
        for entry in old.infolist():
            if entry.filename != record and entry.filename not in files:
                new.writestr(entry, old.read(entry), zipfile.ZIP_DEFLATED)
        for name, content in files.items():
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        lines = [_line(name, content) for name, content in files.items()]
        kept = [one for one in old.read(record).decode().splitlines(keepends=True) if one.strip()]
        lines += [one for one in kept if _named(one) not in files]
        new.writestr(record, "".join(lines).encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _fitting() -> list[Lookalike]:
    return [
        look
        for look in lookalikes()
        if look.checks == {"contents"}
        and look.attack.dist.is_wheel
        and not any(".dist-info/" in path or ".data/" in path for path in look.attack.files)
    ]


def _named(line: str) -> str:
    return next(csv.reader([line]))[0]


def _is_record(name: str) -> bool:
    """Whether it is the wheel's own, and not that of a distribution which it vendors."""
    return name.endswith(".dist-info/RECORD") and name.count("/") == 1


def _line(name: str, content: bytes) -> str:
    digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"
