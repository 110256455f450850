"""Leaving files out of a pylock.toml (PEP 751) as uv writes it: one file on a line.

A release is locked with all its files, and a feed may serve only some of them. What it
withholds has no place in a lock that is to be installed from it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection

from affineur.core.errors import ResolutionFailed

_SHA256 = re.compile(r'hashes = \{[^}\n]*\bsha256 = "([0-9a-f]{64})"')
_EMPTY = re.compile(r"^wheels = \[\n\]\n", re.MULTILINE)


def without_withheld(lock: str, served: Collection[str]) -> str:
    """Give the lock with the files alone whose sha256 is served.

    Raise `ResolutionFailed` when a release would be left without a file.
    """
    kept = [line for line in lock.splitlines(keepends=True) if _is_kept(line, served)]
    text = _EMPTY.sub("", "".join(kept))
    for package in tomllib.loads(text).get("packages", ()):
        if not package.get("wheels") and "sdist" not in package:
            named = f"{package['name']} {package.get('version', '')}".strip()
            raise ResolutionFailed(f"No file of {named} is served that a lock could name.")
    return text


def _is_kept(line: str, served: Collection[str]) -> bool:
    found = _SHA256.search(line)
    return found is None or found[1] in served
