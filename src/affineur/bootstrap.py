"""Putting a server together: the only file that names concrete parts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from packaging.version import Version

from affineur.blobs import LocalBlobs
from affineur.checks import shipped_checks
from affineur.checks.differing import ChildDiffer
from affineur.checks.member_reading import ChildMemberReader
from affineur.checks.plugins import third_party_checks
from affineur.checks.reading import ChildReader
from affineur.conditions import CelConditions
from affineur.config import Settings
from affineur.core.errors import BadInput
from affineur.core.names import ProjectName
from affineur.core.ports import Blobs, Clock, Site, Vetting
from affineur.core.selection import Selection
from affineur.core.subjects import House
from affineur.notify import HttpNotifier
from affineur.resolve.uv import UvResolver
from affineur.services import name_lists
from affineur.services.advisories import known_from
from affineur.services.gear import Gear
from affineur.services.snapshots import stop_asking
from affineur.services.standalone import Desk
from affineur.store.database import open_database
from affineur.store.migrate import migrate
from affineur.upstream import HttpUpstream, default_index, split_credentials


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the moment, in UTC."""
        return datetime.now(UTC)


def build(
    settings: Settings, *, public_url: str, own_url: str = "", clock: Clock | None = None
) -> Gear:
    """Put a server's parts together on a migrated database; close it with `close`.

    `public_url` is for clients when the settings name none; `own_url` is where a server that
    listens on this machine is reached from it, past any proxy.
    """
    settings = replace(settings, public_url=(settings.public_url or public_url).rstrip("/"))
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds secrets
    db = open_database(settings.database)
    migrate(db)
    return Gear(
        settings=settings,
        db=db,
        blobs=_blobs(settings),
        upstream=HttpUpstream(),
        vetting=vetting(settings),
        conditions=CelConditions(),
        resolve=UvResolver(
            lowest_python=min(settings.pythons, key=Version),
            timeout_s=settings.resolve_timeout_s,
        ),
        notify=HttpNotifier(),
        clock=clock or SystemClock(),
        public_url=settings.public_url,
        own_url=own_url.rstrip("/"),
    )


def vetting(settings: Settings) -> Vetting:
    """Give the reader of archives and all checks: the shipped ones, then those of third parties."""
    checks = (*shipped_checks(), *third_party_checks())
    reader = ChildReader(
        timeout_s=settings.archive_timeout_s,
        memory_bytes=settings.archive_memory_bytes,
        total_bytes=settings.archive_total_bytes,
        wants=[pattern for check in checks for pattern in check.wants],
    )
    limits = (
        settings.archive_timeout_s,
        settings.archive_memory_bytes,
        settings.archive_total_bytes,
    )
    return Vetting(reader, checks, ChildDiffer(*limits), ChildMemberReader(*limits))


def desk(
    settings: Settings,
    folder: Path,
    projects: Iterable[ProjectName],
    *,
    advisories: Path | None = None,
    names: Path | None = None,
) -> Desk:
    """Put together what vetting without a server needs; the caller closes its `upstream`.

    `advisories` are OSV records, a zip or a folder; without them the check that needs them says
    that it could not look. `names` is a list of popular names, else the shipped one.
    """
    found = split_credentials(settings.upstream) if settings.upstream else default_index(os.environ)
    site = Site(
        found.url,
        username=found.username,
        password=found.password,
        timeout_s=settings.upstream_timeout_s,
        max_file_bytes=settings.max_file_bytes,
    )
    return Desk(
        vetting=vetting(settings),
        upstream=HttpUpstream(),
        site=site,
        selection=Selection.parse(settings.pythons, settings.platforms, sdists=settings.sdists),
        house=House(settings.pythons, settings.platforms),
        clock=SystemClock(),
        folder=folder,
        names=name_lists.read(names) if names else name_lists.shipped(),
        advisories=known_from(advisories, projects) if advisories else {},
    )


async def close(gear: Gear) -> None:
    """Let go of everything that was opened."""
    await stop_asking(gear)
    await gear.upstream.aclose()
    gear.db.close()


def _blobs(settings: Settings) -> Blobs:
    if settings.blobs_url:
        raise BadInput(
            f"The blob store {settings.blobs_url!r} cannot be used: this version keeps blobs on "
            "the local disk only.",
            hint="Leave AFFINEUR_BLOBS_URL empty; blobs are kept in the data directory.",
        )
    return LocalBlobs(settings.blobs, keep_free_bytes=settings.keep_free_bytes)
