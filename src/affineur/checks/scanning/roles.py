"""What a file in an archive is for, as far as its place tells (`core.scans.Role`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from posixpath import basename, normpath

from affineur.core.findings import Severity
from affineur.core.scans import Role

_TEST = re.compile(
    r"(^|/)(tests?|testing|_tests?|conftest\.py$|test_[^/]*\.py$|[^/]*_tests?\.py$)(/|$)"
)
_DOCS = re.compile(
    r"(^|/)(docs?|examples?|samples?|benchmarks?|demos?|tutorials?|tools|scripts|\.github|ci)/",
    re.IGNORECASE,
)
_VENDORED = re.compile(r"(^|/)(_?vendor(ed)?|third_?party|extern(al|s)?|_vendored_\w+)/")
_WHEEL_DATA = re.compile(r"^[^/]+\.data/(purelib|platlib|scripts)/")
_STARTUP = frozenset({"sitecustomize.py", "usercustomize.py"})
_CODE = (".py", ".pyw", ".pyi", ".pye", ".sh", ".bat", ".cmd", ".ps1")
_WEAKER = {Severity.BLOCK: Severity.REVIEW, Severity.REVIEW: Severity.INFO}


def as_installed(inside: str) -> str:
    """Give the path that a wheel's member has once it is installed in site-packages."""
    return _WHEEL_DATA.sub("", inside)


def role_of(inside: str, *, is_sdist: bool, backends: frozenset[str] = frozenset()) -> Role:
    """Tell what a member is for; `backends` are the files of an sdist's own build backend."""
    path = as_installed(inside)
    if _is_startup(path, is_sdist=is_sdist):
        return Role.STARTUP
    if is_sdist and (path == "setup.py" or path in backends):
        return Role.INSTALL
    if _TEST.search(path):
        return Role.TEST
    if _DOCS.search(path) and (is_sdist or not path.endswith(".py") or _is_at_top(path)):
        return Role.DOCS
    if _VENDORED.search(path):
        return Role.VENDORED
    is_script = _WHEEL_DATA.match(inside) is not None and "/scripts/" in inside
    return Role.CODE if path.endswith(_CODE) or is_script else Role.DATA


def weigh(severity: Severity, role: Role) -> Severity:
    """Weigh a signal by where it stands: one level less in tests and documentation."""
    return _WEAKER.get(severity, severity) if role in (Role.TEST, Role.DOCS) else severity


def own_backend(pyproject: bytes) -> tuple[str, ...]:
    """List the files that an in-tree build backend may be (PEP 517, `backend-path`)."""
    try:
        table = tomllib.loads(pyproject.decode("utf-8", "replace")).get("build-system", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return ()
    if not isinstance(table, Mapping):
        return ()
    backend, folders = table.get("build-backend"), table.get("backend-path")
    if not isinstance(backend, str) or not isinstance(folders, list):
        return ()
    stem = backend.partition(":")[0].replace(".", "/")
    paths = [normpath(f"{folder}/{stem}").lstrip("/") for folder in folders[:10]]
    return tuple(found for path in paths for found in (f"{path}.py", f"{path}/__init__.py"))


def _is_startup(path: str, *, is_sdist: bool) -> bool:
    """Python reads these only at the top of site-packages; an sdist may put them there."""
    name = basename(path)
    if name not in _STARTUP and not name.endswith(".pth"):
        return False
    if not is_sdist:
        return "/" not in path
    return not _TEST.search(path) and not _DOCS.search(path)


def _is_at_top(path: str) -> bool:
    """Whether a folder such as `examples` stands beside the package, not in it."""
    return _DOCS.match(path) is not None
