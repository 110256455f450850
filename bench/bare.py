"""Bare granian giving one prepared body: what an application of a few lines reaches on it.

It stands on granian's fastest interface, and knows ETags and nothing else.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

from granian.constants import Interfaces
from granian.server.embed import Server

from bench.borrowed import free_port
from bench.places import ROOT, folder
from bench.servers import Recipe

NAME = "bare granian"
_Scope: TypeAlias = Any  # RSGI's own objects, which granian does not type
_Protocol: TypeAlias = Any


def recipe(body: bytes) -> Recipe:
    """Say how to serve these bytes, whatever is asked for."""
    port = free_port()
    kept = folder("run") / "page.json"
    kept.write_bytes(body)
    command = (sys.executable, "-m", "bench.bare", str(port), kept)
    return Recipe(NAME, command, port, "/simple/", os.environ | {"PYTHONPATH": str(ROOT)})


def app(body: bytes) -> Callable[[_Scope, _Protocol], Awaitable[None]]:
    """Make the application."""
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    headers = [("etag", etag), ("content-type", "application/vnd.pypi.simple.v1+json")]

    async def answer(scope: _Scope, protocol: _Protocol) -> None:
        if scope.headers.get("if-none-match") == etag:
            protocol.response_empty(304, headers)
        else:
            protocol.response_bytes(200, headers, body)

    return answer


async def _serve(port: int, body: bytes) -> None:
    server = Server(
        app(body),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.RSGI,
        websockets=False,
        log_enabled=False,
    )
    await server.serve()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
