"""Hot pages: the same bytes again and again, as many as the server can give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench import bare
from bench.corpus import LARGE, SMALL
from bench.figures import Bound, Figure, Of, Samples
from bench.load import Load, Outcome, run
from bench.servers import AS_PIP_ASKS, ENCODINGS, FLOOR, OURS, Server, ask
from bench.stage import Plan, Stage, in_turn

_PER_CPU_S = "answers per server CPU second"
_OF_LARGE = 4
"""Connections for the large page: some peers need half a second for each answer."""


def small(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Load the page of a small project."""

    def load(server: Server) -> Outcome:
        what = Load(server.page(SMALL), _headers(server), seconds=plan.seconds)
        return run(server, what)

    found = in_turn(stage, stage.servers.values(), plan.rounds, load)
    bounds = (
        Bound(0.30, Of.FLOOR, is_least=True),
        Bound(20, Of.PEER, is_least=True),
    )
    samples = _samples(found, lambda outcome: outcome.per_cpu_s)
    what = "hot small page, JSON, with a token, 16 connections"
    return [
        Figure(what, _PER_CPU_S, samples, bounds, more_is_better=True, note=_sizes(found)),
        Figure(
            "the same, by the clock",
            "answers per second",
            _samples(found, lambda outcome: outcome.per_s),
            more_is_better=True,
        ),
    ]


def unchanged(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Load the same page by clients that have it already; no Python peer knows that."""
    etags = {server.name: _etag(server) for server in stage.servers.values()}
    able = [server for server in stage.servers.values() if etags[server.name] is not None]

    def load(server: Server) -> Outcome:
        headers = _headers(server) | {"If-None-Match": etags[server.name] or ""}
        return run(server, Load(server.page(SMALL), headers, seconds=plan.seconds, status=304))

    found = in_turn(stage, able, plan.rounds, load)
    samples = _samples(found, lambda outcome: outcome.per_cpu_s)
    bounds = (Bound(0.25, Of.FLOOR, is_least=True),)
    return [Figure("304 on it", _PER_CPU_S, samples, bounds, more_is_better=True)]


def large(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Load the page of a project with very many files, compressed where a server can."""

    def load(server: Server) -> Outcome:
        headers = _headers(server)
        if server.name != FLOOR:
            headers |= {"Accept-Encoding": ENCODINGS}
        what = Load(server.page(LARGE), headers, _OF_LARGE, plan.seconds)
        return run(server, what)

    able = [server for name, server in stage.servers.items() if name != bare.NAME]
    found = in_turn(stage, able, plan.rounds, load)
    samples = _samples(found, lambda outcome: outcome.per_cpu_s)
    bounds = (Bound(1.0, Of.FLOOR, is_least=True),)
    what = "hot page of 2,100 files, as clients ask for it; nginx plain"
    return [Figure(what, _PER_CPU_S, samples, bounds, more_is_better=True, note=_sizes(found))]


def latency(stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Time how long the slowest of a hundred waits when 64 ask at once."""

    def load(server: Server) -> Outcome:
        what = Load(server.page(SMALL), _headers(server), 64, plan.seconds)
        return run(server, what)

    found = in_turn(stage, stage.servers.values(), plan.rounds, load)
    samples = _samples(found, lambda outcome: outcome.p99_ms)
    return [Figure("p99 at 64 connections", "ms", samples, (Bound(5, Of.FLOOR),))]


def _headers(server: Server) -> dict[str, str]:
    """Ask for JSON, as pip does where a server knows HTML only."""
    return server.headers(AS_PIP_ASKS)


def _etag(server: Server) -> str | None:
    """Give the page's ETag, if the server keeps its promise to know it again."""
    path = server.page(SMALL)
    etag = ask(server.port, path, _headers(server)).headers.get("etag")
    if etag is None:
        return None
    again = ask(server.port, path, _headers(server) | {"If-None-Match": etag})
    return etag if again.status == 304 else None


def _samples(
    found: Mapping[str, tuple[Outcome, ...]], value: Callable[[Outcome], float]
) -> Samples:
    return {name: tuple(value(one) for one in outcomes) for name, outcomes in found.items()}


def _sizes(found: Mapping[str, tuple[Outcome, ...]]) -> str:
    """Tell how large the answers of the two were."""
    told = [
        f"{name} {found[name][0].answer_bytes / 1000:,.1f} KB {found[name][0].encoding}"
        for name in (OURS, FLOOR)
    ]
    return ", ".join(told)
