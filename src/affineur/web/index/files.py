"""Files and core metadata: whole, in part, or not at all when the client has them already.

Whether a file may be served is asked first, so that not even a 304 gets past it.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator

from affineur.core.names import FeedName, parse_sha256
from affineur.services import serve
from affineur.services.gear import Gear
from affineur.services.serve import ServedFile
from affineur.web.conditions import Span, Unsatisfiable, is_unchanged, span_asked
from affineur.web.credentials import identify
from affineur.web.http import Answer, FileBody, Headers, Request, StreamBody
from affineur.web.index.pages import caching

_METADATA = ".metadata"


async def file(gear: Gear, request: Request, feed: FeedName) -> Answer:
    """Answer with a file of a feed, or with the core metadata beside it."""
    *_, digest, filename = request.segments
    sha256 = parse_sha256(digest)
    actor = await identify(gear, request.headers)
    if filename.endswith(_METADATA):
        wheel = filename.removesuffix(_METADATA)
        body = await serve.core_metadata(gear, actor, feed, sha256, wheel)
        return _metadata(request, body)
    served = await serve.file(gear, actor, feed, sha256, filename)
    return await _file(request, served, f'"{sha256}"')


def _metadata(request: Request, body: bytes) -> Answer:
    headers = _headers(
        request, f'"{hashlib.sha256(body).hexdigest()}"', "text/plain; charset=utf-8"
    )
    if is_unchanged(request.headers, headers[0][1]):
        return Answer(304, headers)
    match _span(request, headers[0][1], len(body)):
        case Span(start, stop):
            return Answer(206, (*headers, _part(start, stop, len(body))), body[start:stop])
        case Unsatisfiable():
            return _unsatisfiable(headers, len(body))
        case None:
            return Answer(200, headers, body)


async def _file(request: Request, served: ServedFile, etag: str) -> Answer:
    headers = _headers(request, etag, "application/octet-stream")
    if is_unchanged(request.headers, etag):
        await _let_go(served)
        return Answer(304, headers)
    if served.chunks is not None:  # no part of what is only just arriving: the whole is right, too
        return Answer(200, headers, StreamBody(served.chunks, served.size_bytes))
    if served.path is None or served.size_bytes is None:
        message = "a served file has neither a path nor chunks"
        raise ValueError(message)
    path, size = served.path, served.size_bytes
    match _span(request, etag, size):
        case Span(start, stop):
            part = FileBody(path, start, stop, is_whole=False)
            return Answer(206, (*headers, _part(start, stop, size)), part)
        case Unsatisfiable():
            return _unsatisfiable(headers, size)
        case None:
            return Answer(200, headers, FileBody(path, 0, size, is_whole=True))


def _headers(request: Request, etag: str, content_type: str) -> Headers:
    return (
        ("etag", etag),
        ("content-type", content_type),
        ("accept-ranges", "bytes"),
        *caching(request),
    )


def _span(request: Request, etag: str, size_bytes: int) -> Span | Unsatisfiable | None:
    """Find the part that is asked for; ranges mean something for GET alone."""
    if request.method != "GET":
        return None
    return span_asked(request.headers, etag, size_bytes)


def _part(start: int, stop: int, size_bytes: int) -> tuple[str, str]:
    return ("content-range", f"bytes {start}-{stop - 1}/{size_bytes}")


def _unsatisfiable(headers: Headers, size_bytes: int) -> Answer:
    return Answer(416, (*headers, ("content-range", f"bytes */{size_bytes}")))


async def _let_go(served: ServedFile) -> None:
    if isinstance(served.chunks, AsyncGenerator):
        await served.chunks.aclose()
