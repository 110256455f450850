"""An ASGI client that sends what no HTTP library would, and sees how an answer ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from affineur.web.asgi import App, Message


@dataclass
class Reply:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent_path: str | None = None
    is_complete: bool = False
    pieces_read: int = 0


async def raw_ask(
    app: App,
    method: str,
    raw_path: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    pieces: Sequence[bytes | None] = (),
    sends_paths: bool = False,
) -> Reply:
    """Ask with these very bytes as path; a piece None means that the client goes away."""
    reply = Reply()
    left = list(pieces)

    async def receive() -> Message:
        reply.pieces_read += 1
        piece = left.pop(0) if left else b""
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        elif message["type"] == "http.response.pathsend":
            reply.sent_path, reply.is_complete = message["path"], True
        else:
            reply.body += message.get("body", b"")
            reply.is_complete = not message.get("more_body", False)

    scope = _scope(method, raw_path, headers or {}, sends_paths=sends_paths)
    await app(scope, receive, send)
    return reply


def _scope(
    method: str, raw_path: bytes, headers: Mapping[str, str], *, sends_paths: bool
) -> dict[str, Any]:  # Any: as ASGI has it
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": raw_path.decode("latin-1"),
        "raw_path": raw_path,
        "query_string": b"",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "extensions": {"http.response.pathsend": {}} if sends_paths else {},
    }
