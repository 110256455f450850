"""What is known of one release of a project, for the JSON API beside the simple one.

The files are those of the project's page: there is one door. What a release says of itself is
the core metadata of one of its files, by the same way as `.metadata` is served; where nobody
can tell it, nothing is said. Advisories are our own copy, matched as vetting matches them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from packaging.version import Version
from sqlalchemy import Connection

from affineur.core.advisories import Advisories
from affineur.core.errors import DomainError, NotFound
from affineur.core.findings import Fact
from affineur.core.names import ProjectName
from affineur.core.pages import Entry, Page, earliest
from affineur.core.permissions import Actor
from affineur.core.releases import PageRelease, latest, releases_of
from affineur.core.requests import RequestFile
from affineur.core.subjects import NotAssessable, Subject
from affineur.core.views import View
from affineur.services import serve
from affineur.services.gear import Gear
from affineur.store import advisories, changes, listings

_PATIENCE_S = 5.0
"""How long a client waits for an origin to tell the core metadata."""
_ADVISORIES_FRESH = timedelta(minutes=10)
_ASK_AGAIN = timedelta(minutes=1)
_CHECK = "vulnerabilities"


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One thing that is known to be wrong with a release."""

    id: str
    aliases: tuple[str, ...]
    summary: str | None
    details: str | None
    fixed_in: tuple[str, ...]
    link: str | None


@dataclass(frozen=True, slots=True)
class Described:
    """A project as a feed shows it, with one release in full."""

    page: Page
    release: PageRelease
    metadata: bytes | None
    """The core metadata of one of the release's files; None when nobody could tell it."""
    vulnerabilities: tuple[Vulnerability, ...]
    advisories_as_of: datetime | None
    """How new our advisories are; None when there are none, so that nothing could be found."""
    serial: int
    """Rises with everything that changes the project's page, but for time; 0 in the past."""
    changes_at: datetime


async def describe(
    gear: Gear,
    actor: Actor,
    view: View,
    project: ProjectName,
    version: Version | None = None,
) -> Described:
    """Describe a release, or the latest one; raise `NotFound` when the feed shows none such."""
    page = await serve.page(gear, actor, view, project)
    releases = releases_of(page)
    asked = latest(releases) if version is None else _at(releases, version)
    if asked is None:
        what = f"'{project}'" if version is None else f"{project} {version}"
        raise NotFound(f"There is no release {what} in '{view}'.")
    now = gear.clock.now()
    metadata = await _metadata(gear, actor, view, asked)
    serial, known = await gear.db.read(_known, view, project)
    found = await asyncio.to_thread(_vulnerabilities, gear, asked, known)
    again_at = now + (_ASK_AGAIN if metadata is None else _ADVISORIES_FRESH)
    until = earliest(page.changes_at, again_at) or again_at
    return Described(page, asked, metadata, found, known.as_of, serial, until)


def _at(releases: Sequence[PageRelease], version: Version) -> PageRelease | None:
    return next((one for one in releases if one.version == version), None)


def _known(conn: Connection, view: View, project: ProjectName) -> tuple[int, Advisories]:
    serial = 0 if view.at else changes.serial(conn, view.feed, project)
    return serial, advisories.known_to(conn, project)


# --- what a release says of itself -------------------------------------------------------


async def _metadata(gear: Gear, actor: Actor, view: View, release: PageRelease) -> bytes | None:
    """Give the core metadata of the smallest wheel that is served, else of an sdist we hold."""
    wheel = min((one for one in release.entries if one.file.is_wheel), key=_cost, default=None)
    if wheel is None:
        return await gear.db.read(_of_held_sdist, gear, release)
    sha256, filename = wheel.file.sha256, wheel.file.filename.text
    if sha256 is None:
        return None
    asking = serve.core_metadata(gear, actor, view, sha256, filename)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return (await asking).body
    except (DomainError, TimeoutError):
        return None


def _cost(entry: Entry) -> tuple[bool, int, str]:
    size = entry.file.size_bytes
    return entry.withheld is not None, size or 1 << 62, entry.file.filename.text


def _of_held_sdist(conn: Connection, gear: Gear, release: PageRelease) -> bytes | None:
    for entry in release.entries:
        if entry.file.sha256 is not None:
            held = listings.held_file(conn, entry.file.sha256)
            if held is not None and held.metadata_sha256 is not None:
                return gear.blobs.read(held.metadata_sha256)
    return None


# --- what others say of it ---------------------------------------------------------------


def _vulnerabilities(
    gear: Gear, release: PageRelease, known: Advisories
) -> tuple[Vulnerability, ...]:
    """Let the check that vets for vulnerabilities look at the release, without an archive."""
    check = next((one for one in gear.vetting.checks if one.name == _CHECK), None)
    file = release.entries[0].file
    if check is None or not known.known or file.sha256 is None:
        return ()
    subject = Subject(
        file=RequestFile(file.filename, file.sha256),
        now=gear.clock.now(),
        archive=NotAssessable("only advisories are asked for"),
        advisories=known,
    )
    told = check.look(subject).facts.get("advisories")
    return tuple(
        _vulnerability(one, known)
        for one in (told if isinstance(told, list) else ())
        if isinstance(one, dict)
    )


def _vulnerability(fact: dict[str, Fact], known: Advisories) -> Vulnerability:
    record = next((one.record for one in known.known if one.id == fact["id"]), {})
    fixed, aliases = fact.get("fixed"), fact.get("aliases")
    return Vulnerability(
        id=str(fact["id"]),
        aliases=tuple(str(one) for one in aliases) if isinstance(aliases, list) else (),
        summary=_text(record.get("summary")),
        details=_text(record.get("details")),
        fixed_in=(str(fixed),) if fixed else (),
        link=_link(record.get("references")),
    )


def _link(references: object) -> str | None:
    """Choose where to read more: what the record calls an advisory, else any web page."""
    told = (
        [one for one in references if isinstance(one, dict)] if isinstance(references, list) else []
    )
    urls = [(one.get("type") != "ADVISORY", _text(one.get("url"))) for one in told]
    usable = [(rank, url) for rank, url in urls if url and url.startswith(("https://", "http://"))]
    return min(usable, default=(False, None), key=lambda one: one[0])[1]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
