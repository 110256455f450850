"""How the server is, for whoever keeps it: version, settings, jobs, the age of its data, its disk.

Nothing here is a secret: of a URL its credentials and its query are left out.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Connection

import affineur
from affineur.config import Settings
from affineur.core.errors import Conflict, NotFound
from affineur.core.permissions import Actor, Permission, require
from affineur.services.gear import Gear
from affineur.services.requests import RESOLVE
from affineur.services.resolution import VET
from affineur.store import advisories, audit, jobs
from affineur.store import names as name_store
from affineur.store.jobs import JobState, StandingJob

_MOST_JOBS = 100
_TOLD_ELSEWHERE = frozenset({RESOLVE, VET})
"""Kinds whose failure became part of a request; doing them again changes nothing."""


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting as it holds now."""

    name: str
    sentence: str
    value: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class NameList:
    """A list of names that new ones are held against."""

    name: str
    source: str
    as_of: datetime | None
    """None: the one that is shipped."""


@dataclass(frozen=True, slots=True)
class AdvisoriesAge:
    """How new the advisories are. They are not counted: that reads all of them."""

    as_of: datetime | None
    """None: there are none yet, and nothing can be checked for vulnerabilities."""
    source: str
    trouble: str
    """What went wrong when they were last asked for; empty when nothing did."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """All of it at one moment."""

    version: str
    python: str
    database: str
    """`SQLite` or `PostgreSQL`."""
    public_url: str
    settings: tuple[ShownSetting, ...]
    job_counts: Mapping[str, int]
    waiting: tuple[StandingJob, ...]
    parked: tuple[StandingJob, ...]
    advisories: AdvisoriesAge
    name_lists: tuple[NameList, ...]
    free_bytes: int | None
    """None: nobody knows."""
    keep_free_bytes: int
    events: int
    """How many events the audit log holds."""


def state(gear: Gear, actor: Actor) -> ServerState:
    """Look at everything that an operator wants to know at once."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.reading() as conn:
        counts = jobs.counts(conn)
        waiting = jobs.standing(conn, JobState.WAITING, _MOST_JOBS)
        parked = jobs.standing(conn, JobState.PARKED, _MOST_JOBS)
        lists, known = _name_lists(conn), _advisories(conn)
        events = audit.head(conn).seq
    return ServerState(
        version=affineur.__version__,
        python=platform.python_version(),
        database="SQLite" if gear.db.is_sqlite else "PostgreSQL",
        public_url=gear.public_url,
        settings=shown_settings(gear.settings),
        job_counts=counts,
        waiting=waiting,
        parked=parked,
        advisories=known,
        name_lists=lists,
        free_bytes=gear.blobs.free_bytes(),
        keep_free_bytes=gear.settings.keep_free_bytes,
        events=events,
    )


def can_be_tried_again(one: StandingJob) -> bool:
    """Whether doing a parked job again may change anything."""
    return one.state is JobState.PARKED and one.kind not in _TOLD_ELSEWHERE


def try_again(gear: Gear, actor: Actor, job_id: int) -> None:
    """Let a job that was put aside be done once more."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.writing() as conn:
        found = jobs.find(conn, job_id) if 0 < job_id < 2**31 else None
        if found is None:
            raise NotFound(f"There is no job {job_id}.")
        if not can_be_tried_again(found):
            raise Conflict(
                f"Job {job_id} cannot be tried again: it was not put aside, or its request tells "
                "what became of it.",
                hint="Make the request again.",
            )
        jobs.enqueue(conn, gear.clock.now(), found.kind, found.key)


def shown_settings(settings: Settings) -> tuple[ShownSetting, ...]:
    """Show each setting with its sentence, in their order, without anything secret."""
    return tuple(
        ShownSetting(
            one.name,
            one.metadata["sentence"],
            _shown(getattr(settings, one.name)),
            getattr(settings, one.name) == one.default,
        )
        for one in fields(settings)
    )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(one) for one in value)
    text = str(value)
    return _without_secrets(text) if "://" in text else text


def _without_secrets(url: str) -> str:
    """Leave out of a URL what may be a secret; of one that cannot be read, everything."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "set"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _advisories(conn: Connection) -> AdvisoriesAge:
    source, tried = advisories.source(conn), advisories.last_try(conn)
    return AdvisoriesAge(
        as_of=source.at if source else None,
        source=source.detail if source else "",
        trouble=tried.detail if tried else "",
    )


def _name_lists(conn: Connection) -> tuple[NameList, ...]:
    told = []
    for which in (name_store.POPULAR, name_store.DEBIAN):
        kept = name_store.origin(conn, which)
        if kept is not None:
            told.append(NameList(which, kept[1], kept[0]))
        elif which == name_store.POPULAR:
            told.append(NameList(which, "shipped with affineur", None))
    return tuple(told)
