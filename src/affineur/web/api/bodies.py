"""Limits on what the API reads: a body is taken whole before FastAPI sees it, or refused."""

from __future__ import annotations

from affineur.core.errors import TooLarge
from affineur.web.asgi import Message, Receive, read_body

LARGEST = 1024 * 1024
LARGEST_WITH_DOCUMENT = 9 * 1024 * 1024
"""Documents (lock files, requirements) hold up to 8 MiB, and are quoted in JSON."""

_WITH_DOCUMENT = frozenset({"/api/v1/requests", "/api/v1/check"})


async def bounded(path: str, receive: Receive) -> Receive:
    """Read a request's body; raise `TooLarge` as soon as it is over the path's limit."""
    limit = LARGEST_WITH_DOCUMENT if path in _WITH_DOCUMENT else LARGEST
    pieces: list[bytes] = []
    size = 0
    async for piece in read_body(receive):
        size += len(piece)
        if size > limit:
            raise TooLarge(f"The body of this request is over {limit // 1024**2} MiB.")
        pieces.append(piece)
    first: list[Message] = [{"type": "http.request", "body": b"".join(pieces), "more_body": False}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again
