"""A loopback index that keeps every row of the protocol, until a test spoils its answers.

    with index_server(late=without("vary")) as index:
        report = asyncio.run(probe(index.url))

`early` spoils what is about to be served, before conditions, parts and codings are looked at;
`late` spoils the answer as it goes out.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli  # type: ignore[import-untyped]  # it has no types

from support.attestations import attestation, provenance
from support.dists import Dist, sdist, wheel

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
_LATEST = "application/vnd.pypi.simple.latest+json"
_CHANGED = "Wed, 01 Jan 2025 00:00:00 GMT"
TOKEN = "sesame-open-yourself"
BASIC = f"Basic {b64encode(f'__token__:{TOKEN}'.encode()).decode()}"

SPAM = wheel("spam", "1.0", requires_python=">=3.9", metadata_extra=f"Keywords: {'x' * 500}\n")
OLD_SPAM = wheel("spam", "0.9")
SPAM_SDIST = sdist("spam", "1.0", requires_python=">=3.9")
EGGS = wheel("eggs-and-ham", "2.0")
_DISTS: dict[str, tuple[Dist, ...]] = {
    "spam": (SPAM, SPAM_SDIST, OLD_SPAM),
    "eggs-and-ham": (EGGS,),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    port: int

    def header(self, name: str) -> str:
        """The value of a header, or nothing."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer; header names are in lower case."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after_head: bytes = b""
    closes: bool = False
    length: int | None = None
    """What Content-Length claims; None for the truth."""

    def told(self, **headers: str) -> Answered:
        """The same with further headers; `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers=self.headers | named)

    def untold(self, *names: str) -> Answered:
        """The same without some headers."""
        kept = {name: value for name, value in self.headers.items() if name not in names}
        return replace(self, headers=kept)

    @property
    def kind(self) -> str:
        """The media type."""
        return self.headers.get("content-type", "").partition(";")[0]


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "br": brotli.compress,
    "zstd": zstd.compress,
}

Spoil = Callable[[Asked, Answered], Answered]


def untouched(_asked: Asked, answered: Answered) -> Answered:
    """Spoil nothing."""
    return answered


class Index:
    """An index on a port of its own; records what it was asked."""

    def __init__(self, early: Spoil, late: Spoil, *, needs_token: bool) -> None:
        self.early = early
        self.late = late
        self.needs_token = needs_token
        self.asked: list[Asked] = []
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.index = self

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def url(self) -> str:
        """The URL of the index."""
        return f"{self.origin}/simple/"

    def answer(self, asked: Asked) -> Answered:
        """Answer as an index should, but for what is spoiled."""
        self.asked.append(asked)
        if self.needs_token and asked.header("authorization") != BASIC:
            return self.late(asked, Answered(401).told(www_authenticate='Basic realm="index"'))
        served = self.early(asked, self._served(asked))
        if served.status == 200:
            served = _encoded(asked, served)
            served = _conditional(asked, _tagged(served))
        return self.late(asked, served)

    def _served(self, asked: Asked) -> Answered:
        parts = asked.path.split("/")[1:]
        match parts:
            case ["simple", ""]:
                return _negotiated(asked, _root_html(), _root_json())
            case ["simple", project] | ["simple", project, ""] if (
                project.lower().replace("_", "-") in _DISTS
            ):
                name = project.lower().replace("_", "-")
                if len(parts) < 3 or name != project:
                    return Answered(301).told(location=f"/simple/{name}/")
                files = [_told(dist, self.origin) for dist in _DISTS[name]]
                return _negotiated(asked, _html(name, files), _json(name, files))
            case ["files", filename]:
                return _file(filename)
            case ["pypi", project, "json"] if project in _DISTS:
                return Answered(200, _api(project)).told(content_type="application/json")
        return Answered(404, b"not here")


@contextmanager
def index_server(
    *, early: Spoil = untouched, late: Spoil = untouched, needs_token: bool = False
) -> Iterator[Index]:
    """Run an index for the length of a `with`."""
    index = Index(early, late, needs_token=needs_token)
    thread = threading.Thread(target=index.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield index
    finally:
        index.server.closing.set()
        index.server.shutdown()
        thread.join()
        index.server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    index: Index

    def __init__(self, *arguments: Any) -> None:  # Any: the base's own
        self.closing = threading.Event()
        super().__init__(*arguments)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.client_address[1])
        answered = self.server.index.answer(asked)
        self.send_response_only(answered.status)
        for name, value in answered.headers.items():
            self.send_header(name, value)
        length = len(answered.body) if answered.length is None else answered.length
        if answered.status != 304:
            self.send_header("content-length", str(length))
        self.end_headers()
        if self.command == "HEAD":
            self.wfile.write(answered.after_head)
        elif answered.status != 304:
            self.wfile.write(answered.body)
        if answered.closes or answered.after_head:
            self.close_connection = True

    do_HEAD = do_GET  # noqa: N815  the base's name for it

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _negotiated(asked: Asked, html: bytes, told: bytes) -> Answered:
    """Choose by q-value; who takes anything gets HTML."""
    best, chosen = 0.0, ""
    for part in asked.header("accept").split(","):
        media, _, quality = part.strip().partition(";q=")
        if media in {JSON, _LATEST, HTML, "text/html", "*/*"} and float(quality or 1) > best:
            best, chosen = float(quality or 1), media
    if not chosen:
        return Answered(406)
    is_json = chosen in {JSON, _LATEST}
    kind = JSON if is_json else "text/html" if chosen == "*/*" else chosen
    return Answered(200, told if is_json else html).told(
        content_type=kind, vary="Accept, Accept-Encoding", cache_control="max-age=0"
    )


def _root_html() -> bytes:
    anchors = "".join(f'<a href="/simple/{name}/">{name}</a>' for name in _DISTS)
    return f"<!DOCTYPE html><html><body>{anchors}</body></html>".encode()


def _root_json() -> bytes:
    projects = [{"name": name} for name in _DISTS]
    return json.dumps({"meta": {"api-version": "1.4"}, "projects": projects}).encode()


def _told(dist: Dist, origin: str) -> dict[str, Any]:  # Any: JSON
    is_old = dist is OLD_SPAM
    told = {
        "filename": dist.filename,
        "url": f"/files/{dist.filename}",
        "hashes": {"sha256": str(dist.sha256)},
        "size": len(dist.data),
        "upload-time": "2025-01-02T03:04:05.678Z",
        "yanked": "too old" if is_old else False,
        "provenance": f"{origin}/files/{dist.filename}.provenance",
    }
    if dist.requires_python:
        told["requires-python"] = dist.requires_python
    if dist.is_wheel:
        told["core-metadata"] = {"sha256": str(dist.metadata_sha256)}
    return told


def _json(name: str, files: list[dict[str, Any]]) -> bytes:  # Any: JSON
    page = {
        "meta": {"api-version": "1.4", "tracks": ["https://index.example/simple/x/"]},
        "name": name,
        "versions": ["1.0", "0.9", "2.0"],
        "project-status": {"status": "active"},
        "files": files,
    }
    return json.dumps(page).encode()


def _html(name: str, files: list[dict[str, Any]]) -> bytes:  # Any: JSON
    metas = (
        '<meta name="pypi:repository-version" content="1.4">'
        '<meta name="pypi:tracks" content="https://index.example/simple/x/">'
        '<meta name="pypi:project-status" content="active">'
    )
    anchors = "".join(map(_anchor, files))
    page = f"<!DOCTYPE html><html><head>{metas}</head><body><h1>{name}</h1>{anchors}</body></html>"
    return page.encode()


def _anchor(file: dict[str, Any]) -> str:  # Any: JSON
    attributes = f'href="{file["url"]}#sha256={file["hashes"]["sha256"]}"'
    if "requires-python" in file:
        attributes += f' data-requires-python="{file["requires-python"].replace(">", "&gt;")}"'
    if file["yanked"]:
        attributes += f' data-yanked="{file["yanked"]}"'
    if "core-metadata" in file:
        digest = f"sha256={file['core-metadata']['sha256']}"
        attributes += f' data-core-metadata="{digest}" data-dist-info-metadata="{digest}"'
    attributes += f' data-provenance="{file["provenance"]}"'
    return f"<a {attributes}>{file['filename']}</a><br>\n"


def _file(filename: str) -> Answered:
    dists = {dist.filename: dist for dists in _DISTS.values() for dist in dists}
    stem = filename.removesuffix(".metadata").removesuffix(".provenance")
    if stem not in dists:
        return Answered(404)
    body = dists[stem].data
    if filename.endswith(".metadata"):
        body = dists[stem].metadata
    elif filename.endswith(".provenance"):
        body = json.dumps(provenance(attestation(dists[stem]))).encode()
    return Answered(200, body).told(
        content_type="application/octet-stream",
        accept_ranges="bytes",
        cache_control="max-age=31536000, immutable",
    )


def _api(project: str) -> bytes:
    urls = [
        {"filename": dist.filename, "digests": {"sha256": str(dist.sha256)}}
        for dist in _DISTS[project][:2]
    ]
    return json.dumps({"info": {"name": project}, "urls": urls, "releases": {}}).encode()


def _encoded(asked: Asked, served: Answered) -> Answered:
    is_page = "vary" in served.headers
    encode = _ENCODERS.get(asked.header("accept-encoding"))
    if not is_page or encode is None:
        return served
    body = encode(served.body)
    return replace(served, body=body).told(content_encoding=asked.header("accept-encoding"))


def _tagged(served: Answered) -> Answered:
    etag = f'"{hashlib.sha256(served.body).hexdigest()[:20]}"'
    return served.told(**({"etag": etag, "last_modified": _CHANGED} | served.headers))


def _conditional(asked: Asked, served: Answered) -> Answered:
    etag = served.headers["etag"]
    if asked.header("if-none-match") == etag:
        return replace(served, status=304, body=b"")
    span = asked.header("range").removeprefix("bytes=")
    if not span or "accept-ranges" not in served.headers:
        return served
    if asked.header("if-range") not in {"", etag}:
        return served
    first, _, last = span.partition("-")
    size = len(served.body)
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= size:
        return Answered(416).told(content_range=f"bytes */{size}")
    part = replace(served, status=206, body=served.body[start:stop])
    return part.told(content_range=f"bytes {start}-{stop - 1}/{size}")
