"""What follows when advisories change, in the transaction in which they do.

What we hold of the projects that they speak of is matched before and after. A release of which
something new is known for sure is an incident; malware is withheld from that moment on, and
served again from that in which its record is withdrawn, each with its event (decision 0020).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.advisory_groups import Group, Known, affecting, joined, summary
from affineur.core.events import Event
from affineur.core.files import Filename
from affineur.core.findings import Fact
from affineur.core.names import ProjectName
from affineur.core.permissions import Actor
from affineur.core.ratings import LEVELS
from affineur.store import advisories, audit, changes, concerns, sights
from affineur.store.advisories import Held

_MOST_TOLD = 5
_MOST_TEXT = 160
_MOST_DIGESTS = 1000

Releases = Mapping[Version, tuple[Held, ...]]


@dataclass(frozen=True, slots=True)
class News:
    """How much of what we hold changed its standing."""

    incidents: int = 0
    withheld: int = 0
    """Releases that we hold and that are known as malware now."""
    lifted: int = 0
    """Releases that were, and are no more."""


@dataclass(frozen=True, slots=True)
class Change:
    """Which records are about to be replaced, and whom they affect, before and after."""

    projects: frozenset[ProjectName]
    malware: frozenset[ProjectName]
    """Those of them that a malware record affects, or affected."""


@dataclass(frozen=True, slots=True)
class Before:
    """What we hold of the projects that are about to change, and what was known of it."""

    change: Change
    held: Mapping[ProjectName, Releases]
    sets: Mapping[ProjectName, tuple[tuple[Known, ...], ...]]
    """The records of each project, those that are aliases together."""
    groups: Mapping[ProjectName, Mapping[Version, tuple[Group, ...]]]


@dataclass(frozen=True, slots=True)
class _Told:
    """Something that is known anew of releases of a project."""

    group: Group
    versions: tuple[Version, ...]


def look(conn: Connection, change: Change) -> Before:
    """Look, before the records are replaced."""
    files = [*advisories.listed(conn, change.projects), *advisories.cached(conn, change.malware)]
    held = _by_release(files)
    sets = {project: joined(advisories.known_to(conn, project).known) for project in held}
    groups = {project: _matched(sets[project], project, held[project]) for project in held}
    return Before(change, held, sets, groups)


def tell(conn: Connection, now: datetime, actor: Actor, before: Before) -> News:
    """Record what follows, after the records were replaced; their pages count as changed."""
    changes.pages_changed(conn, before.change.malware)
    concerns.mark(conn, now, before.held)
    incidents, withheld, lifted = 0, 0, 0
    for project, releases in before.held.items():
        known = advisories.known_to(conn, project).known
        sets = joined(known, before.sets[project])
        was, now_is = before.groups[project], _matched(sets, project, releases)
        gone, come = _malware(was), _malware(now_is)
        for kind, versions in (("malware", come - gone), ("malware-lifted", gone - come)):
            if versions:
                groups = now_is if kind == "malware" else was
                told = _as_told(groups, versions, only_malware=True)
                _tell_of_malware(conn, now, actor, (kind, told, releases))
        fresh = {version: _fresh(was[version], now_is[version]) for version in _listed(releases)}
        told = _as_told(fresh, fresh.keys(), only_malware=False)
        if told:
            _tell_of_advisories(conn, now, actor, (told, releases))
        incidents += bool(told)
        withheld += len(come - gone)
        lifted += len(gone - come)
    return News(incidents, withheld, lifted)


def _by_release(files: Sequence[Held]) -> dict[ProjectName, Releases]:
    found: dict[ProjectName, dict[Version, list[Held]]] = {}
    for one in files:
        version = Filename.parse(one.filename).version
        found.setdefault(one.project, {}).setdefault(version, []).append(one)
    return {
        project: {version: tuple(some) for version, some in releases.items()}
        for project, releases in found.items()
    }


def _matched(
    sets: Sequence[Sequence[Known]], project: ProjectName, releases: Releases
) -> dict[Version, tuple[Group, ...]]:
    return {version: affecting(sets, project, version) for version in releases}


def _malware(groups: Mapping[Version, tuple[Group, ...]]) -> set[Version]:
    return {version for version, some in groups.items() if any(one.is_malware for one in some)}


def _listed(releases: Releases) -> list[Version]:
    """Give the versions of which a file stands in a feed."""
    return sorted(
        version for version, files in releases.items() if any(one.feed is not None for one in files)
    )


def _fresh(was: Sequence[Group], now_is: Sequence[Group]) -> tuple[Group, ...]:
    """Give what was not known before, nor under another id, nor less surely."""
    known = {name for one in was if one.is_certain for name in one.ids}
    maybe = {name for one in was for name in one.ids}
    return tuple(
        one
        for one in now_is
        if not one.is_malware and not one.ids & (known if one.is_certain else maybe)
    )


def _as_told(
    groups: Mapping[Version, tuple[Group, ...]],
    versions: Collection[Version],
    *,
    only_malware: bool,
) -> list[_Told]:
    """Turn what is known of each version into the versions that each advisory speaks of."""
    found: dict[str, list[Group]] = {}
    for version in sorted(versions):
        for group in groups[version]:
            if group.is_malware or not only_malware:
                found.setdefault(group.id, []).append(group)
    told = [_Told(some[0], tuple(one.version for one in some)) for some in found.values()]
    return sorted(told, key=lambda one: -LEVELS.index(one.group.rating.level))


def _tell_of_advisories(
    conn: Connection, now: datetime, actor: Actor, news: tuple[list[_Told], Releases]
) -> None:
    told, releases = news
    project = told[0].group.project
    feeds, digests = _places(releases, {version for one in told for version in one.versions})
    sentences = [_sentence(one) for one in told[:_MOST_TOLD]]
    if len(told) > _MOST_TOLD:
        sentences.append(f"And {len(told) - _MOST_TOLD} more.")
    what = f"News of {project}, which is listed in {', '.join(feeds)}. {' '.join(sentences)}"
    sights.record_incident(conn, now, "new-advisory", project, what)
    entries: list[Fact] = [_entry(one) for one in told]
    after: dict[str, Fact] = {"advisories": entries, "feeds": list(feeds)}
    event = Event("incident.new-advisory", f"project:{project}", None, after, digests)
    audit.record(conn, now, actor, event)


def _sentence(one: _Told) -> str:
    group, rating = one.group, one.group.rating
    verb = "affects" if group.is_certain else "may affect"
    named = f"{group.id} ({rating.level}) {verb} {_versions(one.versions)}"
    about = summary(group.matching[0].record, _MOST_TEXT).rstrip(".")
    fixed = f" Take {group.fixed} or later." if group.fixed else ""
    return f"{named}: {about}.{fixed}" if about else f"{named}.{fixed}"


def _tell_of_malware(
    conn: Connection, now: datetime, actor: Actor, news: tuple[str, list[_Told], Releases]
) -> None:
    kind, told, releases = news
    project = told[0].group.project
    versions = sorted({version for one in told for version in one.versions})
    feeds, digests = _places(releases, versions)
    named = f"{project} {_versions(versions)}"
    ids = ", ".join(one.group.id for one in told[:_MOST_TOLD])
    where = f"listed in {', '.join(feeds)}" if feeds else "fetched, but approved nowhere"
    if kind == "malware":
        what = (
            f"{named} is known malware: {ids}. It was {where}, and is withheld everywhere from "
            "now on. Look for it on every machine that may have installed it."
        )
    else:
        what = (
            f"{named} is no longer known as malware: {ids} was withdrawn or corrected. "
            f"It was {where}, and is treated like any other release again."
        )
    sights.record_incident(conn, now, kind, project, what)
    facts: dict[str, Fact] = {
        "advisories": [one.group.id for one in told],
        "versions": [str(version) for version in versions],
        "feeds": list(feeds),
    }
    action = "malware.withheld" if kind == "malware" else "malware.lifted"
    before, after = (None, facts) if kind == "malware" else (facts, None)
    event = Event(action, f"project:{project}", before, after, digests)
    audit.record(conn, now, actor, event)


def _places(
    releases: Releases, versions: Collection[Version]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the feeds in which these versions are listed, and the digests of their files."""
    files = [one for version in versions for one in releases[version]]
    feeds = sorted({str(one.feed) for one in files if one.feed is not None})
    digests = sorted({str(one.sha256) for one in files})
    return tuple(feeds), tuple(digests[:_MOST_DIGESTS])


def _versions(versions: Sequence[Version]) -> str:
    named = ", ".join(map(str, versions[:_MOST_TOLD]))
    more = len(versions) - _MOST_TOLD
    return f"{named} and {more} more" if more > 0 else named


def _entry(one: _Told) -> Fact:
    group = one.group
    return {
        "id": group.id,
        "aliases": list(group.aliases),
        "level": group.rating.level,
        "is_certain": group.is_certain,
        "fixed": str(group.fixed) if group.fixed else None,
        "versions": [str(version) for version in one.versions],
    }
