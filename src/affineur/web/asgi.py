"""Between ASGI and our values: reads a `Request`, sends an `Answer`, minds who has left.

Every answer gets the security headers here, so that none can be forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, BinaryIO

from affineur.web.http import Answer, ClientGone, FileBody, Headers, Request, StreamBody

Scope = MutableMapping[str, Any]  # Any: as the ASGI specification has it, here and below
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_CHUNK_BYTES = 256 * 1024
_BODY_SILENCE_S = 60.0
"""Longest wait for the next piece of a request's body."""
_WITHOUT_BODY = frozenset({204, 304})
_DEFAULTS: Headers = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    (
        "content-security-policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("cache-control", "no-store"),
)


def raw_path(scope: Scope) -> bytes:
    """Take the path as the client sent it, without its query."""
    sent = scope.get("raw_path") or scope["path"].encode()
    return bytes(sent).split(b"?", 1)[0]


def read_request(scope: Scope, receive: Receive, segments: tuple[str, ...]) -> Request:
    """Make the request's value; its body is read when somebody asks for it."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query = scope.get("query_string", b"").decode("latin-1")
    address = (scope.get("client") or ("",))[0]
    is_tls = scope.get("scheme") == "https"
    body = read_body(receive)
    return Request(scope["method"], segments, query, headers, body, address, is_tls)


async def read_body(receive: Receive) -> AsyncIterator[bytes]:
    """Read a body piece by piece; raise `ClientGone` when it will never be complete."""
    while True:
        try:
            message = await asyncio.wait_for(receive(), _BODY_SILENCE_S)
        except TimeoutError as error:
            raise ClientGone from error
        if message["type"] == "http.disconnect":
            raise ClientGone
        if piece := message.get("body"):
            yield piece
        if not message.get("more_body", False):
            return


def complete(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Add what every answer must say, unless it says it already; as ASGI wants it."""
    said = {name for name, _ in headers}
    missing = (pair for pair in _DEFAULTS if pair[0] not in said)
    return [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in (*headers, *missing)
    ]


async def send_answer(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    """Send an answer. What breaks off midway raises, so that the server cuts the connection."""
    headers = answer.headers
    if answer.status not in _WITHOUT_BODY and answer.size_bytes is not None:
        headers = (*headers, ("content-length", str(answer.size_bytes)))
    start = {"type": "http.response.start", "status": answer.status, "headers": complete(headers)}
    if scope["method"] == "HEAD" or answer.status in _WITHOUT_BODY:
        await _drop(answer.body)
        await send(start)
        await send({"type": "http.response.body", "body": b""})
        return
    match answer.body:
        case bytes() as body:
            await send(start)
            await send({"type": "http.response.body", "body": body})
        case FileBody(is_whole=True) as file if _sends_paths(scope):
            await send(start)
            await send({"type": "http.response.pathsend", "path": str(file.path)})
        case FileBody() as file:
            await _pass_on(start, await _open(file), receive, send)
        case StreamBody(chunks=chunks):
            await _pass_on(start, chunks, receive, send)


async def _pass_on(
    start: Message, chunks: AsyncIterator[bytes], receive: Receive, send: Send
) -> None:
    """Send chunks as they come, for as long as the client is there.

    The answer begins with the first of them: what fails before that can still be told.
    """
    leaving = asyncio.ensure_future(_left(receive))
    try:
        chunk = await anext(chunks, None)
        await send(start)
        while chunk is not None:
            if leaving.done():
                raise ClientGone
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await anext(chunks, None)
        await send({"type": "http.response.body", "body": b""})
    finally:
        leaving.cancel()
        await _close(chunks)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _sends_paths(scope: Scope) -> bool:
    return "http.response.pathsend" in scope.get("extensions", {})


async def _open(body: FileBody) -> AsyncIterator[bytes]:
    """Open a file before the answer begins, so that a missing one is an error, not a break."""
    return _read(await asyncio.to_thread(body.path.open, "rb"), body.start, body.stop)


async def _read(file: BinaryIO, start: int, stop: int) -> AsyncIterator[bytes]:
    with file:
        file.seek(start)
        left = stop - start
        while left:
            chunk = await asyncio.to_thread(file.read, min(left, _CHUNK_BYTES))
            if not chunk:
                message = "a blob is shorter than it was"
                raise OSError(message)
            left -= len(chunk)
            yield chunk


async def _drop(body: bytes | FileBody | StreamBody) -> None:
    if isinstance(body, StreamBody):
        await _close(body.chunks)


async def _close(chunks: AsyncIterator[bytes]) -> None:
    if isinstance(chunks, AsyncGenerator):  # other iterators hold nothing open
        await chunks.aclose()
