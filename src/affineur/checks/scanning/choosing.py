"""Chooses the files that are parsed and followed, by the words that they and their imports have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from affineur.checks.scanning.sources import Pool, Source
from affineur.core.scans import Role

_PAIRS = (
    ("executes", "decodes"),
    ("executes", "fetches"),
    ("executes", "builds_text"),
    ("hides_names",),
    ("fetches", "starts_programs"),
    ("fetches", "names_secrets"),
    ("fetches", "whole_environment"),
    ("fetches", "watches"),
    ("odd_destinations",),
    ("starts_programs", "decodes_firmly"),
    ("starts_programs", "names_secrets"),
    ("starts_programs", "tricks"),
    ("starts_programs", "installs_packages"),
    ("starts_programs", "persists"),
    ("writes_files", "persists"),
    ("mines",),
    ("wipes", "names_home"),
    ("wipes_by_command",),
    ("shells_back",),
    ("resolves_names", "knows_machine"),
    ("resolves_names", "names_secrets"),
    ("resolves_names", "whole_environment"),
    ("hides_code",),
    ("replaces_import",),
    ("watches", "writes_files"),
)
"""Any of these together make a file worth following."""

_ACROSS = (
    ("executes", "decodes_firmly"),
    ("executes", "long_text"),
    ("starts_programs", "long_text"),
)
"""One in a file, the other in a module of the package that it imports."""

_IMPORTS = re.compile(
    rb"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+([^\n#]+)|import[ \t]+([\w., \t]+))",
    re.MULTILINE,
)
_MAX_IMPORTS = 40


def worth_a_look(sources: Iterable[Source], pool: Pool) -> Iterator[Source]:
    """Give the files that are worth following."""
    for source in sources:
        if source.role in (Role.INSTALL, Role.STARTUP) or _is_suspect(source, pool):
            yield source


def urgency(source: Source) -> tuple[int, str]:
    """Order files: what runs by itself first, tests and documentation last."""
    late = {Role.STARTUP: 0, Role.INSTALL: 1, Role.TEST: 4, Role.DOCS: 5, Role.VENDORED: 3}
    return late.get(source.role, 2), source.inside


def _is_suspect(source: Source, pool: Pool) -> bool:
    words = source.words
    if any(words.has(*pair) for pair in _PAIRS):
        return True
    if source.role in (Role.TEST, Role.DOCS):
        return False
    if _sends_at_import(source):
        return True
    wanted = {
        other for one, other in (*_ACROSS, *(pair[::-1] for pair in _ACROSS)) if words.has(one)
    }
    if not wanted:
        return False
    for imported in _imported(source):
        found = pool.sources.get(imported)
        if found is not None and found is not source and any(found.words.has(w) for w in wanted):
            return True
    return False


def _sends_at_import(source: Source) -> bool:
    """Whether it may tell of the machine as soon as it is imported."""
    return source.words.has("fetches", "knows_machine", "at_module_level")


def _imported(source: Source) -> Iterator[str]:
    """Name the modules that a file may import from its own package."""
    package = source.dotted if source.is_package else source.dotted.rpartition(".")[0]
    top = source.dotted.partition(".")[0]
    seen: dict[str, None] = {}
    for found in _IMPORTS.finditer(source.text):
        for name in _names(found, package):
            if name.partition(".")[0] == top or "." not in name:
                seen[name] = None
        if len(seen) > _MAX_IMPORTS:
            break
    yield from seen


def _names(found: re.Match[bytes], package: str) -> Iterator[str]:
    if found[3] is not None:
        yield from (one.split()[0] for one in found[3].decode("latin-1").split(",") if one.split())
        return
    base = found[1].decode("latin-1")
    dots = len(base) - len(base.lstrip("."))
    if dots:
        parts = package.split(".")
        kept = ".".join(parts[: len(parts) - dots + 1])
        base = ".".join(part for part in (kept, base[dots:]) if part)
    yield base
    for one in found[2].decode("latin-1").strip("() \\").split(","):
        if one.split():
            yield f"{base}.{one.split()[0]}"
