"""What a server takes: the time to its first page, and memory after work."""

from __future__ import annotations

from collections.abc import Sequence

from bench import ours
from bench.corpus import LARGE, SMALL
from bench.downloads import Pull, pull
from bench.figures import Bound, Figure
from bench.listed import paths
from bench.load import Load, run
from bench.processes import memory_mb
from bench.servers import AS_PIP_ASKS, ENCODINGS, OURS, Server, started
from bench.stage import Plan, Stage, in_turn

_SHOT_S = 1


def start_and_memory(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Start affineur again and again; put every server under each load, then look at memory."""
    starts: dict[str, tuple[float, ...]] = {
        name: (server.started_s,) for name, server in stage.servers.items() if name != OURS
    }
    starts |= {OURS: tuple(_start(stage) for _number in range(plan.rounds))}

    def after_load(server: Server) -> float:
        work(server, stage)
        return memory_mb(server.pid)

    memory = in_turn(stage, stage.indexes, 1, after_load)
    return [
        Figure("start to first page", "s", starts, (Bound(1.5),)),
        Figure("memory after the load (PSS)", "MB", memory, (Bound(150),)),
    ]


def work(server: Server, stage: Stage) -> None:
    """Have a server give pages, small and large, and files, for some seconds."""
    headers = server.headers(AS_PIP_ASKS)
    run(server, Load(server.page(SMALL), headers, 64, _SHOT_S))
    run(server, Load(server.page(LARGE), headers | {"Accept-Encoding": ENCODINGS}, 4, _SHOT_S))
    item = stage.corpus.big_file
    path = paths(server, item.project)[item.name.text]
    pull(server, Pull(path, item.size_bytes, server.headers("*/*"), 8, _SHOT_S))


def _start(stage: Stage) -> float:
    """Start one more affineur on the same data."""
    with started(ours.recipe(stage.home)) as server:
        return server.started_s
