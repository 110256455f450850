"""Lists of names from outside: what shapes they come in, and the one that is shipped.

A list is the JSON of top-pypi-packages, a JSON list of names, plain text with a name a line, or
Debian's own list of packages (`Packages`, of which those called `python3-NAME` count); any of them
may be packed by gzip or xz. Of popular names the first is the most downloaded.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from affineur.core.errors import BadInput
from affineur.core.known_names import KnownNames
from affineur.core.names import ProjectName, parse_project

MAX_BYTES = 64 * 1024 * 1024
_MAX_NAMES = 200_000
_SHIPPED = "popular_names.txt"
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
_PACKAGE = re.compile(r"^Package: (.+)$", re.MULTILINE)
_PYTHON = "python3-"
_AS_OF = "# as of "


@dataclass(frozen=True, slots=True)
class NameList:
    """A list as it was read."""

    names: tuple[ProjectName, ...]
    skipped: int
    """Lines or rows that are no project's name."""
    as_of: datetime | None
    """When it was made, as it says itself; None when it does not."""


@cache
def shipped() -> KnownNames:
    """Read the list that comes with affineur; once for a process, when it is first needed."""
    found = parse(files("affineur").joinpath(_SHIPPED).read_bytes(), _SHIPPED)
    return KnownNames(found.names, found.as_of)


def read(path: Path) -> KnownNames:
    """Read a list from a file; raise `BadInput` when it holds no name."""
    found = parse(bytes_of(path), path.name)
    return KnownNames(found.names, found.as_of or made_at(path))


def made_at(path: Path) -> datetime:
    """Say how old a list is that does not tell: as old as its file."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def bytes_of(path: Path) -> bytes:
    """Read a file that should be a list; raise `BadInput` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def parse(content: bytes, where: str) -> NameList:
    """Read a list in any of its shapes; raise `BadInput` naming `where` it is from."""
    text = _text(content, where)
    rows, as_of = _rows(text, where)
    names: dict[ProjectName, None] = {}
    skipped = 0
    for row in rows:
        name = _name(row)
        if name is None:
            skipped += 1
        elif len(names) < _MAX_NAMES:
            names.setdefault(name)
    if not names or skipped > len(names):
        raise BadInput(
            f"{where} is no list of project names.",
            hint="Nothing was changed. It should be the JSON of top-pypi-packages, a text with a "
            "name a line, the most downloaded first, or Debian's Packages.",
        )
    return NameList(tuple(names), skipped, as_of)


def _text(content: bytes, where: str) -> str:
    try:
        if content.startswith((_GZIP, _XZ)):
            unpack = gzip.open if content.startswith(_GZIP) else lzma.open
            with unpack(io.BytesIO(content), "rb") as packed:
                content = packed.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BadInput(f"{where} is larger than {MAX_BYTES // 1024**2} MiB.")
        return content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, lzma.LZMAError, UnicodeDecodeError) as error:
        raise BadInput(f"{where} cannot be read as text: {error}.") from error


def _rows(text: str, where: str) -> tuple[Iterable[object], datetime | None]:
    if text.startswith("Package: "):
        packages = _PACKAGE.findall(text)
        return [one.removeprefix(_PYTHON) for one in packages if one.startswith(_PYTHON)], None
    if not text.lstrip().startswith(("{", "[")):
        lines = [line.strip() for line in text.splitlines()]
        dated = next((one for one in lines if one.startswith(_AS_OF)), "")
        kept = [line for line in lines if line and not line.startswith("#")]
        return kept, _moment(dated.removeprefix(_AS_OF))
    try:
        document: Any = json.loads(text)  # Any: JSON from outside
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is broken JSON: {error}.") from error
    rows = document.get("rows") if isinstance(document, dict) else document
    as_of = _moment(document.get("last_update")) if isinstance(document, dict) else None
    return (sorted(rows, key=_downloads) if isinstance(rows, list) else []), as_of


def _downloads(row: object) -> int:
    """Order rows by their downloads, the most first; as they stand where they tell none."""
    count = row.get("download_count") if isinstance(row, dict) else None
    return -count if isinstance(count, int) else 0


def _name(row: object) -> ProjectName | None:
    text = row.get("project") if isinstance(row, dict) else row
    try:
        return parse_project(text) if isinstance(text, str) else None
    except BadInput:
        return None


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip()) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None
