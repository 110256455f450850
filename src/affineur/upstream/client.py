"""Asking external indexes over HTTP: pages, files, redirects by hand, limits on everything.

The contract is `core.ports.Upstream`. What a location may be is decided in `origins.py`, what
an answer means in `json_page.py` and `html_page.py`; here is what goes over the wire.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import replace
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import httpx2

from affineur import children
from affineur.children import ChildFailed
from affineur.core.errors import UpstreamTrouble
from affineur.core.names import ProjectName
from affineur.core.ports import (
    Download,
    Missing,
    NameList,
    NoRanges,
    NotModified,
    Site,
    UpstreamPage,
)
from affineur.core.spans import Piece, Span, Tail
from affineur.core.validators import Validators
from affineur.upstream import ranges, states
from affineur.upstream.connections import Connections
from affineur.upstream.html_page import read_html_page
from affineur.upstream.json_page import read_json_page
from affineur.upstream.links import Listing, UnusablePage
from affineur.upstream.origins import allow, shown
from affineur.upstream.project_api import api_location, fill_in, lacks_times
from affineur.upstream.ranges import WrongRange

_ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.1"
)
_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = frozenset({"application/vnd.pypi.simple.v1+html", "text/html"})
_PAGE_ENCODINGS = "gzip, deflate"
_FILE_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_AWAY = frozenset({401, 407, 408, 429})
"""Refusals of whatever is asked, not of this one page or file."""
_SAYS_WHEN = frozenset({429, 503})
_PAGE_PATIENCE = 5
"""How many times the longest silence a whole page may take."""
_NAMES_CHILD = "affineur.upstream.names_child"
_NAMES_S = 60.0
_PIECE_BYTES = 512 * 1024
_SLOWEST_BYTES_PER_S = 1024
"""A file that comes more slowly than this, after the longest silence, is given up."""


class HttpUpstream:
    """Reads external indexes; see `core.ports.Upstream`."""

    def __init__(self) -> None:
        self._connections = Connections()

    async def page(
        self, site: Site, project: ProjectName, etag: str | None = None
    ) -> UpstreamPage | NotModified | Missing:
        """Ask for a project's page."""
        location = f"{site.url}{project}/"
        headers = {"Accept": _ACCEPT, "Accept-Encoding": _PAGE_ENCODINGS}
        if etag is not None:
            headers["If-None-Match"] = etag
        async with _in_time(site, location), self._asked(site, location, headers) as response:
            if response.status_code in {404, 410}:
                return Missing()
            if response.status_code == 304 and etag is not None:
                return NotModified()
            body = await _body(site, response)
            read = _reader(response, project)
        listed = await _read(location, read, body)
        listed = await self._with_times(site, project, listed)
        return UpstreamPage(
            project, listed.files, listed.facts, response.headers.get("ETag"), listed.skipped
        )

    def file(
        self, site: Site, location: str, unless: Validators | None = None
    ) -> AbstractAsyncContextManager[Download]:
        """Fetch a file."""
        return self._file(site, location, unless)

    async def piece(
        self, site: Site, location: str, wanted: Span | Tail, of: Piece | None = None
    ) -> Piece | NoRanges:
        """Read a piece of a file."""
        headers = _FILE_HEADERS | ranges.asking(wanted, of)
        async with _in_time(site, location), self._asked(site, location, headers) as response:
            _check_encoding(response)
            try:
                promise = ranges.promised(response.status_code, response.headers, wanted, of)
            except WrongRange as error:
                raise _trouble(response, str(error)) from error
            if promise is None:
                raise _status_trouble(response)
            if isinstance(promise, NoRanges):
                return promise
            if promise.size_bytes > site.max_file_bytes:
                raise _over_limit(response, promise.size_bytes)
            count = ranges.length(promise, wanted)
            limited = replace(site, max_file_bytes=count)
            async with aclosing(_chunks(limited, response, count)) as chunks:
                body = b"".join([chunk async for chunk in chunks])
        return replace(promise, body=body)

    async def names(
        self, site: Site, into: Path, etag: str | None = None
    ) -> NameList | NotModified | Missing:
        """Write the names of all projects to a new file."""
        headers = {"Accept": _ACCEPT, "Accept-Encoding": _PAGE_ENCODINGS}
        if etag is not None:
            headers["If-None-Match"] = etag
        raw = into.with_name(f"{into.name}.raw")
        async with _in_time(site, site.url), self._asked(site, site.url, headers) as response:
            if response.status_code in {404, 410}:
                return Missing()
            if response.status_code == 304 and etag is not None:
                return NotModified()
            kind, _charset = _kind(response)
            with await asyncio.to_thread(raw.open, "wb") as file:
                async for piece in _pieces(site, response):
                    await asyncio.to_thread(file.write, piece)
        try:
            arguments = (str(raw), "json" if kind == _JSON else "html", str(into))
            count = await children.run(_NAMES_CHILD, arguments, _NAMES_S)
        except ChildFailed as error:
            cause = f"gave a list of projects that {error}"
            raise UpstreamTrouble(f"{shown(site.url)} {cause}.", cause=cause) from error
        finally:
            await asyncio.to_thread(raw.unlink)
        return NameList(int(count), response.headers.get("ETag"))

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        await self._connections.aclose()

    @asynccontextmanager
    async def _file(
        self, site: Site, location: str, unless: Validators | None
    ) -> AsyncGenerator[Download]:
        headers = _FILE_HEADERS | states.conditions(unless)
        async with self._asked(site, location, headers, for_files=True) as response:
            if states.is_unchanged(response, unless):
                yield Download(0, states.nothing(), unless or Validators(), is_unchanged=True)
                return
            _check_status(response)
            _check_encoding(response)
            size_bytes = _length(response)
            if size_bytes is not None and size_bytes > site.max_file_bytes:
                raise _over_limit(response, size_bytes)
            async with aclosing(_chunks(site, response, size_bytes)) as chunks:
                yield Download(size_bytes, chunks, states.told(response))

    async def _with_times(self, site: Site, project: ProjectName, listed: Listing) -> Listing:
        """Add upload times where the index has the older API; without them the page stands too."""
        location = api_location(site.url, project)
        if location is None or not lacks_times(listed.files):
            return listed
        headers = {"Accept": "application/json", "Accept-Encoding": _PAGE_ENCODINGS}
        try:
            async with _in_time(site, location), self._asked(site, location, headers) as response:
                body = await _body(site, response)
            return await _read(location, partial(fill_in, listed), body)
        except UpstreamTrouble:
            return listed

    @asynccontextmanager
    async def _asked(
        self, site: Site, location: str, headers: Mapping[str, str], *, for_files: bool = False
    ) -> AsyncGenerator[httpx2.Response]:
        """Ask, and follow redirects to where the site may lead."""
        response = await self._followed(site, location, headers, for_files=for_files)
        try:
            yield response
        finally:
            await response.aclose()

    async def _followed(
        self, site: Site, location: str, headers: Mapping[str, str], *, for_files: bool
    ) -> httpx2.Response:
        may_know_us = True
        for _hop in range(_MOST_REDIRECTS + 1):
            allowed = allow(site, location)
            may_know_us = may_know_us and allowed.is_home
            client = await self._connections.client_for(site, allowed, for_files=for_files)
            secret = _credentials(site) if may_know_us else {}
            patience = httpx2.Timeout(site.timeout_s, pool=None)  # our own queue is no silence
            request = client.build_request(
                "GET", allowed.url, headers={**headers, **secret}, timeout=patience
            )
            response = await _sent(client, request)
            if response.status_code not in _REDIRECTS:
                return response
            await response.aclose()
            location = _target(response)
        raise UpstreamTrouble(
            f"{shown(location)} is where more than {_MOST_REDIRECTS} redirects of the index "
            f"{shown(site.url)} lead."
        )


