"""Requirements as a house sees them: which hold in its environments, and which of them are new.

A marker is a condition on the environment (PEP 508). It is evaluated for every Python and system
that the house runs, never for the server's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from affineur.core.names import ProjectName
from affineur.core.subjects import House

_PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
_SYSTEMS = {
    "linux": ("linux", "Linux", "posix"),
    "macos": ("darwin", "Darwin", "posix"),
    "win": ("win32", "Windows", "nt"),
}
_SPELLINGS = {"darwin": "macos", "macosx": "macos"}
_MOST = 1000
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Required:
    """What a file requires, by name."""

    always: frozenset[ProjectName] = frozenset()
    """In an environment of the house, without any extra."""
    by_extra: Mapping[str, frozenset[ProjectName]] = field(default_factory=dict)
    elsewhere: frozenset[ProjectName] = frozenset()
    """In no environment of the house."""

    @property
    def all(self) -> frozenset[ProjectName]:
        """All names."""
        return self.always.union(self.elsewhere, *self.by_extra.values())


def parsed(lines: Iterable[str]) -> list[Requirement]:
    """Read requirements; what cannot be read is left out."""
    found = []
    for line in list(lines)[:_MOST]:
        try:
            found.append(Requirement(line[:_LONGEST]))
        except InvalidRequirement:
            continue
    return found


def required(requirements: Sequence[Requirement], house: House) -> Required:
    """Sort requirements by where they hold."""
    environments = list(_environments(house))
    always: set[ProjectName] = set()
    elsewhere: set[ProjectName] = set()
    by_extra: dict[str, set[ProjectName]] = {}
    for one in requirements:
        name = ProjectName(canonicalize_name(one.name))
        extras = _extras(one.marker)
        if _holds(one.marker, environments, ""):
            always.add(name)
        elif found := [extra for extra in extras if _holds(one.marker, environments, extra)]:
            for extra in found:
                by_extra.setdefault(extra, set()).add(name)
        else:
            elsewhere.add(name)
    return Required(
        frozenset(always),
        {extra: frozenset(names) for extra, names in sorted(by_extra.items())},
        frozenset(elsewhere - always),
    )


def _extras(marker: Marker | None) -> list[str]:
    """Give the extras that a marker speaks of."""
    found: dict[str, None] = {}
    words = str(marker or "").replace("(", " ").replace(")", " ").split()
    for i, word in enumerate(words):
        if word == "extra" and i + 2 < len(words):
            found.setdefault(words[i + 2].strip("\"'"))
        elif word.strip("\"'") and words[i + 2 : i + 3] == ["extra"]:
            found.setdefault(word.strip("\"'"))
    return list(found)


def _holds(marker: Marker | None, environments: Sequence[dict[str, str]], extra: str) -> bool:
    if marker is None:
        return True
    return any(_evaluates(marker, {**one, "extra": extra}) for one in environments)


def _evaluates(marker: Marker, environment: Mapping[str, str]) -> bool:
    try:
        return marker.evaluate(dict(environment))
    except (InvalidMarker, UndefinedEnvironmentName, ValueError):
        return True  # a condition that nobody can judge is taken to hold


def _environments(house: House) -> Iterator[dict[str, str]]:
    told = " ".join(house.platforms).lower()
    for spelled, name in _SPELLINGS.items():
        told = told.replace(spelled, name)
    systems = [one for name, one in _SYSTEMS.items() if name in told] or [*_SYSTEMS.values()]
    for python in house.pythons or _PYTHONS:
        for sys_platform, system, os_name in systems:
            for machine in ("x86_64", "arm64"):
                yield dict(  # noqa: C408  # names as PEP 508 has them
                    python_version=python,
                    python_full_version=f"{python}.0",
                    implementation_name="cpython",
                    implementation_version=f"{python}.0",
                    platform_python_implementation="CPython",
                    sys_platform=sys_platform,
                    platform_system=system,
                    os_name=os_name,
                    platform_machine="AMD64" if (os_name, machine) == ("nt", "x86_64") else machine,
                    platform_release="",
                    platform_version="",
                    extra="",
                )
