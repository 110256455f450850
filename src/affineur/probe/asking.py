"""Asking an index: one request at a time, each within limits, credentials for its origin alone.

Answers are remembered, so that every row can ask for what it needs and each request is sent
once. What went wrong is remembered, too: a server that does not answer is not waited for twice.
Nothing is decoded, no cookie is kept, and no redirect is followed unless a row wants it.
"""

from __future__ import annotations

import asyncio
import socket
import time
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import httpx2

import affineur
from affineur.probe.messages import Ask, Pairs, Reply, is_same_origin
from affineur.probe.reach import Reach, is_loopback, is_proxied
from affineur.probe.rows import Trouble
from affineur.probe.surplus import after_head

_MIB = 1024 * 1024
_AGENT = f"affineur-probe/{affineur.__version__}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the probe asks for, and how long it waits."""

    answer_s: float = 20.0
    """Longest time from a request to the end of its answer."""
    all_s: float = 300.0
    """Longest time for everything."""
    requests: int = 80
    redirects: int = 5
    page_bytes: int = 8 * _MIB
    root_bytes: int = 2 * _MIB
    """How much of the list of all projects is read; it can be 40 MB long."""
    file_bytes: int = 16 * _MIB
    all_bytes: int = 192 * _MIB


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who is asking; sent as pip sends it, in basic authentication."""

    username: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """The value of the Authorization header."""
        return f"Basic {b64encode(f'{self.username}:{self.password}'.encode()).decode()}"


class Asker:
    """Asks one index, and remembers what was answered."""

    def __init__(self, home: str, credentials: Credentials | None, limits: Limits) -> None:
        self.home = home
        self.limits = limits
        self.credentials = credentials
        self.requests = 0
        self.replies: list[Reply] = []
        """Every answer, in order; redirects are answers of their own."""
        self._reach = Reach(home)
        self._client = self._new_client()
        self._known: dict[tuple[Ask, int, bool], Reply | Trouble] = {}
        self._bytes = 0
        self._end = time.monotonic() + limits.all_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def ask(self, ask: Ask, most_bytes: int | None = None, *, follows: bool = False) -> Reply:
        """Ask once; raise `Trouble` when there is no answer."""
        key = (ask, most_bytes or self.limits.page_bytes, follows)
        if key not in self._known:
            try:
                self._known[key] = await self._answered(*key)
            except Trouble as trouble:
                self._known[key] = trouble
        known = self._known[key]
        if isinstance(known, Trouble):
            raise known
        return known

    async def _answered(self, ask: Ask, most_bytes: int, follows: bool) -> Reply:  # noqa: FBT001
        reply = await self._once(ask, ask.url, most_bytes)
        hops: list[str] = []
        while follows and reply.is_redirect:
            if len(hops) == self.limits.redirects:
                raise Trouble(
                    f"more than {self.limits.redirects} redirects, one after another", ask
                )
            hops.append(reply.leads_to)
            reply = await self._once(ask, hops[-1], most_bytes)
        return replace(reply, hops=tuple(hops))

    async def _once(self, ask: Ask, url: str, most_bytes: int) -> Reply:
        seconds = min(self.limits.answer_s, self._end - time.monotonic())
        self._count(ask, seconds)
        arriving = _Arriving(ask, url, min(most_bytes, self.limits.all_bytes - self._bytes))
        try:
            async with asyncio.timeout(seconds):
                why_not = await self._reach.why_not(url)
                if why_not:
                    raise Trouble(f"not asked: the location {why_not}", ask)
                await self._patiently(arriving)
        except TimeoutError:
            arriving.broke(f"did not end within {seconds:.0f} s")
        except socket.gaierror as error:
            raise Trouble(f"the host's name cannot be resolved: {error}", ask) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            arriving.broke(f"broke off: {error or type(error).__name__}")
        reply = arriving.reply()
        self.replies.append(reply)
        self._bytes += len(reply.body)
        return reply

    def _count(self, ask: Ask, seconds: float) -> None:
        if seconds <= 0:
            raise Trouble(f"not asked: the probe's {self.limits.all_s:.0f} s are used up", ask)
        if self.requests >= self.limits.requests:
            raise Trouble(f"not asked: the probe sends {self.limits.requests} requests", ask)
        if self._bytes >= self.limits.all_bytes:
            raise Trouble(f"not asked: the probe reads {self.limits.all_bytes} bytes in all", ask)
        self.requests += 1

    async def _patiently(self, arriving: _Arriving) -> None:
        """Ask again when a connection that was kept proves to be closed: nobody's fault."""
        try:
            await self._exchange(arriving)
        except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
            if arriving.has_begun:
                raise
            self.requests += 1
            await self._exchange(arriving)

    async def _exchange(self, arriving: _Arriving) -> None:
        await self._stream(arriving)
        if arriving.ask.method == "HEAD" and not is_proxied(arriving.url):
            self.requests += 1
            with suppress(OSError, ValueError):
                headers = self._headers(arriving.ask, arriving.url)
                arriving.surplus = await after_head(arriving.url, headers)

    async def _stream(self, arriving: _Arriving) -> None:
        ask = arriving.ask
        headers = self._headers(ask, arriving.url)
        async with self._client.stream(ask.method, arriving.url, headers=headers) as response:
            stream = response.extensions.get("network_stream")
            arriving.began(response, stream)
            async for chunk in response.aiter_raw():
                if not arriving.takes(chunk):
                    return

    def _headers(self, ask: Ask, url: str) -> dict[str, str]:
        headers = {"accept": ask.accept, "accept-encoding": "identity", **dict(ask.headers)}
        if self.credentials and not ask.is_anonymous and is_same_origin(url, self.home):
            headers["authorization"] = self.credentials.header
        return headers

    def _new_client(self) -> httpx2.AsyncClient:
        client = httpx2.AsyncClient(
            headers={"user-agent": _AGENT},
            timeout=httpx2.Timeout(self.limits.answer_s),
            trust_env=not is_loopback(self.home),
        )
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return client


class _Arriving:
    """An answer while it arrives; what has come by then is kept when it breaks off."""

    def __init__(self, ask: Ask, url: str, most_bytes: int) -> None:
        self.ask = ask
        self.url = url
        self.surplus = b""
        self._most_bytes = most_bytes
        self._status = 0
        self._headers: Pairs = ()
        self._chunks: list[bytes] = []
        self._size = 0
        self._cut = ""
        self._connection = ""

    @property
    def has_begun(self) -> bool:
        return self._status != 0

    def began(self, response: httpx2.Response, stream: Any) -> None:  # Any: httpcore's stream
        self._status = response.status_code
        self._headers = tuple((key.lower(), value) for key, value in response.headers.multi_items())
        address = None if stream is None else stream.get_extra_info("client_addr")
        self._connection = "" if address is None else str(address)

    def takes(self, chunk: bytes) -> bool:
        """Keep a piece of the body; say whether more is wanted."""
        room = self._most_bytes - self._size
        self._chunks.append(chunk[:room])
        self._size += len(self._chunks[-1])
        if len(chunk) > room:
            self._cut = f"longer than {self._most_bytes} bytes"
        return not self._cut

    def broke(self, why: str) -> None:
        """Note why no more came; raise `Trouble` when nothing had begun."""
        if not self.has_begun:
            raise Trouble(f"the answer {why}", self.ask)
        self._cut = f"its body {why}"

    def reply(self) -> Reply:
        return Reply(
            self.ask,
            self.url,
            self._status,
            self._headers,
            b"".join(self._chunks),
            self._cut,
            self._connection,
            surplus=self.surplus,
        )
