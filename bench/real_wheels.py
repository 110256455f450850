"""Real wheels: the latest of well-known projects, as this machine's pip finds them, and kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from bench.places import ROOT, folder

MAX_BYTES = 6 * 1024**3
"""How much may lie in the cache before nothing more is fetched."""

_NAMES = ROOT / "bench" / "most_downloaded.txt"
_TIMEOUT_S = 300


def most_downloaded() -> list[str]:
    """Name the most downloaded projects, the first first."""
    lines = _NAMES.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def wheels(names: Sequence[str], count: int) -> Iterator[Path]:
    """Give the wheels of the first names that have one for this machine, `count` at most."""
    given = 0
    for name in names:
        if given == count:
            return
        path = wheel_of(name)
        if path is None:
            print(f"{name} has no wheel for this machine", file=sys.stderr)
            continue
        given += 1
        yield path


def wheel_of(name: str) -> Path | None:
    """Give the wheel of a project, fetched if it is not kept; None when there is none."""
    kept = folder("wheels")
    if found := _kept(kept, name):
        return found
    none = kept / f"{canonicalize_name(name)}.none"
    if none.exists() or sum(one.stat().st_size for one in kept.glob("*.whl")) > MAX_BYTES:
        return None
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    wanted = ["--no-deps", "--only-binary", ":all:", "--dest", str(kept), name]
    done = subprocess.run(
        [*pip, *wanted], capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
    )
    if done.returncode:
        none.write_text(done.stderr)
    return _kept(kept, name)


def _kept(where: Path, name: str) -> Path | None:
    wanted = canonicalize_name(name)
    found = (one for one in where.glob("*.whl") if _project(one) == wanted)
    return next(found, None)


def _project(path: Path) -> str:
    return canonicalize_name(path.name.split("-", 1)[0])
