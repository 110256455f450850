"""Incidents: news that changes the verdict on something that is approved."""

from __future__ import annotations

from affineur.core.permissions import Actor, Permission, require
from affineur.services.gear import Gear
from affineur.store import sights as store
from affineur.store.sights import Incident


def recent(gear: Gear, actor: Actor) -> tuple[Incident, ...]:
    """List the newest incidents, newest first."""
    require(actor, Permission.AUDIT_READ)
    with gear.db.reading() as conn:
        return store.incidents(conn)
