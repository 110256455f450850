"""Where the benchmarks keep what they fetch, make and measure; nothing of it is tracked."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".bench"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
CLOSURE_IN = ROOT / "bench" / "closure.in"
CLOSURE_LOCK = ROOT / "requirements" / "bench-closure.txt"
PEERS = ROOT / ".venv" / "peers"
RESULTS = KEPT / "results.json"

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  the only RAM disk that Linux always has
_ROOM_BYTES = 3 * 1024**3


def folder(*names: str) -> Path:
    """Give a folder of ours, made if it is missing."""
    path = KEPT.joinpath(*names)
    path.mkdir(parents=True, exist_ok=True)
    return path


def emptied(*names: str) -> Path:
    """Give a folder of ours with nothing in it."""
    shutil.rmtree(KEPT.joinpath(*names), ignore_errors=True)
    return folder(*names)


@contextmanager
def fleeting() -> Iterator[Path]:
    """Give a folder for one client's caches and environments, in memory where there is room.

    A disk's moods are no property of an index, and they were the largest noise of all.
    """
    has_room = _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free > _ROOM_BYTES
    home = _SHARED_MEMORY if has_room else folder("tmp")
    with TemporaryDirectory(prefix="affineur-bench-", dir=home, ignore_cleanup_errors=True) as path:
        yield Path(path)


def digest_of(*paths: Path) -> str:
    """Tell apart states of source files: what is kept is made anew when its makers change."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        for file in files:
            digest.update(file.relative_to(ROOT).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
