"""What is measured of a change, as facts for policies, and told in a few lines for people.

`docs/checks.md` says what each fact means. What was not measured is left out, never empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from affineur.core.comparing import Comparison
from affineur.core.findings import Fact

_MOST = 50
_SHOWN = 6
_LISTS = {
    "new_capabilities": "It can newly",
    "new_startup": "Newly runs when Python starts",
    "new_native": "Newly compiled",
    "new_entry_points": "New entry points",
    "gone_entry_points": "Gone entry points",
    "new_dependencies": "New dependencies",
    "gone_dependencies": "Gone dependencies",
    "added_files": "Added",
    "changed_files": "Changed",
    "removed_files": "Removed",
}


def facts_of(found: Comparison) -> dict[str, Fact]:
    """Give the facts of a comparison."""
    facts: dict[str, Fact] = {
        "size_bytes": found.new_bytes,
        "size_bytes_before": found.old_bytes,
    }
    if found.is_same_kind:
        facts |= _of_files(found)
    if found.is_scanned:
        facts["new_capabilities"] = [str(one) for one in sorted(found.capabilities)]
    if found.required is not None:
        facts |= {
            "new_dependencies": [*found.required.new],
            "gone_dependencies": [*found.required.gone],
            "requires_python_changed": found.required.is_other_python,
        }
    return facts


def told(facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Tell facts in lines for whoever decides, what matters most first."""
    if not facts:
        return ()
    lines = [_counted(facts)] if "changed" in facts else ["Its files cannot be compared."]
    for key, words in _LISTS.items():
        names = facts.get(key)
        if isinstance(names, list) and names:
            count = facts.get(key.removesuffix("_files"), len(names))
            lines.append(f"{words}: {_some([str(one) for one in names], count)}")
    if facts.get("requires_python_changed"):
        lines.append("It requires another Python than before")
    return tuple(lines)


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


def _counted(facts: Mapping[str, Fact]) -> str:
    words = ("changed", "added", "removed", "renamed")
    counts = [f"{facts[word]} {word}" for word in words if facts.get(word)]
    return f"{', '.join(counts) or 'nothing changed'}; {facts.get('unchanged')} files as before"


def _some(names: list[str], count: Fact) -> str:
    total = count if isinstance(count, int) else len(names)
    more = f" and {total - _SHOWN} more" if total > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
