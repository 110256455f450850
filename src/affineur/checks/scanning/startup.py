"""Judges what Python runs whenever it starts: `.pth` files and `sitecustomize`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from posixpath import basename

from affineur.checks.scanning.sources import Source
from affineur.checks.scanning.words import quote
from affineur.core.findings import Severity, Where
from affineur.core.scans import Role, Signal

_CODE = re.compile(rb"^import[ \t]", re.MULTILINE)
_NAMESPACE = re.compile(
    rb"import sys, ?types, ?os;\s*"
    rb"(has_mfs|p = os\.path\.join\(sys\._getframe\(1\)\.f_locals\['sitedir'\])"
    rb"[\w\s.,;:()\[\]'=<>\"*+-]{20,1200}"
)
_PRECEDENCE = re.compile(
    rb"import os; var = 'SETUPTOOLS_USE_DISTUTILS'; "
    rb"enabled = os\.environ\.get\(var, '(local|stdlib)'\) == 'local'; "
    rb"enabled and __import__\('_distutils_hack'\)(\.add_shim\(\))?;?\s*"
)
_KNOWN = frozenset({"2cbb286eeaf39b2c", "e873afbf50b05b13"})
"""Digests of well-known ones: of coverage, and of pytest-cov, which start measuring."""


def code_of(content: bytes) -> bytes:
    """Give the lines of a `.pth` that Python runs, the others left empty."""
    lines = content.decode("utf-8", "replace").splitlines()
    code = [line if line.startswith(("import ", "import\t")) else "" for line in lines]
    return "\n".join(code).encode() if any(code) else b""


def judge_pth(shown: str, content: bytes) -> Iterator[Signal]:
    """Judge a `.pth` that runs code; that of namespace packages and setuptools is known."""
    stripped = content.strip()
    if hashlib.sha256(stripped).hexdigest()[:16] in _KNOWN:
        return
    if _NAMESPACE.fullmatch(stripped) or _PRECEDENCE.fullmatch(stripped + b"\n"):
        return
    found = _CODE.search(content)
    if found is None:
        return
    number = content.count(b"\n", 0, found.start()) + 1
    line = content[found.start() :].split(b"\n", 1)[0].decode("utf-8", "replace")
    what = f"{basename(shown)} runs code whenever Python starts."
    where = Where(shown, number, quote(line))
    yield Signal("startup-code", Severity.REVIEW, what, where, Role.STARTUP)


def judge_files(sources: Iterable[Source]) -> Iterator[Signal]:
    """Judge files that run at startup by their name, and an sdist's own build backend."""
    for source in sources:
        if source.role is Role.STARTUP:
            first = next((line for line in source.text.split(b"\n") if line.strip()), b"")
            what = f"{basename(source.shown)} runs whenever Python starts."
            where = Where(source.shown, 1, quote(first.decode("utf-8", "replace")))
            yield Signal("startup-code", Severity.REVIEW, what, where, source.role)
