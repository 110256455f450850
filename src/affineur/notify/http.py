"""Messages posted over HTTP, each over a connection of its own, to judged addresses alone.

A name is resolved here, every address is judged, and the connection goes to one of those: a name
cannot point elsewhere in between. Where the environment names a proxy for the URL, the proxy
resolves, and it is the one to guard the network.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from functools import cached_property
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from affineur import __version__
from affineur.core.notifier import Answered, Letter, Receiver, Unreached
from affineur.core.webhooks import Address, headers, is_within_reach

_TIMEOUT_S = 10.0
_HEADERS = {"user-agent": f"affineur/{__version__}", "content-type": "application/json"}

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class HttpNotifier:
    """Sends each message once; whoever wants it sent again asks again."""

    def __init__(self, timeout_s: float = _TIMEOUT_S) -> None:
        self._timeout_s = timeout_s

    async def send(self, receiver: Receiver, letter: Letter) -> Answered | Unreached:
        """Post a message; see the port."""
        signed = _HEADERS | headers(receiver.secret, letter)
        try:
            async with asyncio.timeout(self._timeout_s), self._client(receiver.url) as client:
                asked = client.stream("POST", receiver.url, content=letter.body, headers=signed)
                async with asked as answer:
                    return Answered(answer.status_code)
        except (TimeoutError, httpx2.TimeoutException):
            return Unreached(f"it did not answer within {self._timeout_s:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Unreached(f"it cannot be reached: {error or type(error).__name__}")

    def _client(self, url: str) -> httpx2.AsyncClient:
        timeout = httpx2.Timeout(self._timeout_s)
        if _is_proxied(httpx2.URL(url)):
            return httpx2.AsyncClient(timeout=timeout, verify=self._tls)
        return httpx2.AsyncClient(
            timeout=timeout, transport=_GuardedTransport(self._tls), trust_env=False
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context()  # reads all authorities: once is enough


def _is_proxied(url: httpx2.URL) -> bool:
    proxies = getproxies()
    return bool(proxies.get(url.scheme) or proxies.get("all")) and not proxy_bypass(url.host)


class _GuardedTransport(httpx2.AsyncHTTPTransport):
    """A transport whose one connection goes to a judged address."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls)
        # The transport takes no network backend; its pool does.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls, max_connections=1, network_backend=_GuardedNetwork()
        )


class _GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to addresses within reach."""

    def __init__(self) -> None:
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
        addresses = await _resolve(host, port)
        outside = [one for one in addresses if not is_within_reach(one)]
        if outside:
            raise httpcore2.ConnectError(f"{host} has the address {outside[0]}, out of reach")
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


async def _resolve(host: str, port: int) -> tuple[Address, ...]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore2.ConnectError(f"the name {host} cannot be resolved") from error
    texts = dict.fromkeys(str(sockaddr[0]).partition("%")[0] for *_rest, sockaddr in found)
    return tuple(ipaddress.ip_address(text) for text in texts)
