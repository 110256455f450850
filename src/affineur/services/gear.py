"""The parts that every use case is given first, and one door for recording changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from affineur.config import Settings
from affineur.core.ports import Blobs, Clock, Resolver, Upstream, Vetting
from affineur.store.database import Database

if TYPE_CHECKING:
    import asyncio


@dataclass(frozen=True, slots=True)
class Gear:
    """One server's parts. Built by `bootstrap.build`, passed first to every use case."""

    settings: Settings
    db: Database
    blobs: Blobs
    upstream: Upstream
    vetting: Vetting
    resolve: Resolver
    clock: Clock
    public_url: str
    """Where clients reach the server, without a slash at the end."""
    flights: dict[str, asyncio.Task[object]] = field(default_factory=dict)
    """Work in flight that others join instead of beginning it again, by what it fetches."""
