"""Patterns of dotted names, each asked of the same few names again and again."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_MAX_NAMES = 4096


def names(pattern: str) -> Callable[[str], bool]:
    """Make a test whether a name is one of a pattern's, which remembers what it said."""
    compiled = re.compile(pattern)

    @lru_cache(maxsize=_MAX_NAMES)
    def is_one(name: str) -> bool:
        return compiled.fullmatch(name) is not None

    return is_one
