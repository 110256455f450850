"""The parts that every use case is given first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from affineur.config import Settings
from affineur.core.names import FeedName
from affineur.core.notifier import Notifier
from affineur.core.ports import Blobs, Clock, Conditions, Resolver, Upstream, Vetting
from affineur.core.selection import Selection
from affineur.services.chain import Chain
from affineur.services.keeping import Keeper
from affineur.services.kept_differences import KeptDifferences
from affineur.services.outside import Outside
from affineur.services.passwords import Passwords
from affineur.services.proofs import Proofs
from affineur.services.pulse import Pulse
from affineur.services.remembered_names import RememberedNames
from affineur.services.told import Told
from affineur.services.usage import Usage
from affineur.services.uses import Uses
from affineur.store.database import Database

_COMPOSERS = 3
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Gear:
    """One server's parts. Built by `bootstrap.build`, passed first to every use case."""

    settings: Settings
    db: Database
    blobs: Blobs
    upstream: Upstream
    vetting: Vetting
    conditions: Conditions
    resolve: Resolver
    notify: Notifier
    clock: Clock
    public_url: str
    """Where clients reach the server, without a slash at the end."""
    own_url: str = ""
    """Where this machine reaches it, when that is shorter; empty means `public_url`."""
    flights: dict[str, Any] = field(default_factory=dict)  # Any: tasks and flights, by name
    """Work in flight that others join instead of beginning it again, by what it fetches."""
    outside: Outside = field(default_factory=Outside)
    keeper: Keeper = field(default_factory=Keeper)
    pulse: Pulse = field(default_factory=Pulse)
    composers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_COMPOSERS, thread_name_prefix="composer")
    )
    """Threads that make pages. Few: a large page takes much memory while it is made."""

    async def compose(self, make: Callable[..., _T], *args: object) -> _T:
        """Make a page, or a part of one, in a composer's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.composers, partial(make, *args))

    told: Told = field(default_factory=Told)
    uses: Uses = field(default_factory=Uses)
    usage: Usage = field(default_factory=Usage)
    proofs: Proofs = field(default_factory=Proofs)
    differences: KeptDifferences = field(default_factory=KeptDifferences)
    names: RememberedNames = field(default_factory=RememberedNames)
    chain: Chain = field(default_factory=Chain)
    passwords: Passwords = field(default_factory=Passwords)

    @property
    def selection(self) -> Selection:
        """Which files of a release the settings want."""
        settings = self.settings
        return Selection.parse(
            settings.pythons,
            settings.platforms,
            sdists=settings.sdists,
            everything=settings.all_files,
        )

    def index_url(self, feed: FeedName) -> str:
        """Give the simple index of a feed, as a resolver on this machine reaches it."""
        return f"{self.own_url or self.public_url}/pypi/{feed}/simple/"