def _credentials(site: Site) -> dict[str, str]:
    if site.username is None and site.password is None:
        return {}
    pair = f"{site.username or ''}:{site.password or ''}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


async def _sent(client: httpx2.AsyncClient, request: httpx2.Request) -> httpx2.Response:
    """Send a request; once more when a connection that had been idle turns out to be closed."""
    try:
        try:
            return await client.send(request, stream=True)
        except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
            return await client.send(request, stream=True)
    except httpx2.HTTPError as error:
        raise _broken(str(request.url), error) from error


def _target(response: httpx2.Response) -> str:
    try:
        return str(response.url.join(response.headers.get("Location", "")))
    except httpx2.InvalidURL as error:
        raise _trouble(response, "redirects to what is no URL") from error


def _check_status(response: httpx2.Response) -> None:
    if response.status_code != 200:
        raise _status_trouble(response)


def _check_encoding(response: httpx2.Response) -> None:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise _trouble(response, "encodes the file, although it was asked not to")


def _status_trouble(response: httpx2.Response) -> UpstreamTrouble:
    hint = {
        401: "Check the credentials of the connector.",
        403: "Check the credentials of the connector.",
        407: "Check the proxy settings of this machine.",
    }.get(response.status_code, "")
    trouble = _trouble(response, f"answered {response.status_code}", hint)
    trouble.status = response.status_code
    trouble.index_answers = response.status_code < 500 and response.status_code not in _AWAY
    if response.status_code in _SAYS_WHEN:
        trouble.retry_after_s = _retry_after_s(response.headers.get("Retry-After", ""))
    return trouble


