"""An approval office of real parts: feeds, jobs, checks, a loopback upstream, and its people.

    office.upstream.add(SPAM)
    asked = office.vetted(SPAM)
    requests.approve(office.gear, APPROVER, asked.id, "fine")
    assert office.fetch(SPAM) == SPAM.data

Everything runs on one event loop that lives as long as the office. Requests made with
`vetted` name their files in a pylock.toml, which needs no resolver; `serving` opens the index
on a real port for tests in which uv must find the closure.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from affineur import bootstrap
from affineur.blobs import LocalBlobs
from affineur.config import Settings
from affineur.core.files import Filename
from affineur.core.names import FeedName, ProjectName, parse_project
from affineur.core.permissions import OPERATOR, Actor
from affineur.core.requests import Ask, Request
from affineur.jobs.runner import Runner
from affineur.resolve.uv import UvResolver
from affineur.services import policies, requests, serve, setup, upload
from affineur.services.connectors import NewConnector
from affineur.services.gear import Gear
from affineur.services.jobs import job_kinds
from affineur.services.upload import UploadAnswer, UploadForm
from affineur.store import advisories, changes
from affineur.store.database import Database
from affineur.upstream.client import HttpUpstream
from affineur.web import server
from support.clocks import SetClock
from support.dists import Dist
from support.gear import make_gear, settled, somebody
from support.ports import free_port
from support.upstream_server import LoopbackUpstream, upstream_server
from support.values import versions

_T = TypeVar("_T")

UNAPPROVED, APPROVED, INTERNAL = (
    FeedName("unapproved"),
    FeedName("approved"),
    FeedName("internal"),
)
DEV = somebody("reader@internal", name="dev")
APPROVER = somebody("approver", name="approver")
BUILDER = somebody("reader@internal", "publisher@internal", name="builder")

LENIENT = """\
otherwise = "allow"
[licence]
allow = ["MIT"]
"""
"""A policy that lets through what is old enough, free of known trouble, and under MIT."""


@dataclass
class Office:
    """The parts, and short ways to use them."""

    gear: Gear
    upstream: LoopbackUpstream
    clock: SetClock
    runner: asyncio.Runner

    def run(self, what: Coroutine[Any, Any, _T]) -> _T:  # Any: as asyncio's own
        """Run something on the office's loop."""
        return self.runner.run(what)

    def work(self) -> None:
        """Do all jobs that can be done now."""
        self.run(Runner(self.gear, job_kinds(self.gear.settings)).run_until_idle())

    def asked(self, *dists: Dist, by: Actor = DEV) -> Request:
        """Ask for files by a lock file; nothing is done about it yet."""
        return requests.create(self.gear, by, INTERNAL, lock_of(*dists), "the app needs it")

    def vetted(self, *dists: Dist, by: Actor = DEV) -> Request:
        """Ask for files by a lock file, and do what can be done without a person."""
        made = self.asked(*dists, by=by)
        self.work()
        return self.show(made.id)

    def approved(self, *dists: Dist) -> Request:
        """Ask for files and approve them."""
        return requests.approve(self.gear, APPROVER, self.vetted(*dists).id, "looked at")

    def show(self, request_id: int) -> Request:
        """Give a request as its approver sees it."""
        return requests.show(self.gear, APPROVER, request_id)

    def page(
        self, project: str, feed: FeedName = INTERNAL, who: Actor = OPERATOR
    ) -> dict[str, str]:
        """Give each listed version of a project with `served` or the reason why not."""
        return versions(self.run(serve.page(self.gear, who, feed, parse_project(project))))

    def news(
        self, project: str, feed: FeedName = INTERNAL, who: Actor = OPERATOR
    ) -> dict[str, str]:
        """Give the page as it is when what is asked behind it has been answered."""
        self.page(project, feed, who)
        self.run(settled(self.gear))
        return self.page(project, feed, who)

    def fetch(self, dist: Dist, feed: FeedName = INTERNAL, who: Actor = OPERATOR) -> bytes:
        """Download a file to its end."""
        return self.run(self.fetching(dist, feed, who))

    async def fetching(self, dist: Dist, feed: FeedName = INTERNAL, who: Actor = OPERATOR) -> bytes:
        """Download a file to its end, on the loop."""
        served = await serve.file(self.gear, who, feed, dist.sha256, dist.filename)
        if served.path is not None:
            return await asyncio.to_thread(served.path.read_bytes)
        assert served.chunks is not None
        return b"".join([piece async for piece in served.chunks])

    def publish(
        self, dist: Dist, by: Actor = BUILDER, feed: FeedName = INTERNAL, **fields: str
    ) -> UploadAnswer:
        """Upload a distribution; `fields` are those of the form that lie."""
        parsed = Filename.parse(dist.filename)
        told = {
            "name": str(parsed.project),
            "version": str(parsed.version),
            "filename": dist.filename,
            "filetype": "bdist_wheel" if dist.is_wheel else "sdist",
            "sha256": str(dist.sha256),
        }
        staged = upload.receive(self.gear, by, feed)
        staged.write(dist.data)
        return upload.finish(self.gear, by, feed, staged, UploadForm(**(told | fields)))

    def policy(self, toml: str) -> None:
        """Give `approved` a policy, and the checks the data that they need to pass anything."""
        policies.set_policy(self.gear, OPERATOR, APPROVED, toml)
        with self.gear.db.writing() as conn:
            advisories.note_as_of(conn, self.clock.now(), "made by a test")

    def change(self, project: str) -> int:
        """Give the watermark of a project's last change; 0 when it never changed."""
        with self.gear.db.reading() as conn:
            return changes.changed_since(conn, 0, 1000).get(ProjectName(project), 0)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Open the index on the port that the gear names, for the length of an `async with`."""
        port = int(self.gear.public_url.rsplit(":", 1)[1])
        taken = asyncio.Event()
        task = asyncio.create_task(
            server.serve(self.gear, "127.0.0.1", port, ready=lambda _url: taken.set())
        )
        try:
            await asyncio.wait_for(taken.wait(), 20)
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def work_with_index(self) -> None:
        """Do all jobs that can be done now, with the index open to the resolver."""

        async def working() -> None:
            async with self.serving():
                await Runner(self.gear, job_kinds(self.gear.settings)).run_until_idle()

        self.run(working())


@contextmanager
def approval_office(
    database: Database,
    tmp_path: Path,
    **settings: Any,  # Any: the values of Settings' fields
) -> Iterator[Office]:
    """Open an office on a database, and close all of it again."""
    clock = SetClock()
    with upstream_server() as upstream, asyncio.Runner() as runner:
        chosen = Settings(data=tmp_path, **({"resolve_timeout_s": 60.0} | settings))
        gear = make_gear(
            database,
            clock,
            tmp_path,
            settings=chosen,
            blobs=LocalBlobs(tmp_path / "blobs"),
            upstream=HttpUpstream(),
            vetting=bootstrap.vetting(chosen),
            resolve=UvResolver(lowest_python="3.11", timeout_s=60),
            public_url=f"http://127.0.0.1:{free_port()}",
        )
        connector = NewConnector("upstream", url=upstream.url)
        setup.initialise(gear, connector, serving_on_loopback=False)
        try:
            yield Office(gear, upstream, clock, runner)
        finally:
            upstream.heal()
            runner.run(settled(gear))
            runner.run(gear.upstream.aclose())


def lock_of(*dists: Dist) -> Ask:
    """Ask for exactly these files, by a lock file (PEP 751)."""
    tables = ['lock-version = "1.0"\ncreated-by = "a test"\n']
    for dist in dists:
        name = Filename.parse(dist.filename)
        entry = f'name = "{dist.filename}"\nurl = "https://elsewhere.example/{dist.filename}"\n'
        hashes = f'hashes = {{ sha256 = "{dist.sha256}" }}\n'
        head = f'[[packages]]\nname = "{name.project}"\nversion = "{name.version}"\n'
        kind = "[[packages.wheels]]\n" if dist.is_wheel else "[packages.sdist]\n"
        tables.append(head + kind + entry + hashes)
    return Ask((), "\n".join(tables), "pylock.toml")
