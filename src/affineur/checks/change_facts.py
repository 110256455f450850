"""What is measured of a change, for policies and for whoever reads a request.

`docs/checks.md` says what each means. What was not measured is left out, never empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from affineur.checks.core_metadata import raw_of
from affineur.core.archives import ArchiveReport
from affineur.core.comparing import Comparison
from affineur.core.findings import Fact
from affineur.core.subjects import Previous

_MOST = 50
_MOST_REQUIREMENTS = 1000


def facts_of(
    found: Comparison, previous: Previous, before: ArchiveReport, archive: ArchiveReport
) -> dict[str, Fact]:
    """Give the facts of a comparison."""
    facts: dict[str, Fact] = {
        "compared_with": str(previous.version),
        "compared_file": previous.file.filename.text,
        "size_bytes": found.new_bytes,
        "size_bytes_before": found.old_bytes,
    }
    if found.is_same_kind:
        facts |= _of_files(found)
    if before.scan.version and archive.scan.version:
        facts["new_capabilities"] = [str(one) for one in sorted(found.capabilities)]
    return facts | _of_metadata(before, archive)


def _of_files(found: Comparison) -> dict[str, Fact]:
    files = found.files
    return {
        "added": len(files.added),
        "removed": len(files.removed),
        "changed": len(files.changed),
        "renamed": len(files.renamed),
        "unchanged": files.unchanged,
        "added_files": _first(files.added),
        "removed_files": _first(files.removed),
        "changed_files": _first(files.changed),
        "new_entry_points": _first(f"{group}: {name}" for group, name in found.entry_points),
        "gone_entry_points": _first(f"{group}: {name}" for group, name in found.gone_entry_points),
        "new_startup": _first(found.startup),
        "new_native": _first(found.native),
    }


def _first(paths: Iterable[str]) -> list[Fact]:
    """Give the first of them, Python before all else."""
    return [*sorted(paths, key=lambda path: (not path.endswith((".py", ".pth")), path))[:_MOST]]


def _of_metadata(before: ArchiveReport, archive: ArchiveReport) -> dict[str, Fact]:
    old, new = raw_of(before), raw_of(archive)
    if not old or not new:
        return {}
    needed = set(_required(old.get("requires_dist", ())))
    needs = set(_required(new.get("requires_dist", ())))
    return {
        "new_dependencies": [*sorted(needs - needed)],
        "gone_dependencies": [*sorted(needed - needs)],
        "requires_python_changed": old.get("requires_python") != new.get("requires_python"),
    }


def _required(lines: Iterable[str]) -> Iterator[str]:
    """Name what is required without any extra; a line that cannot be read stands for itself."""
    for line in [*lines][:_MOST_REQUIREMENTS]:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            yield line[:200]
            continue
        if requirement.marker is None or "extra" not in str(requirement.marker):
            yield canonicalize_name(requirement.name)
