"""A closure as a tree: who requires whom among the releases of a request.

The edges are drawn loosely, by name: what a release requires in an environment of the house, and
by an extra only where nothing else explains why something is there. What is approved already is
not on a request, so a release that only such a one requires stands at the top, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name

from affineur.core.findings import Fact
from affineur.core.names import ProjectName
from affineur.core.requests import Ask, Item, parse_requirement
from affineur.core.requirements import parsed

_CHECK = "dependencies"
_MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree, in the order in which it is read."""

    item: Item
    depth: int
    is_again: bool = False
    """What it requires stands at its first mention."""
    opens: bool = False
    """The next line is what it requires."""
    closes: int = 0
    """How many levels end with this line."""


def asked_names(ask: Ask) -> tuple[ProjectName, ...]:
    """Give the projects that somebody asked for by name."""
    named = (canonicalize_name(parse_requirement(line).name) for line in ask.requirements)
    return tuple(dict.fromkeys(ProjectName(name) for name in named))


def required_by(items: Sequence[Item]) -> Mapping[int, tuple[Item, ...]]:
    """Give, for each item by its number, the items of the same request that require it."""
    children = _children(items)
    found: dict[int, list[Item]] = {item.id: [] for item in items}
    for parent in items:
        for child in children[parent.id]:
            found[child.id].append(parent)
    return {number: tuple(parents) for number, parents in found.items()}


def tree(items: Sequence[Item], asked: Collection[ProjectName]) -> tuple[Branch, ...]:
    """Give the tree line by line: what was asked for at the top, each release expanded once."""
    children = _children(items)
    below = {child.id for found in children.values() for child in found}
    tops = [item for item in items if item.release.project in asked]
    tops += [item for item in items if item.id not in below and item not in tops]
    seen: set[int] = set()
    lines = [line for top in tops for line in _walk(top, children, seen)]
    for item in items:  # what stands in a circle that nothing leads into
        if item.id not in seen:
            lines += _walk(item, children, seen)
    return tuple(_nested(lines[:_MOST_ROWS]))


def _walk(top: Item, children: Mapping[int, Sequence[Item]], seen: set[int]) -> Iterator[Branch]:
    waiting = [(top, 0)]
    while waiting:
        item, depth = waiting.pop()
        is_new = item.id not in seen
        seen.add(item.id)
        yield Branch(item, depth, is_again=not is_new and bool(children[item.id]))
        if is_new:
            waiting += [(child, depth + 1) for child in reversed(children[item.id])]


def _nested(lines: Sequence[Branch]) -> Iterator[Branch]:
    """Say where levels begin and end."""
    depths = [line.depth for line in lines[1:]] + [0]
    for line, following in zip(lines, depths, strict=False):
        yield replace(line, opens=following > line.depth, closes=max(0, line.depth - following))


def _children(items: Sequence[Item]) -> dict[int, list[Item]]:
    """Draw the edges."""
    by_name: dict[ProjectName, list[Item]] = {}
    for item in items:
        by_name.setdefault(item.release.project, []).append(item)
    always = {item.id: _required(item, "required") for item in items}
    explained = {name for names in always.values() for name in names}
    found: dict[int, list[Item]] = {}
    for item in items:
        names = always[item.id] | (_required(item, "required_by_extras") - explained)
        names.discard(item.release.project)
        found[item.id] = [one for name in sorted(names) for one in by_name.get(name, ())]
    return found


def _required(item: Item, fact: str) -> set[ProjectName]:
    """Name what the files of a release require, as the check saw it, or else as they state it."""
    names: set[str] = set()
    for assessment in item.assessments:
        facts = assessment.facts_of(_CHECK)
        if facts:
            names |= _names(facts.get(fact))
        elif fact == "required":
            names |= {
                canonicalize_name(one.name)
                for outcome in assessment.outcomes
                for one in parsed(_names(outcome.facts.get("requires_dist")))
            }
    return {ProjectName(name) for name in names}


def _names(fact: Fact) -> set[str]:
    """Take the names out of a list, or out of the lists of each extra."""
    if isinstance(fact, dict):
        return {name for one in fact.values() for name in _names(one)}
    return {str(one) for one in fact} if isinstance(fact, list) else set()
