"""pip and uv as a new colleague's machine runs them: empty caches, no settings from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from uv import find_uv_bin

from bench.load import Failed
from bench.places import CLOSURE_IN, fleeting

_PATIENCE_S = 300.0
_OF_THE_MACHINE = ("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "AFFINEUR_")
_KEPT = ("PIP_CERT", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS")


def resolve_with_uv(index: str, constraints: Path | None = None) -> float:
    """Resolve the closure; give the seconds that it took."""
    with fleeting() as home:
        command = [find_uv_bin(), "pip", "compile", "--quiet", "--default-index", index]
        return _timed(home, [*command, *_bounds(constraints), str(CLOSURE_IN)])


def install_with_uv(index: str, constraints: Path | None = None) -> float:
    """Resolve, download and install the closure; give the seconds that it took."""
    with fleeting() as home:
        python = _environment(home)
        command = [find_uv_bin(), "pip", "install", "--quiet", "--python", str(python)]
        command += ["--default-index", index, *_bounds(constraints), "-r", str(CLOSURE_IN)]
        return _timed(home, command)


def install_with_pip(index: str) -> float:
    """Do the same with pip; compiling to bytecode is left out, as uv leaves it out."""
    with fleeting() as home:
        python = _environment(home)
        command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        command += ["--no-compile", "--index-url", index, "-r", str(CLOSURE_IN)]
        return _timed(home, command)


def _environment(home: Path) -> Path:
    """Make an empty virtual environment; give its python."""
    folder = home / "venv"
    cache = home / "another-cache"
    command = [find_uv_bin(), "venv", "--quiet", "--cache-dir", str(cache)]
    _timed(home, [*command, "--python", sys.executable, str(folder)])
    return folder / "bin" / "python"


def _bounds(constraints: Path | None) -> list[str]:
    return [] if constraints is None else ["--constraints", str(constraints)]


def _timed(home: Path, command: Sequence[str]) -> float:
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=home,
        env=_surroundings(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_S,
    )
    took_s = time.monotonic() - began
    if done.returncode:
        raise Failed(f"{' '.join(command[1:4])} failed: {done.stderr.strip()[-600:]}")
    return took_s


def _surroundings(home: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OF_THE_MACHINE) or name in _KEPT
    }
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "NO_PROXY": "127.0.0.1,localhost",
        "UV_CACHE_DIR": str(home / "uv-cache"),
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "PIP_CACHE_DIR": str(home / "pip-cache"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
    }
