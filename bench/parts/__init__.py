"""The parts of the benchmark; each can be run alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.figures import Figure
from bench.parts import clients, cold, feed, files, pages, rest, spread
from bench.stage import Plan, Stage


@dataclass(frozen=True, slots=True)
class Part:
    """One load, and whether the Python peers take part."""

    name: str
    sentence: str
    measure: Callable[[Stage, Plan], Sequence[Figure]]
    with_peers: bool = True


PARTS = (
    Part("page", "a hot small page as JSON, 16 connections", pages.small),
    Part("unchanged", "the same page, asked for with its ETag", pages.unchanged),
    Part("large", "a hot page of more than 2,000 files", pages.large),
    Part("latency", "the small page on 64 connections", pages.latency),
    Part("file", "the file nearest to 30 MB, on 1 and 8 connections", files.downloads),
    Part("resolve", "uv pip compile of the closure, empty client cache", clients.resolution),
    Part("install", "uv pip install of the closure, empty client cache", clients.installation),
    Part("pip", "pip install of the closure", clients.pip_installation, with_peers=False),
    Part("cold", "uv through a new server from the real index", cold.through, with_peers=False),
    Part("rest", "start to first page; memory after load", rest.start_and_memory),
    Part("feed", "a feed of 100,000 projects and 1,000,000 files", feed.big, with_peers=False),
    Part("spread", "a change in one process, seen in another", spread.changes, with_peers=False),
)
