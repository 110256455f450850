"""Real clients, each time on a machine that has nothing yet, from servers that are warm."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench import clients
from bench.figures import Bound, Figure, Of
from bench.servers import Server
from bench.stage import Plan, Stage, in_turn


def resolution(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Time resolution alone, which is where servers differ."""
    samples = _warm_then_timed(stage, stage.indexes, plan.rounds, clients.resolve_with_uv)
    what = "`uv pip compile` of the closure, warm server"
    return [Figure(what, "s", samples, (Bound(1.15, Of.FLOOR),))]


def installation(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Time resolution, downloads, and mostly unpacking."""
    samples = _warm_then_timed(stage, stage.indexes, plan.rounds, clients.install_with_uv)
    what = "`uv pip install` of the closure, warm server"
    return [Figure(what, "s", samples, (Bound(1.10, Of.FLOOR),))]


def pip_installation(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Do the same with pip."""
    for server in stage.two:
        clients.install_with_uv(server.index)
    samples = in_turn(
        stage, stage.two, plan.rounds, lambda server: clients.install_with_pip(server.index)
    )
    what = "`pip install` of the closure, warm server"
    return [Figure(what, "s", samples, (Bound(1.05, Of.FLOOR),))]


def _warm_then_timed(
    stage: Stage, servers: Sequence[Server], rounds: int, client: Callable[[str], float]
) -> dict[str, tuple[float, ...]]:
    """Measure, once each server was asked for everything one time."""
    warm = in_turn(stage, servers, 1, lambda server: client(server.index))
    able = [server for server in servers if server.name in warm]
    return in_turn(stage, able, rounds, lambda server: client(server.index))
