"""Where the links and redirects of an index may lead the probe.

An index is a stranger: it must not make us ask machines that it cannot reach itself. So a link
may lead to addresses of the index's own kind or more public ones, never inwards. The names are
resolved before each request; whoever changes a name in between gains one blind GET.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from enum import IntEnum
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from affineur.probe.messages import is_same_origin, origin_of

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Depth(IntEnum):
    """How far inside an address lies."""

    PUBLIC = 0
    NETWORK = 1
    MACHINE = 2
    """This machine, or its link."""


class Reach:
    """What one index may lead to."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._depths: dict[str, Depth] = {}

    async def why_not(self, url: str) -> str:
        """Say why a location is not asked, as the end of a sentence; empty when it may be."""
        try:
            scheme, host, port = origin_of(url)
            parts = urlsplit(url)
        except ValueError:
            return "is no http or https URL with a host"
        if parts.username is not None or parts.password is not None:
            return "carries credentials"
        if is_same_origin(url, self._home):
            return ""
        if self._home.startswith("https:") and scheme == "http":
            return "leads from https to http"
        if await self._is_inward(host, port, url):
            return "leads to an address further inside than the index's own"
        return ""

    async def _is_inward(self, host: str, port: int, url: str) -> bool:
        if is_proxied(url) or is_proxied(self._home):
            return False  # the proxy resolves the name; the network is its to guard
        _, home_host, home_port = origin_of(self._home)
        return await self._depth(host, port) > await self._depth(home_host, home_port)

    async def _depth(self, host: str, port: int) -> Depth:
        if host not in self._depths:
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            texts = {str(sockaddr[0]).partition("%")[0] for *_rest, sockaddr in found}
            self._depths[host] = max(_depth_of(ipaddress.ip_address(text)) for text in texts)
        return self._depths[host]


def is_proxied(url: str) -> bool:
    """Whether the environment sends this request through a proxy."""
    parts = urlsplit(url)
    if is_loopback(url):
        return False
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    return bool(named) and not proxy_bypass(parts.hostname or "")


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine; no proxy leads there."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _depth_of(address: _Address) -> Depth:
    plain = _unwrapped(address)
    if plain.is_loopback or plain.is_link_local or plain.is_unspecified or plain.is_multicast:
        return Depth.MACHINE
    return Depth.PUBLIC if plain.is_global else Depth.NETWORK


def _unwrapped(address: _Address) -> _Address:
    """Take the IPv4 address out of an IPv6 address that carries one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
