"""All servers on one machine, each with the same files, and how they are measured in turn."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bench import bare, nginx, ours, peers
from bench.approved import Home, approved
from bench.corpus import SMALL, Corpus, corpus
from bench.figures import PEERS
from bench.listed import check
from bench.load import Failed
from bench.processes import Died
from bench.report import plainly
from bench.servers import FLOOR, OURS, Server, ask, started
from bench.site import site
from bench.tools import Missing

_T = TypeVar("_T")
_TROUBLES = (Died, Failed, Missing, OSError, subprocess.SubprocessError)


@dataclass(frozen=True, slots=True)
class Plan:
    """How often, and for how long."""

    rounds: int = 3
    seconds: int = 2

    @property
    def few_rounds(self) -> int:
        """How often what takes a minute is done."""
        return min(self.rounds, 2)


@dataclass(frozen=True, slots=True)
class Stage:
    """What the parts of the benchmark work with."""

    corpus: Corpus
    site: Path
    home: Home
    servers: Mapping[str, Server]
    left_out: dict[str, str] = field(default_factory=dict)
    """Peers that could not be measured, with why."""

    @property
    def two(self) -> list[Server]:
        """Give affineur and its floor."""
        return [self.servers[FLOOR], self.servers[OURS]]

    @property
    def indexes(self) -> list[Server]:
        """Give all that are whole indexes."""
        return [one for name, one in self.servers.items() if name != bare.NAME]


@contextmanager
def stage(*, with_peers: bool) -> Iterator[Stage]:
    """Start nginx and affineur, and if wanted their peers; end them all at the end."""
    files = corpus()
    root = site(files)
    left_out: dict[str, str] = {}
    with ExitStack() as open_servers:
        floor = open_servers.enter_context(started(nginx.recipe(root)))
        home = approved(files)
        mine = open_servers.enter_context(started(ours.recipe(home)))
        servers = {FLOOR: floor, OURS: mine}
        for server in servers.values():
            check(server, files)
        wanted = peers.recipes(files) if with_peers else {}
        for name, recipe in wanted.items():
            try:
                server = open_servers.enter_context(started(recipe()))
                check(server, files)
                servers[name] = server
            except _TROUBLES as error:
                _tell(left_out, name, error)
        if with_peers:
            page = ask(mine.port, mine.page(SMALL), mine.headers()).body
            servers[bare.NAME] = open_servers.enter_context(started(bare.recipe(page)))
        yield Stage(files, root, home, servers, left_out)


def in_turn(
    stage: Stage, servers: Iterable[Server], rounds: int, measure: Callable[[Server], _T]
) -> dict[str, tuple[_T, ...]]:
    """Measure each server once in every round, each round beginning with another one.

    A Python peer that fails is left out from then on; the others may not fail.
    """
    order = list(servers)
    found: dict[str, list[_T]] = {server.name: [] for server in order}
    for _number in range(rounds):
        for server in list(order):
            value = _tried(stage, server, measure)
            if value is None:
                found.pop(server.name)
                order.remove(server)
            else:
                found[server.name].append(value)
        order.append(order.pop(0))
    return {name: tuple(values) for name, values in found.items()}


def _tried(stage: Stage, server: Server, measure: Callable[[Server], _T]) -> _T | None:
    try:
        return measure(server)
    except _TROUBLES as error:
        if server.name not in PEERS:
            raise
        _tell(stage.left_out, server.name, error)
        return None


def _tell(left_out: dict[str, str], name: str, error: Exception) -> None:
    left_out[name] = plainly(error)
    print(f"  {name} is left out: {error}", flush=True)
