"""The server: granian in this process, so that one kill ends everything there is.

It serves until a signal (SIGINT, SIGTERM) or a cancellation, then lets running answers end
for a while. What else lives as long as the server (the job runner) is given as `beside`.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

from affineur.core.errors import Unavailable
from affineur.services.counting import keep_counting, write_down
from affineur.services.gear import Gear
from affineur.services.pulse import Watcher
from affineur.web import footprint
from affineur.web.app import build_app
from affineur.web.at_once import answering

_STOP_S = 30.0
_START_S = 10.0
_THREADS = 12
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Beside = Callable[[], Coroutine[object, object, None]]
"""Makes what runs beside the server; cancelled when it stops."""


async def serve(
    gear: Gear,
    host: str,
    port: int,
    beside: Beside | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until told to stop; `ready` hears the URL once connections are taken.

    Port 0 takes any free port. Raise `Unavailable` when the port cannot be had.
    """
    _widen_threads()
    port = _free_port(host, port)
    front = build_app(gear)
    server = Server(
        front,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    )
    stop = asyncio.Event()
    _on_signals(stop)
    footprint.settle()
    with Watcher(gear.pulse, gear.db), answering(front.at_once):
        serving = asyncio.create_task(server.serve())
        others = [asyncio.create_task(one) for one in (stop.wait(), footprint.keep_small())]
        others += [asyncio.create_task(keep_counting(gear))]
        others += [asyncio.create_task(beside())] if beside else []
        try:
            await _until_taken(serving, host, port)
            front.load_api()
            front.load_ui()
            if ready is not None:
                ready(f"http://{_bracketed(host)}:{port}")
            await asyncio.wait([serving, *others], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(server, serving, others)
            await asyncio.to_thread(write_down, gear)


def _widen_threads() -> None:
    """Let slow work (reading archives) leave threads for quick work (asking the database).

    Fewer than the database has connections: no thread waits for one.
    """
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="affineur")
    asyncio.get_running_loop().set_default_executor(threads)


async def _end(
    server: Server, serving: asyncio.Task[None], others: list[asyncio.Task[Any]]
) -> None:
    """Stop what runs beside, take no new connections, let running answers end.

    In this order: a job that asks this server must not see it go away.
    """
    for task in others:
        task.cancel()
    server.stop()  # type: ignore[no-untyped-call]  # granian gives no types here
    try:
        await asyncio.wait_for(serving, _STOP_S)
    except TimeoutError:  # what is cut off now may complain, and nobody needs to read it
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    for outcome in await asyncio.gather(*others, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for one in _SIGNALS:
        with suppress(RuntimeError, ValueError):  # only the main thread hears signals
            loop.add_signal_handler(one, stop.set)


def _free_port(host: str, port: int) -> int:
    """Make sure of the port: granian shares ports, so it would not notice another server."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"Nobody can listen on {host}:{port}: {error.strerror}.",
                hint="Another server may run there; choose another port with --port.",
            ) from error
        taken: int = probe.getsockname()[1]
        return taken


async def _until_taken(serving: asyncio.Task[None], host: str, port: int) -> None:
    """Wait until connections are taken."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    deadline = asyncio.get_running_loop().time() + _START_S
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(reachable, port)
        except OSError as error:
            if asyncio.get_running_loop().time() > deadline:
                raise Unavailable(f"The server does not come up on {host}:{port}.") from error
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    await serving


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
