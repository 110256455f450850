"""What a version newly has and can do against an earlier one, in the order in which it matters.

For somebody who has a minute: first what is new, the gravest first; then what was looked at and
is as before; and what could not be told, which is never taken as "as before".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from affineur.core.capability_words import WORTH_A_QUESTION, can
from affineur.core.comparing import Comparison
from affineur.core.differences import Side
from affineur.core.files import FileKind
from affineur.core.findings import Against, Fact, Finding, Severity, Where

_SHOWN = 8
_RUNS_WHEN_BUILT = frozenset({"setup.py", "setup.cfg", "pyproject.toml"})
_UNREADABLE = "Nobody can read what it does."
_GROWN = 2
_GROWN_BYTES = 1024 * 1024
_BY_COMPARISON = frozenset(
    {
        "change.capability",
        "change.startup",
        "change.native",
        "change.bytecode",
        "change.entry-points",
        "change.size",
    }
)
"""Findings that say what is told here of any two files, whichever were compared when vetted."""


class Aspect(StrEnum):
    """What is looked at, in words for people; in the order in which it is told."""

    FINDINGS = "findings"
    ABILITIES = "what the code can do"
    STARTUP = "what runs when Python starts"
    BUILD = "what runs when it is built"
    COMPILED = "compiled files"
    PUBLISHER = "who published it"
    COMMANDS = "commands and entry points"
    DEPENDENCIES = "dependencies"
    LICENCE = "the licence"
    PYTHONS = "which Pythons it is for"
    SIZE = "its size"


@dataclass(frozen=True, slots=True)
class News:
    """One thing that is not as it was."""

    aspect: Aspect
    severity: Severity
    what: str
    """A sentence."""
    why: str = ""
    places: tuple[Where, ...] = ()
    """Where it is seen in the new file; of many, the first."""


@dataclass(frozen=True, slots=True)
class Novelties:
    """What is new, what is as before, and what could not be told."""

    news: tuple[News, ...] = ()
    same: tuple[Aspect, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    """What could not be looked at, an aspect or a check, each with the reason."""
    gone: tuple[Finding, ...] = ()
    """Findings that the earlier version has, and this one no more."""
    standing: int = 0
    """Findings that the earlier version has as well."""


@dataclass(frozen=True, slots=True)
class Vetted:
    """What vetting said of one of two files."""

    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)
    """By check, as it gave them."""
    not_assessed: tuple[tuple[str, str], ...] = ()
    """The checks that could not look, each with its reason."""
    against: Against | None = None
    """Of the new file: what it was held against, if that is the earlier one here."""


_Found = tuple[list[News], str]
"""What is new of an aspect, and why it could not be told (empty when it could)."""


def novelties(
    comparison: Comparison, sides: tuple[Side, Side], vetted: tuple[Vetted | None, Vetted | None]
) -> Novelties:
    """Hold a file against an earlier one; of each its archive, and what vetting said if it did."""
    before, now = vetted
    names = sides[1].contents.names
    found: dict[Aspect, _Found] = {
        Aspect.FINDINGS: _findings(before, now),
        Aspect.ABILITIES: _abilities(comparison),
        Aspect.STARTUP: _startup(comparison, names),
        Aspect.COMPILED: _compiled(comparison, names),
        Aspect.PUBLISHER: _publisher(_facts(before, "provenance"), _facts(now, "provenance")),
        Aspect.COMMANDS: _commands(comparison),
        Aspect.DEPENDENCIES: _dependencies(comparison),
        Aspect.LICENCE: _licence(_facts(before, "licence"), _facts(now, "licence")),
        Aspect.PYTHONS: _pythons(comparison, before, now),
        Aspect.SIZE: _size(comparison),
    }
    if sides[1].filename.kind is FileKind.SDIST:
        found[Aspect.BUILD] = _build(comparison, names)
        del found[Aspect.STARTUP]  # which only a wheel tells
    order = [*Severity]
    news = [one for told, _ in found.values() for one in told]
    known = _known(before, now)
    return Novelties(
        tuple(sorted(news, key=lambda one: order.index(one.severity))),
        tuple(aspect for aspect, (told, why) in found.items() if not told and not why),
        (
            *((str(aspect), why) for aspect, (_, why) in found.items() if why),
            *(now.not_assessed if now else ()),
        ),
        _gone(before, now),
        sum(one.key in known for one in now.findings) if now else 0,
    )


def new_findings(before: Vetted | None, now: Vetted | None) -> tuple[Finding, ...]:
    """Give the findings of a file that an earlier one has not; all, when nobody looked at that."""
    known = _known(before, now)
    return tuple(one for one in now.findings if one.key not in known) if now else ()


def _known(before: Vetted | None, now: Vetted | None) -> Collection[str]:
    """Give the keys of what stood in the earlier file, as the checks of today see that if known."""
    if now is not None and now.against is not None:
        return now.against.known
    return {one.key for one in before.findings} if before else ()


def _gone(before: Vetted | None, now: Vetted | None) -> tuple[Finding, ...]:
    if now is None:
        return ()
    if now.against is not None:
        return now.against.gone
    has = {one.key for one in now.findings}
    return tuple(one for one in before.findings if one.key not in has) if before else ()


def _findings(before: Vetted | None, now: Vetted | None) -> _Found:
    if now is None:
        return [], "it was not vetted yet"
    told = [
        News(
            Aspect.FINDINGS,
            one.severity,
            one.what,
            one.why,
            (one.where,) if one.where else (),
        )
        for one in new_findings(before, now)
        if one.id not in _BY_COMPARISON
    ]
    is_held_against = before is not None or now.against is not None
    return told, "" if is_held_against else "the earlier version was not vetted, so all are new"


def _abilities(found: Comparison) -> _Found:
    if not found.is_scanned:
        return [], "the code of one of them could not be scanned"
    told = []
    for capability, places in sorted(found.capabilities.items()):
        severity = Severity.REVIEW if capability in WORTH_A_QUESTION else Severity.INFO
        what = f"It newly {can(capability)}."
        told.append(News(Aspect.ABILITIES, severity, what, places=tuple(places[:_SHOWN])))
    return told, ""


def _startup(found: Comparison, names: Mapping[str, str]) -> _Found:
    if not found.is_same_kind:
        return [], "a wheel and an sdist are compared"
    why = "It runs in every program of the environment, whether it imports the package or not."
    return [
        News(Aspect.STARTUP, Severity.REVIEW, f"{path} runs whenever Python starts.", why, places)
        for path, places in ((one, (Where(names[one]),)) for one in found.startup)
    ], ""


def _build(found: Comparison, names: Mapping[str, str]) -> _Found:
    if not found.is_same_kind:
        return [], "a wheel and an sdist are compared"
    touched = {*found.files.added, *found.files.changed} & _RUNS_WHEN_BUILT
    if not touched:
        return [], ""
    what = f"What runs when it is built is other: {_some(sorted(touched))}."
    severity = Severity.REVIEW if "setup.py" in touched else Severity.INFO
    places = tuple(Where(names[path]) for path in sorted(touched))
    return [News(Aspect.BUILD, severity, what, "", places)], ""


def _compiled(found: Comparison, names: Mapping[str, str]) -> _Found:
    if not found.is_same_kind:
        return [], "a wheel and an sdist are compared"
    told = []
    for paths, had, kind in (
        (found.native, found.had_native, "compiled code"),
        (found.bytecode, found.had_bytecode, "compiled Python"),
    ):
        if paths:
            first = " for the first time" if not had else ""
            severity = Severity.INFO if had else Severity.REVIEW
            what = f"It brings {kind}{first}: {_some(paths)}."
            places = tuple(Where(names[path]) for path in paths[:_SHOWN])
            told.append(News(Aspect.COMPILED, severity, what, _UNREADABLE, places))
    if found.changed_native:
        what = f"Compiled files are other than before: {_some(found.changed_native)}."
        places = tuple(Where(names[path]) for path in found.changed_native[:_SHOWN])
        told.append(News(Aspect.COMPILED, Severity.INFO, what, _UNREADABLE, places))
    return told, ""


def _publisher(before: Mapping[str, Fact], now: Mapping[str, Fact]) -> _Found:
    if "attested" not in before or "attested" not in now:
        return [], "provenance was not assessed of both"
    was, there_is = before["attested"], now["attested"]
    if not was and not there_is:
        return [], "neither has an attestation"
    if was and not there_is:
        what = "It has no attestation; the earlier version had one."
        return [News(Aspect.PUBLISHER, Severity.REVIEW, what)], ""
    if there_is and not was:
        what = f"It is attested for the first time: {_named(now.get('publisher'))}."
        return [News(Aspect.PUBLISHER, Severity.INFO, what)], ""
    if before.get("publisher") != now.get("publisher"):
        names = [_named(one.get("publisher")) for one in (before, now)]
        what = f"Another publisher: {names[1]}; before, {names[0]}."
        return [News(Aspect.PUBLISHER, Severity.REVIEW, what)], ""
    return [], ""


def _named(publisher: Fact) -> str:
    if not isinstance(publisher, dict):
        return "nobody is named"
    parts = [publisher.get(key) for key in ("repository", "account", "workflow", "environment")]
    return ", ".join(str(one) for one in parts if one) or str(publisher.get("kind"))


def _commands(found: Comparison) -> _Found:
    if not found.is_same_kind:
        return [], "a wheel and an sdist are compared"
    told = []
    for points, severity, words in (
        (found.entry_points, Severity.INFO, "New"),
        (found.gone_entry_points, Severity.INFO, "Gone"),
    ):
        if points:
            names = _some([f"{name} ({group})" for group, name in points])
            told.append(News(Aspect.COMMANDS, severity, f"{words} entry points: {names}."))
    scripts = [one for one in found.files.added if one.startswith(".data/scripts/")]
    if scripts:
        names = _some([one.rpartition("/")[2] for one in scripts])
        told.append(News(Aspect.COMMANDS, Severity.INFO, f"New scripts: {names}."))
    return told, ""


def _dependencies(found: Comparison) -> _Found:
    if found.required is None:
        return [], "one of them has no metadata"
    told = []
    if found.required.new:
        what = f"New dependencies: {_some(found.required.new)}."
        why = "They are installed along with it; each is a release of its own to judge."
        told.append(News(Aspect.DEPENDENCIES, Severity.REVIEW, what, why))
    if found.required.gone:
        what = f"No longer needed: {_some(found.required.gone)}."
        told.append(News(Aspect.DEPENDENCIES, Severity.INFO, what))
    return told, ""


def _licence(before: Mapping[str, Fact], now: Mapping[str, Fact]) -> _Found:
    if "licence" not in before or "licence" not in now:
        return [], "the licence of one of them was not assessed"
    was, there_is = before["licence"] or "none found", now["licence"] or "none found"
    if was == there_is:
        return [], ""
    is_same = before.get("licence_alternatives") == now.get("licence_alternatives")
    severity = Severity.INFO if is_same else Severity.REVIEW
    return [News(Aspect.LICENCE, severity, f"Licence: {there_is}; before, {was}.")], ""


def _pythons(found: Comparison, before: Vetted | None, now: Vetted | None) -> _Found:
    if found.required is None:
        return [], "one of them has no metadata"
    if not found.required.is_other_python:
        return [], ""
    told = [_facts(one, "metadata").get("requires_python") for one in (before, now)]
    what = "It is for other Pythons than before."
    if all(isinstance(one, str) for one in told):
        what = f"It is for Python {told[1]}; before, {told[0]}."
    return [News(Aspect.PYTHONS, Severity.INFO, what)], ""


def _size(found: Comparison) -> _Found:
    grown = found.new_bytes - found.old_bytes
    if grown <= _GROWN_BYTES or found.new_bytes < _GROWN * found.old_bytes:
        return [], ""
    mib = [f"{one / 1024 / 1024:.1f}" for one in (found.old_bytes, found.new_bytes)]
    what = f"Its contents have grown from {mib[0]} to {mib[1]} MiB."
    return [News(Aspect.SIZE, Severity.INFO, what)], ""


def _facts(vetted: Vetted | None, check: str) -> Mapping[str, Fact]:
    return vetted.facts.get(check, {}) if vetted else {}


def _some(names: Sequence[str] | Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more
