"""Programs that are no Python packages: nginx to compare with, wrk to put load on servers.

They come from Debian. Without root, or elsewhere, a person has to install them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bench.places import PEERS

_PACKAGES = {"nginx": "nginx-light", "wrk": "wrk"}
_SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin")


class Missing(Exception):
    """Something that the benchmarks need is not on this machine."""


def program(name: str) -> Path:
    """Find nginx or wrk."""
    search = os.pathsep.join((os.environ.get("PATH", ""), *_SYSTEM_FOLDERS))
    found = shutil.which(name, path=search)
    if found is None:
        raise Missing(f"{name} is not installed.")
    return Path(found)


def ensure() -> None:
    """Install nginx and wrk if they are missing; raise `Missing` with what to do instead."""
    missing = [package for name, package in _PACKAGES.items() if not _is_there(name)]
    if not missing:
        return
    wanted = " ".join(missing)
    advice = f"The benchmarks need: {wanted}. Install them: sudo apt-get install {wanted}"
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise Missing(advice)
    print(f"installing {wanted} with apt-get", flush=True)
    install = [apt, "install", "--yes", "--quiet", "--no-install-recommends", *missing]
    for command in ([apt, "update", "--quiet"], install):
        done = subprocess.run(
            command,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Missing(f"{advice}\n{done.stderr[-2000:]}")
    still = [name for name in _PACKAGES if not _is_there(name)]
    if still:
        raise Missing(advice)


def peer_program(peer: str, name: str) -> Path:
    """Find a program in a peer's environment; raise `Missing` when it was not made."""
    path = PEERS / peer / "bin" / name
    if not path.exists():
        raise Missing(f"{peer} is not installed. Run: make peers")
    return path


def _is_there(name: str) -> bool:
    try:
        program(name)
    except Missing:
        return False
    return True
