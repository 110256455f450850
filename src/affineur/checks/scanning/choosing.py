"""Chooses the files that are parsed and followed, by the words that they and their imports have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from affineur.checks.scanning.sources import Pool, Source
from affineur.checks.scanning.words import Words
from affineur.core.scans import Role

_PAIRS = (
    ("executes", "decodes"),
    ("executes", "fetches"),
    ("executes", "builds_text"),
    ("looks_up_names", "pieces_of_names"),
    ("names_builtins_oddly",),
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
    ("starts_programs", "pieces_of_text"),
    ("fetches", "pieces_of_text"),
    ("executes", "opens_resources"),
    ("watches", "wallet_address"),
    ("starts_programs", "whole_environment", "at_module_level"),
    ("fetches", "knows_machine", "decodes_firmly"),
    ("fetches", "knows_machine", "at_module_level"),
    ("wipes", "names_home"),
    ("wipes_by_command",),
    ("shells_back",),
    ("resolves_names", "knows_machine"),
    ("resolves_names", "names_secrets"),
    ("resolves_names", "whole_environment"),
    ("hides_code",),
    ("replaces_import",),
    ("watches", "writes_files"),
    ("fetches", "names_home", "goes_through_folders"),
    ("names_home", "goes_through_folders", "encrypts", "writes_files"),
    ("reduces",),
    ("looks_up_names", "tricks"),
    ("executes", "resolves_names"),
    ("writes_files", "decodes_firmly", "extends_path"),
    ("writes_files", "fetches", "extends_path"),
    ("maps_code",),
)
"""Any of these together make a file worth following."""

_IMPORTS = re.compile(
    rb"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+([^\n#]+)|import[ \t]+([\w., \t]+))",
    re.MULTILINE,
)
_MAX_IMPORTS = 40
_MAX_ACROSS_BYTES = 16 * 1024
_ACROSS_BYTES = 256 * 1024
_LARGE_BYTES = 1024 * 1024
_ENDS = ("executes", "starts_programs", "fetches", "resolves_names", "wipes", "writes_files")
_FIRM = (("odd_destinations",), ("wipes_by_command",), ("mines",))


def worth_a_look(sources: Sequence[Source], pool: Pool) -> Iterator[Source]:
    """Give the files that are worth following."""
    rest: list[Source] = []
    for source in sources:
        if source.role in (Role.INSTALL, Role.STARTUP) or _is_suspect(source.words):
            yield source
        elif source.role in (Role.CODE, Role.VENDORED) and len(source.packed) <= _MAX_ACROSS_BYTES:
            rest.append(source)
    is_large = pool.used_bytes > _LARGE_BYTES
    left_bytes = _ACROSS_BYTES // 4 if is_large else _ACROSS_BYTES
    for source in sorted(rest, key=lambda one: len(one.packed)):
        if left_bytes > 0 and _is_suspect_across(source, pool):
            left_bytes -= len(source.packed)
            yield source


def urgency(source: Source) -> tuple[int, str]:
    """Order files: what runs by itself first, tests and documentation last."""
    late = {Role.STARTUP: 0, Role.INSTALL: 1, Role.TEST: 4, Role.DOCS: 5, Role.VENDORED: 3}
    return late.get(source.role, 2), source.inside


def _is_suspect(words: Words) -> bool:
    return any(words.has(*pair) for pair in _PAIRS)


def _is_suspect_across(source: Source, pool: Pool) -> bool:
    """Whether a file and the modules it imports of its own package make up a pair together."""
    if not (source.words.has("at_module_level") or any(map(source.words.has, _ENDS))):
        return False
    reached = {source.dotted: source}
    for one in [source, *_near(source, pool)]:
        reached[one.dotted] = one
        reached.update((far.dotted, far) for far in _near(one, pool))
    if len(reached) < 2:
        return False
    together = Words({word: () for one in reached.values() for word in one.words.places})
    return any(together.has(*pair) for pair in _PAIRS if len(pair) > 1 or pair in _FIRM)


def _near(source: Source, pool: Pool) -> Iterator[Source]:
    """Give the small modules that a file imports of its own package."""
    if source.near is None:
        source.near = tuple(dict.fromkeys(_imported(source)))
    for name in source.near:
        found = pool.sources.get(name)
        if found is not None and found is not source and found.is_useful:
            yield found


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
