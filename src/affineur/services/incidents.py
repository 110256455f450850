"""Incidents: news that changes the verdict on something that is approved."""

from __future__ import annotations

from affineur.core.permissions import Actor, Permission, require
from affineur.services.gear import Gear
from affineur.store import sights as store
from affineur.store.sights import Incident

PAGE = 50
KINDS = (
    "new-advisory",
    "malware",
    "malware-lifted",
    "changed-upstream",
    "changed-metadata",
    "quarantined-upstream",
)
"""All kinds of incidents."""


def recent(gear: Gear, actor: Actor) -> tuple[Incident, ...]:
    """List the newest incidents, newest first."""
    require(actor, Permission.AUDIT_READ)
    with gear.db.reading() as conn:
        return store.incidents(conn)


def listed(
    gear: Gear, actor: Actor, *, before: int | None = None, kind: str = ""
) -> tuple[Incident, ...]:
    """List a page of incidents, newest first; those before a number, of any kind or of one."""
    require(actor, Permission.AUDIT_READ)
    with gear.db.reading() as conn:
        return store.incidents(conn, PAGE, before, kind)
