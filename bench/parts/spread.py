"""Two servers on one data directory: how long until one of them shows what the other changed."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from affineur import bootstrap
from affineur.core.names import parse_project
from bench import api, ours
from bench.approved import opened, vetted
from bench.corpus import read, wheels_of_release
from bench.figures import Bound, Figure
from bench.load import Failed
from bench.places import folder
from bench.servers import OURS, Server, started
from bench.site import add_project
from bench.stage import Plan, Stage

_PATIENCE_S = 20.0
_PAUSE_S = 0.002
_BOUNDS = (Bound(1.0),)


def changes(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Promote, block and unblock through one; watch the page in the other."""
    here = stage.servers[OURS]
    token = stage.home.approver
    project = f"bench-spread-{int(time.time())}"
    found: dict[str, list[float]] = {"promotion": [], "block": [], "unblock": []}
    prepare(stage, project, plan.rounds)
    with started(ours.recipe(stage.home)) as there:
        for number in range(plan.rounds):
            for what, change in (
                ("promotion", lambda n=number: api.promote(here, token, project, f"{n + 1}.0")),
                ("block", lambda: api.block(here, token, project)),
                ("unblock", lambda: api.unblock(here, token, project)),
            ):
                found[what].append(_seen_after(there, project, change))
    return [
        Figure(f"{what} visible in another process", "s", {OURS: tuple(values)}, _BOUNDS)
        for what, values in found.items()
    ]


def prepare(stage: Stage, project: str, releases: int) -> None:
    """Put releases of 100 wheels upstream, fetch and assess them: all but promote them."""
    name = parse_project(project)
    items = [
        read(path)
        for number in range(releases)
        for path in wheels_of_release(project, f"{number + 1}.0", folder("extra", project))
    ]
    add_project(stage.site, name, items)
    gear = opened(stage.home.data)

    async def vet() -> None:
        try:
            await vetted(gear, name, items)
        finally:
            await bootstrap.close(gear)

    asyncio.run(vet())


def _seen_after(there: Server, project: str, change: Callable[[], None]) -> float:
    """Give the seconds from the answer to a change until another server's page is another."""
    connection = http.client.HTTPConnection("127.0.0.1", there.port, timeout=_PATIENCE_S)
    try:
        before = _etag(connection, there, project)
        with ThreadPoolExecutor(1) as pool:
            seen = pool.submit(_watch, connection, there, project, before)
            change()
            answered = time.monotonic()
            return max(0.0, seen.result() - answered)
    finally:
        connection.close()


def _watch(
    connection: http.client.HTTPConnection, there: Server, project: str, before: str
) -> float:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if _etag(connection, there, project) != before:
            return time.monotonic()
        time.sleep(_PAUSE_S)
    raise Failed(f"The change never showed in another process within {_PATIENCE_S:.0f} s.")


def _etag(connection: http.client.HTTPConnection, there: Server, project: str) -> str:
    connection.request("GET", there.page(project), headers=there.headers())
    answer = connection.getresponse()
    answer.read()
    return f"{answer.status} {answer.headers.get('ETag')}"