def _retry_after_s(told: str) -> float | None:
    """Read a Retry-After: seconds, or a date (RFC 9110); None when it is neither."""
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, moment.timestamp() - time.time())


def _over_limit(response: httpx2.Response, size_bytes: int) -> UpstreamTrouble:
    return _too_large(response, f"offers {size_bytes} bytes, which is over the limit")


def _too_large(response: httpx2.Response, what: str) -> UpstreamTrouble:
    trouble = _trouble(response, what)
    trouble.index_answers = True
    return trouble


async def _body(site: Site, response: httpx2.Response) -> bytes:
    """Read a whole answer, unpacked, up to the limit."""
    body = bytearray()
    async for piece in _pieces(site, response):
        body += piece
    return bytes(body)


async def _pieces(site: Site, response: httpx2.Response) -> AsyncGenerator[bytes]:
    """Read an answer piece by piece, unpacked, up to the limit."""
    _check_status(response)
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding not in {"identity", "gzip", "deflate"}:
        raise _trouble(response, f"encodes its answer as {encoding[:20]!r}")
    received = 0
    try:
        async for piece in response.aiter_bytes(_PIECE_BYTES):
            received += len(piece)
            if received > site.max_page_bytes:
                raise _too_large(response, f"answered more than {site.max_page_bytes} bytes")
            yield piece
    except httpx2.HTTPError as error:
        raise _broken(str(response.url), error) from error


def _reader(response: httpx2.Response, project: ProjectName) -> Callable[[bytes], Listing]:
    """How to read this answer, by its content type."""
    kind, charset = _kind(response)
    url = str(response.url)
    if kind == _JSON:
        return partial(read_json_page, project=project, url=url)
    return partial(read_html_page, project=project, url=url, charset=charset)


def _kind(response: httpx2.Response) -> tuple[str, str | None]:
    """Give the content type, if it is one that we read, and the charset."""
    header = Message()
    header["Content-Type"] = response.headers.get("Content-Type", "")
    kind = header.get_content_type()
    if kind == _JSON or (kind in _HTML and response.headers.get("Content-Type")):
        return kind, header.get_content_charset()
    raise _trouble(response, f"answered with the content type {kind[:60]!r}")


async def _read(location: str, read: Callable[[bytes], Listing], body: bytes) -> Listing:
    """Read an answer in a thread: large pages take a while."""
    try:
        return await asyncio.to_thread(read, body)
    except UnusablePage as error:
        cause = "gave a page that cannot be read"
        raise UpstreamTrouble(f"The answer of {shown(location)} {error}.", cause=cause) from error


def _length(response: httpx2.Response) -> int | None:
    told = response.headers.get("Content-Length")
    return int(told) if told is not None and told.isascii() and told.isdigit() else None


async def _chunks(
    site: Site, response: httpx2.Response, size_bytes: int | None
) -> AsyncGenerator[bytes]:
    received, waited_s = 0, 0.0
    chunks = response.aiter_raw()
    while True:
        began = time.monotonic()
        try:
            chunk = await anext(chunks, None)
        except httpx2.HTTPError as error:
            raise _broken(str(response.url), error) from error
        if chunk is None:
            break
        waited_s += time.monotonic() - began
        received += len(chunk)
        if received > site.max_file_bytes:
            raise _trouble(response, f"sends more than {site.max_file_bytes} bytes")
        if waited_s > site.timeout_s and received < waited_s * _SLOWEST_BYTES_PER_S:
            raise _trouble(response, f"sent {received} bytes in {waited_s:.0f} s, and is given up")
        yield chunk
    if size_bytes is not None and received != size_bytes:
        raise _trouble(response, f"sent {received} bytes of {size_bytes}")


@asynccontextmanager
async def _in_time(site: Site, location: str) -> AsyncGenerator[None]:
    patience_s = _PAGE_PATIENCE * site.timeout_s
    try:
        async with asyncio.timeout(patience_s):
            yield
    except TimeoutError as error:
        cause = f"was not read within {patience_s:.0f} s"
        raise UpstreamTrouble(f"{shown(location)} {cause}.", cause=cause) from error


def _trouble(response: httpx2.Response, what: str, hint: str = "") -> UpstreamTrouble:
    return UpstreamTrouble(f"{shown(str(response.url))} {what}.", hint=hint, cause=what)


def _broken(url: str, error: httpx2.HTTPError) -> UpstreamTrouble:
    why = str(error) or type(error).__name__
    cause = f"could not be read: {why.rstrip('.')}"
    return UpstreamTrouble(
        f"{shown(url)} {cause}.",
        hint="Is the index up, and may this machine reach it?",
        cause=cause,
    )
