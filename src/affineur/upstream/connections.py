"""Connections to external indexes, pooled, and guarded by where a name leads.

A guarded connection resolves its host's name itself, judges every address, and connects to
one of those it judged: a name cannot point elsewhere in between (DNS rebinding). Where the
environment names a proxy, the proxy resolves, and it is the one to guard the network.

Pages and pieces share HTTP/2 connections. Whole files come over HTTP/1.1, each over a
connection of its own: in Python that costs half the time for each byte.

Pools belong to an event loop and are closed with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from affineur import __version__
from affineur.core.ports import Site
from affineur.upstream.lookups import Lookups
from affineur.upstream.origins import Allowed, Reach, reaches

_MAX_CONNECTIONS = 100
_MAX_IDLE = 20
_IDLE_S = 30.0
_HEADERS = {"User-Agent": f"affineur/{__version__}"}

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class Connections:
    """One client for each event loop and reach."""

    def __init__(self) -> None:
        self._pools: dict[asyncio.AbstractEventLoop, _Pools] = {}

    async def client_for(
        self, site: Site, allowed: Allowed, *, for_files: bool = False
    ) -> httpx2.AsyncClient:
        """Give the client that may ask this location."""
        loop = asyncio.get_running_loop()
        if loop not in self._pools:
            closer = asyncio.create_task(self._close_with(loop))
            self._pools[loop] = _Pools(closer, {}, Lookups())
        pools = self._pools[loop]
        kind = (await _reach(site, allowed, pools.lookups), for_files)
        if kind not in pools.clients:
            pools.clients[kind] = _client(*kind, pools.lookups)
        return pools.clients[kind]

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        await self._close(asyncio.get_running_loop())

    async def _close_with(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for ever: a loop that ends cancels its tasks, and that is the moment to close."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._close(loop)

    async def _close(self, loop: asyncio.AbstractEventLoop) -> None:
        pools = self._pools.pop(loop, None)
        if pools is None:
            return
        if pools.closer is not asyncio.current_task():
            pools.closer.cancel()
        for client in pools.clients.values():
            await client.aclose()


@dataclass(frozen=True, slots=True)
class _Pools:
    """The clients of one event loop, and the task that closes them at its end."""

    closer: asyncio.Task[None]
    clients: dict[tuple[Reach, bool], httpx2.AsyncClient]
    """By their reach, and whether they are for whole files."""
    lookups: Lookups


def _client(reach: Reach, for_files: bool, lookups: Lookups) -> httpx2.AsyncClient:  # noqa: FBT001  a key
    if reach is Reach.ANYWHERE:
        limits = httpx2.Limits(
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_MAX_IDLE,
            keepalive_expiry=_IDLE_S,
        )
        client = httpx2.AsyncClient(http2=not for_files, limits=limits, headers=_HEADERS)
    else:
        transport = _GuardedTransport(GuardedNetwork(reach, lookups), http2=not for_files)
        client = httpx2.AsyncClient(transport=transport, trust_env=False, headers=_HEADERS)
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


async def _reach(site: Site, allowed: Allowed, lookups: Lookups) -> Reach:
    """How far a location may lead.

    A machine may see even public indexes through addresses of its own network (a mirror
    inside the house). Then that index's files stand there too.
    """
    if allowed.is_configured or _is_proxied(allowed.url):
        return Reach.ANYWHERE
    home = httpx2.URL(site.url)
    try:
        addresses = await lookups.resolve(home.host, home.port or 443, site.timeout_s)
    except OSError:
        return Reach.PUBLIC
    is_inside = not all(reaches(address, Reach.PUBLIC) for address in addresses)
    return Reach.OWN_NETWORK if is_inside else Reach.PUBLIC


def _is_proxied(url: httpx2.URL) -> bool:
    proxies = getproxies()
    return bool(proxies.get(url.scheme) or proxies.get("all")) and not proxy_bypass(url.host)


class _GuardedTransport(httpx2.AsyncHTTPTransport):
    """A transport whose connections go to judged addresses alone."""

    def __init__(self, network: GuardedNetwork, *, http2: bool) -> None:
        super().__init__(http2=http2, trust_env=True)
        # The transport takes no network backend; its pool does.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_MAX_IDLE,
            keepalive_expiry=_IDLE_S,
            http2=http2,
            network_backend=network,
        )


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to addresses within reach."""

    def __init__(self, reach: Reach, lookups: Lookups) -> None:
        self._reach = reach
        self._lookups = lookups
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve, judge, connect; raise `ConnectError` when an address is out of reach."""
        try:
            addresses = await self._lookups.resolve(host, port, timeout)
        except OSError as error:
            raise httpcore2.ConnectError(f"the name {host} cannot be resolved") from error
        for address in addresses:
            if not reaches(address, self._reach):
                raise httpcore2.ConnectError(
                    f"{host} has the address {address}, which is not on the public internet"
                )
        trouble: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                trouble = error
        raise trouble

    async def sleep(self, seconds: float) -> None:
        """Sleep, between attempts."""
        await asyncio.sleep(seconds)
