"""The addresses of hosts: asked once for everybody who needs them, and believed for a moment.

A resolver that reads hundreds of wheels at once would otherwise be hundreds of questions to
the name server; many drop the twentieth, and the answer takes seconds longer.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from dataclasses import dataclass, field

from affineur.upstream.origins import Address

_BELIEVED_S = 30.0
_MOST_HOSTS = 1000

_Place = tuple[str, int]


@dataclass(slots=True)
class Lookups:
    """What is known of names now. For one event loop."""

    _known: dict[_Place, tuple[float, tuple[Address, ...]]] = field(default_factory=dict)
    _under_way: dict[_Place, asyncio.Task[tuple[Address, ...]]] = field(default_factory=dict)

    async def resolve(self, host: str, port: int, timeout_s: float | None) -> tuple[Address, ...]:
        """Give all addresses of a host; raise `OSError` when there are none or none in time."""
        place = (host, port)
        known = self._known.get(place)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        asking = self._under_way.get(place)
        if asking is None:
            asking = asyncio.create_task(_asked(host, port))
            self._under_way[place] = asking
            asking.add_done_callback(lambda done: self._answered(place, done))
        return await asyncio.wait_for(asyncio.shield(asking), timeout_s)

    def _answered(self, place: _Place, done: asyncio.Task[tuple[Address, ...]]) -> None:
        del self._under_way[place]
        if done.cancelled() or done.exception() is not None:
            return
        if len(self._known) >= _MOST_HOSTS:
            self._known.clear()
        self._known[place] = (time.monotonic() + _BELIEVED_S, done.result())


async def _asked(host: str, port: int) -> tuple[Address, ...]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    texts = dict.fromkeys(str(sockaddr[0]).partition("%")[0] for *_rest, sockaddr in found)
    if not texts:
        raise OSError(f"{host} has no address")
    return tuple(ipaddress.ip_address(text) for text in texts)
