"""What comes after an answer to HEAD: nothing may.

An HTTP client throws it away, or trips over it later; so this asks with a bare socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2

from affineur.probe.messages import origin_of

_WAIT_S = 0.3
_MOST_BYTES = 64


async def after_head(url: str, headers: Mapping[str, str]) -> bytes:
    """Ask for the head of something, and give the first of the bytes that follow the head.

    The caller has judged the URL, and limits the time. Raises `OSError` when nothing comes.
    """
    scheme, host, port = origin_of(url)
    context = httpx2.create_ssl_context() if scheme == "https" else None
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        writer.write(_request(url, headers))
        await writer.drain()
        await reader.readuntil(b"\r\n\r\n")
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAIT_S):
                return await reader.read(_MOST_BYTES)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise OSError("the answer to HEAD has no end") from error
    finally:
        writer.close()
    return b""


def _request(url: str, headers: Mapping[str, str]) -> bytes:
    parts = urlsplit(url)
    target = httpx2.URL(url).raw_path.decode("ascii")
    host = parts.netloc.rpartition("@")[2].encode("idna").decode("ascii")
    lines = [f"HEAD {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
