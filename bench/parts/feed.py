"""What a hundred thousand projects cost: nothing should depend on how many there are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from bench import api, ours
from bench.approved import Home
from bench.corpus import SMALL
from bench.figures import Bound, Figure, Of
from bench.large_feed import PROJECTS, large_feed, name_of
from bench.load import Failed, Load, run
from bench.parts.spread import prepare
from bench.processes import memory_mb
from bench.servers import OURS, Server, ask, started
from bench.stage import Plan, Stage, in_turn

_FEW = "the small feed"
_PAGES = 2_000


def big(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Compare the same page with that of a small feed; promote, start, and look at memory."""
    home = large_feed(stage.corpus)
    starts = [_start(home) for _number in range(plan.rounds - 1)]
    project = f"bench-hundred-{int(time.time())}"
    prepare(replace(stage, home=home), project, plan.rounds)
    with started(ours.recipe(home)) as many:
        starts.append(many.started_s)
        rates = _rates(stage, plan, many)
        promotions = [_promotion(many, home, project, n + 1) for n in range(plan.rounds)]
        _read_around(many)
        memory = memory_mb(many.pid)
    of_small = (Bound(0.9, Of.SMALL, is_least=True),)
    unit = "answers per server CPU second"
    return [
        Figure("large feed: hot page", unit, rates, of_small, more_is_better=True),
        Figure("large feed: promotion of 100 files", "s", {OURS: tuple(promotions)}, (Bound(2),)),
        Figure("large feed: start to first page", "s", {OURS: tuple(starts)}, (Bound(3),)),
        Figure(
            "large feed: memory after 2,000 pages and the list of all projects (PSS)",
            "MB",
            {OURS: (memory,)},
            (Bound(300),),
        ),
    ]


def _rates(stage: Stage, plan: Plan, many: Server) -> dict[str, tuple[float, ...]]:
    few = replace(stage.servers[OURS], name=_FEW)

    def load(server: Server) -> float:
        what = Load(server.page(SMALL), server.headers(), seconds=plan.seconds)
        return run(server, what).per_cpu_s

    return in_turn(stage, (few, many), plan.rounds, load)


def _promotion(server: Server, home: Home, project: str, number: int) -> float:
    began = time.monotonic()
    api.promote(server, home.approver, project, f"{number}.0")
    return time.monotonic() - began


def _read_around(server: Server) -> None:
    """Ask for pages all over the feed, each for the first time, and for the list of all names."""
    for number in range(0, PROJECTS, PROJECTS // _PAGES):
        _get(server, server.page(name_of(number)))
    _get(server, server.index_path)


def _get(server: Server, path: str) -> None:
    answer = ask(server.port, path, server.headers())
    if answer.status != 200:
        raise Failed(f"{path} was answered with {answer.status}.")


def _start(home: Home) -> float:
    with started(ours.recipe(home)) as server:
        return server.started_s
