"""The peer: bare granian giving one prepared body, the most that a page of ours could reach."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

_Receive = Callable[[], Awaitable[Mapping[str, Any]]]  # Any: ASGI's own
_Send = Callable[[Mapping[str, Any]], Awaitable[None]]  # Any: ASGI's own


def app(body: bytes) -> Callable[[Mapping[str, Any], _Receive, _Send], Awaitable[None]]:
    """Make the application; it knows ETags and nothing else."""
    etag = f'"{hashlib.sha256(body).hexdigest()}"'.encode()
    length = str(len(body)).encode()

    async def answer(
        scope: Mapping[str, Any],  # Any: ASGI's own
        _receive: _Receive,
        send: _Send,
    ) -> None:
        is_known = (b"if-none-match", etag) in scope["headers"]
        headers = [(b"etag", etag)] if is_known else [(b"etag", etag), (b"content-length", length)]
        status = 304 if is_known else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if is_known else body})

    return answer


async def _serve(port: int, body: bytes) -> None:
    server = Server(
        app(body),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    )
    await server.serve()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
