"""Files and core metadata, as the whole answers that conditions and ranges are cut from.

Whether a file may be served is asked first, so that not even a 304 gets past it.
"""

from __future__ import annotations

import hashlib

from affineur.core.files import Filename
from affineur.core.names import Sha256, parse_sha256
from affineur.core.usage import Kind, version_text
from affineur.core.views import View
from affineur.services import serve
from affineur.web.http import Answer, FileBody, Headers, Lasting, Request, StreamBody
from affineur.web.index.caching import caching
from affineur.web.index.desk import Desk
from affineur.web.index.noting import Noting

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
    noting = Noting.of(desk.gear, request, feed, entry)
    stem, dot, kind = filename.rpartition(".")
    if dot + kind in _BESIDE:
        return await _beside(desk, request, (feed, noting), (sha256, stem, dot + kind))
    name = Filename.parse(filename)
    with noting.refusals(name.project):
        served = await serve.file(desk.gear, entry.actor, feed, sha256, filename)
    use = noting.use(Kind.FILE, name.project, (name.text, sha256))
    headers = _headers(request, f'"{sha256}"', "application/octet-stream")
    if served.chunks is not None:
        return Answer(200, headers, StreamBody(served.chunks, served.size_bytes), use=use)
    if served.path is None or served.size_bytes is None:
        message = "a served file has neither a path nor chunks"
        raise ValueError(message)
    made = entry.made(name.project, served.until)
    body = FileBody(served.path, 0, served.size_bytes, is_whole=True)
    return Answer(200, headers, body, Lasting(made, entry), use)


async def _beside(
    desk: Desk, request: Request, at: tuple[View, Noting], wanted: tuple[Sha256, str, str]
) -> Answer:
    """Answer with what is beside a file.

    Clients pass over what is withheld unless exactly that version is asked of them: so who asks
    for its core metadata wants it, and may give up before asking for the file.
    """
    feed, noting = at
    entry, (sha256, stem, kind) = noting.entry, wanted
    name = Filename.parse(stem)
    project = name.project
    give, content_type = _BESIDE[kind]
    with noting.refusals(project, is_wish=False):
        told = await give(desk.gear, entry.actor, feed, sha256, stem)
    etag = f'"{hashlib.sha256(told.body).hexdigest()}"'
    headers = _headers(request, etag, content_type)
    use = noting.use(Kind.METADATA, project)
    if told.lack is not None:
        noting.want(project, version_text(name.version), told.lack)
        return Answer(200, headers, told.body, use=use)
    lasting = Lasting(entry.made(project, told.until), entry) if told.is_final else None
    return Answer(200, headers, told.body, lasting, use)


def _headers(request: Request, etag: str, content_type: str) -> Headers:
    return (
        ("etag", etag),
        ("content-type", content_type),
        ("accept-ranges", "bytes"),
        *caching(request, _VARY),
    )
