"""Files and core metadata, as the whole answers that conditions and ranges are cut from.

Whether a file may be served is asked first, so that not even a 304 gets past it.
"""

from __future__ import annotations

import hashlib

from affineur.core.files import Filename
from affineur.core.names import parse_sha256
from affineur.core.views import View
from affineur.services import serve
from affineur.web.http import Answer, FileBody, Headers, Lasting, Request, StreamBody
from affineur.web.index.caching import caching
from affineur.web.index.desk import Desk

_METADATA, _PROVENANCE = ".metadata", ".provenance"
_BESIDE = {
    _METADATA: (serve.core_metadata, "text/plain; charset=utf-8"),
    _PROVENANCE: (serve.provenance, "application/vnd.pypi.integrity.v1+json"),
}
_VARY = "Authorization"


async def file(desk: Desk, request: Request, feed: View) -> Answer:
    """Answer with a file of a feed, or with what is beside it: core metadata, provenance."""
    *_, digest, filename = request.segments
    sha256 = parse_sha256(digest)
    entry = await desk.enter(request, feed.feed)
    stem, dot, kind = filename.rpartition(".")
    if dot + kind in _BESIDE:
        give, content_type = _BESIDE[dot + kind]
        told = await give(desk.gear, entry.actor, feed, sha256, stem)
        etag = f'"{hashlib.sha256(told.body).hexdigest()}"'
        headers = _headers(request, etag, content_type)
        made = entry.made(Filename.parse(stem).project, told.until)
        lasting = Lasting(made, entry) if told.is_final else None
        return Answer(200, headers, told.body, lasting)
    served = await serve.file(desk.gear, entry.actor, feed, sha256, filename)
    headers = _headers(request, f'"{sha256}"', "application/octet-stream")
    if served.chunks is not None:
        return Answer(200, headers, StreamBody(served.chunks, served.size_bytes))
    if served.path is None or served.size_bytes is None:
        message = "a served file has neither a path nor chunks"
        raise ValueError(message)
    made = entry.made(served.file.filename.project, served.until)
    body = FileBody(served.path, 0, served.size_bytes, is_whole=True)
    return Answer(200, headers, body, Lasting(made, entry))


def _headers(request: Request, etag: str, content_type: str) -> Headers:
    return (
        ("etag", etag),
        ("content-type", content_type),
        ("accept-ranges", "bytes"),
        *caching(request, _VARY),
    )
