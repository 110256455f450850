"""A whole server in this process: real parts, a loopback upstream, users with tokens.

Everything runs on one event loop that lives as long as the house, because downloads in
flight outlive the request that began them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from affineur.blobs import LocalBlobs
from affineur.checks.archive import Archive
from affineur.checks.differing import ChildDiffer
from affineur.checks.identity import Identity
from affineur.checks.member_reading import ChildMemberReader
from affineur.checks.metadata import MetadataCheck
from affineur.checks.reading import ChildReader
from affineur.core.files import Filename
from affineur.core.names import FeedName
from affineur.core.permissions import OPERATOR, Grant
from affineur.core.ports import Vetting
from affineur.notify import HttpNotifier
from affineur.resolve import UvResolver
from affineur.services import access, feeds, setup
from affineur.services.access import TokenOrder
from affineur.services.connectors import NewConnector
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.upstream.client import HttpUpstream
from affineur.web.app import Front, build_app
from support.clocks import SetClock
from support.databases import sqlite_database
from support.dists import Dist
from support.forms import CONTENT_TYPE, form, upload_parts
from support.gear import make_gear, settled
from support.upstream_server import LoopbackUpstream, upstream_server

_T = TypeVar("_T")

PEOPLE = {
    "dev": ("reader@internal",),
    "approver": ("approver@internal", "approver@approved", "approver@unapproved"),
    "builder": ("reader@internal", "publisher@internal"),
    "stranger": ("reader@elsewhere",),
    "admin": ("admin",),
}


@dataclass
class House:
    """The server, and how to speak to it."""

    gear: Gear
    app: Front
    upstream: LoopbackUpstream
    clock: SetClock
    tokens: Mapping[str, str]
    runner: asyncio.Runner

    def run(self, what: Coroutine[Any, Any, _T]) -> _T:  # Any: as asyncio's own
        """Run something on the house's loop."""
        return self.runner.run(what)

    def ask(
        self,
        method: str,
        path: str,
        who: str | None = None,
        **more: Any,  # Any: httpx2's arguments
    ) -> httpx2.Response:
        """Ask for something in-process, with the token of `who`."""
        return self.run(self.asking(method, path, who, **more))

    async def asking(
        self,
        method: str,
        path: str,
        who: str | None = None,
        **more: Any,  # Any: httpx2's arguments
    ) -> httpx2.Response:
        """Ask, on the loop."""
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["authorization"] = f"Bearer {self.tokens[who]}"
        transport = httpx2.ASGITransport(self.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, headers=headers, **more)

    def get(self, path: str, who: str | None = "dev", **headers: str) -> httpx2.Response:
        """Get something; `if_none_match` stands for If-None-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", path, who, headers=named)

    def publish(
        self, dist: Dist, who: str | None = "builder", feed: str = "internal", **fields: str
    ) -> httpx2.Response:
        """Upload a distribution as twine does."""
        parsed = Filename.parse(dist.filename)
        told = {
            "name": parsed.project,
            "version": str(parsed.version),
            "filetype": "bdist_wheel" if dist.is_wheel else "sdist",
            "sha256_digest": dist.sha256,
        }
        body = form(upload_parts(dist.filename, dist.data, told | fields))
        path = f"/pypi/{feed}/legacy/"
        return self.ask("POST", path, who, content=body, headers={"content-type": CONTENT_TYPE})


@contextmanager
def house(tmp_path: Path) -> Iterator[House]:
    """Open a house on SQLite, and close all of it again."""
    clock = SetClock()
    with (
        sqlite_database(tmp_path / "house.db") as db,
        upstream_server() as upstream,
        asyncio.Runner() as runner,
    ):
        gear = make_gear(
            db,
            clock,
            tmp_path,
            blobs=LocalBlobs(tmp_path / "blobs"),
            upstream=HttpUpstream(),
            notify=HttpNotifier(),
            resolve=UvResolver(lowest_python="3.11", timeout_s=60),
            vetting=Vetting(
                ChildReader(timeout_s=20, memory_bytes=1 << 30, total_bytes=1 << 30),
                (Identity(), MetadataCheck(), Archive()),
                ChildDiffer(timeout_s=20, memory_bytes=1 << 30, total_bytes=1 << 30),
                ChildMemberReader(timeout_s=20, memory_bytes=1 << 30, total_bytes=1 << 30),
            ),
        )
        tokens = _settle(gear, upstream.url)
        try:
            yield House(gear, build_app(gear), upstream, clock, tokens, runner)
        finally:
            upstream.heal()
            runner.run(settled(gear))
            runner.run(gear.upstream.aclose())


def _settle(gear: Gear, upstream_url: str) -> dict[str, str]:
    """Make the three feeds and one more, and the people with their tokens."""
    connector = NewConnector("upstream", url=upstream_url)
    setup.initialise(gear, connector, serving_on_loopback=False)
    feeds.create(gear, OPERATOR, NewFeed(FeedName("elsewhere")))
    tokens: dict[str, str] = {}
    for name, grants in PEOPLE.items():
        if name != "admin":
            access.add_user(gear, OPERATOR, name, [Grant.parse(text) for text in grants])
        tokens[name] = access.create_token(gear, OPERATOR, TokenOrder(name, "test")).secret
    return tokens
