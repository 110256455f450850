"""The kinds of work that is done later, each with its use case and what follows if it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from affineur.config import Settings
from affineur.services.advisories import SYNC_ADVISORIES, sync_again, sync_parked
from affineur.services.eviction import DELETE_BYTES, KEEP_HOUSE
from affineur.services.gear import Gear
from affineur.services.housekeeping import delete_bytes, housekeeping_parked, keep_house
from affineur.services.judging import REJUDGE
from affineur.services.rejudging import rejudge, rejudging_parked
from affineur.services.requests import RESOLVE
from affineur.services.requiring import (
    READ_REQUIREMENTS,
    read_requirements,
    requirements_parked,
)
from affineur.services.resolution import VET, resolution_parked, resolve_request
from affineur.services.standing import follow, follow_parked
from affineur.services.vetting import vet_item, vetting_parked
from affineur.services.webhook_telling import (
    TELL,
    tell_webhook,
    telling_parked,
    webhooks_behind,
)
from affineur.store.concerns import FOLLOW

_HOUR_S = 3600.0
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class JobKind:
    """What is done for the job of a key, and what when it keeps failing."""

    handle: Callable[[Gear, str], Awaitable[None]]
    """Does the job; doing it twice does no harm."""
    parked: Callable[[Gear, str, str], None]
    """Records that it kept failing with this error; blocking, idempotent."""
    every_s: float | None = None
    """How long after it was done, or kept failing, it is done again, with an empty key; None:
    only when somebody asks for it."""
    behind: Callable[[Connection, datetime], Sequence[str]] | None = None
    """Names the keys that there is something to do for, where the change that causes it enqueues
    nothing; asked several times a second. Such a kind has a worker of its own in each process, so
    that it does not wait for what takes minutes."""


def job_kinds(settings: Settings) -> Mapping[str, JobKind]:
    """Name all kinds of jobs."""
    return {
        RESOLVE: JobKind(resolve_request, resolution_parked),
        VET: JobKind(vet_item, vetting_parked),
        REJUDGE: JobKind(rejudge, rejudging_parked),
        KEEP_HOUSE: JobKind(keep_house, housekeeping_parked, every_s=_HOUR_S),
        READ_REQUIREMENTS: JobKind(read_requirements, requirements_parked, every_s=24 * _HOUR_S),
        FOLLOW: JobKind(follow, follow_parked, every_s=_MINUTE_S),
        DELETE_BYTES: JobKind(delete_bytes, housekeeping_parked),
        SYNC_ADVISORIES: JobKind(
            sync_again, sync_parked, every_s=settings.advisories_every_s or None
        ),
        TELL: JobKind(tell_webhook, telling_parked, behind=webhooks_behind),
    }
