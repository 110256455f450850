"""Families of attacks, each beside an honest twin, told in `families.txt`.

`## NAME: RULE SEVERITY LINE` begins one, `---` its twin; `@@ PATH` a further file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TEXT = Path(__file__).with_name("families.txt")


@dataclass(frozen=True, slots=True)
class Family:
    """One shape of attack, with what is to be said of it."""

    name: str
    expected: tuple[str, ...]
    """Each as `RULE SEVERITY LINE`, those that are only for information left out."""
    attack: dict[str, str]
    twin: dict[str, str]


@cache
def families() -> tuple[Family, ...]:
    """Read them all."""
    told = re.split(r"^## ", _TEXT.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return tuple(map(_family, told))


def _family(told: str) -> Family:
    head, _, rest = told.partition("\n")
    name, _, expected = head.partition(": ")
    attack, _, twin = rest.partition("\n---\n")
    return Family(name, tuple(expected.split(", ")), _files(attack), _files(twin))


def _files(told: str) -> dict[str, str]:
    first, *others = re.split(r"^@@ ", told.rstrip("\n") + "\n", flags=re.MULTILINE)
    files = {"meadow/__init__.py": first} if first.strip() else {}
    for other in others:
        path, _, body = other.partition("\n")
        files[path] = body
    return files
