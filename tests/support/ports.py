"""Ports for servers of tests: below those that the system gives to clients' own ends.

A port from the system's range may be taken by any connection between the moment it is found
and the moment somebody listens on it.
"""

from __future__ import annotations

import random
import socket

_FROM, _TO = 15_000, 30_000


def free_port() -> int:
    """Find a port on loopback that nobody listens on, nor gets by chance."""
    while True:
        port = random.SystemRandom().randrange(_FROM, _TO)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
