"""A server that knows nothing yet, before the real index, beside going there directly.

What nobody approved is read from `unapproved`, by an approver.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from affineur.services.connectors import NewConnector
from affineur.upstream import default_index
from bench import clients, ours
from bench.approved import new_home
from bench.figures import Bound, Figure, Of
from bench.places import CLOSURE_LOCK, emptied
from bench.servers import OURS, started
from bench.stage import Plan, Stage

_DIRECT = "directly"
_Client = Callable[[str, Path | None], float]


def through(_stage: Stage, plan: Plan) -> Sequence[Figure]:
    """Resolve, and install, through a new server and without one, in turn."""
    figures = []
    for name, client in (
        ("compile", clients.resolve_with_uv),
        ("install", clients.install_with_uv),
    ):
        found: dict[str, list[float]] = {OURS: [], _DIRECT: []}
        for number in range(plan.few_rounds):
            turns = [(_DIRECT, _directly), (OURS, _through_new_server)]
            for who, measure in turns if number % 2 == 0 else turns[::-1]:
                found[who].append(measure(client))
        samples = {who: tuple(values) for who, values in found.items()}
        what = f"`uv pip {name}` through a new server, from the real index"
        bounds = (Bound(1.15, Of.BASE),)
        figures.append(Figure(what, "s", samples, bounds, names={Of.BASE: _DIRECT}))
    return figures


def _directly(client: _Client) -> float:
    return client(_index_url(), CLOSURE_LOCK)


def _through_new_server(client: _Client) -> float:
    index = default_index(os.environ)
    upstream = NewConnector(
        "upstream", url=index.url, username=index.username, password=index.password
    )
    data = emptied("cold")
    home = new_home(data, upstream)
    first = "pip"
    try:
        with started(ours.recipe(home, feed="unapproved", first_page=first)) as server:
            return client(server.index, CLOSURE_LOCK)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _index_url() -> str:
    """Give the index that pip uses here, with the credentials that it uses."""
    index = default_index(os.environ)
    if index.username is None:
        return index.url
    parts = urlsplit(index.url)
    holder = quote(index.username, safe="")
    if index.password is not None:
        holder += f":{quote(index.password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{holder}@{parts.netloc}"))
