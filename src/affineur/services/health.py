"""How the server is at one glance, for whoever runs it; `services.server_state` tells all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from affineur.core.breakers import State
from affineur.core.permissions import Actor, Permission, require
from affineur.services import condition
from affineur.services.gear import Gear
from affineur.store import advisories, audit, jobs


@dataclass(frozen=True, slots=True)
class Health:
    """What an operator looks at first."""

    indexes: int
    failing: int
    """How many of the external indexes are left alone because they fail."""
    jobs: Mapping[str, int]
    """How many jobs there are in each state."""
    advisories_at: datetime | None
    """Of when our advisories are; None when there are none."""
    advisories_trouble: str
    free_bytes: int | None
    """None: nobody knows."""
    keep_free_bytes: int
    database: str
    events: int

    @property
    def is_full(self) -> bool:
        """Whether the disk has less room than is to be kept free."""
        return self.free_bytes is not None and self.free_bytes < self.keep_free_bytes

    @property
    def parked(self) -> int:
        """How many jobs were put aside after failing again and again."""
        return self.jobs.get("parked", 0)

    @property
    def needs_somebody(self) -> bool:
        """Whether something is wrong that only an operator can mend."""
        lacks_advisories = self.advisories_at is None or bool(self.advisories_trouble)
        return bool(self.parked or self.failing) or lacks_advisories or self.is_full


def health(gear: Gear, actor: Actor) -> Health:
    """Look at what goes wrong most often; quick, also on a large server."""
    require(actor, Permission.SERVER_ADMIN)
    indexes = condition.states(gear)
    with gear.db.reading() as conn:
        source, tried = advisories.source(conn), advisories.last_try(conn)
        return Health(
            indexes=len(indexes),
            failing=sum(1 for _, state, _ in indexes if state is not State.CLOSED),
            jobs=jobs.counts(conn),
            advisories_at=source.at if source else None,
            advisories_trouble=tried.detail if tried else "",
            free_bytes=gear.blobs.free_bytes(),
            keep_free_bytes=gear.settings.keep_free_bytes,
            database="SQLite" if gear.db.is_sqlite else "PostgreSQL",
            events=audit.head(conn).seq,
        )
