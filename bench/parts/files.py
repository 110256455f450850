"""Large files: how fast the bytes leave."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.corpus import Item
from bench.downloads import Pull, pull
from bench.figures import Bound, Figure, Of
from bench.listed import paths
from bench.load import Failed
from bench.servers import Server, ask
from bench.stage import Plan, Stage, in_turn

_PATIENCE_S = 20


def downloads(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Download the same file over one connection, and over eight."""
    item = stage.corpus.big_file
    known: dict[str, str] = {}
    figures = []
    for connections in (1, 8):

        def load(server: Server, connections: int = connections) -> float:
            path = known.get(server.name) or _ready_path(server, item)
            known[server.name] = path
            headers = server.headers("*/*")
            what = Pull(path, item.size_bytes, headers, connections, plan.seconds)
            return pull(server, what).mb_per_s

        found = in_turn(stage, stage.indexes, plan.rounds, load)
        what = f"{item.size_bytes / 1e6:.0f} MB file, {connections} connection"
        figures.append(
            Figure(
                what + ("s" if connections > 1 else ""),
                "MB/s",
                found,
                (Bound(0.85, Of.FLOOR, is_least=True),),
                more_is_better=True,
            )
        )
    return figures


def _ready_path(server: Server, item: Item) -> str:
    """Give the path of a file once the server has it: proxpi redirects until it does."""
    path = paths(server, item.project)[item.name.text]
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        answer = ask(server.port, path, server.headers("*/*"))
        if answer.status == 200 and len(answer.body) == item.size_bytes:
            return path
        time.sleep(0.5)
    raise Failed(f"{server.name} does not give {item.name.text}.")
