"""The body of a request that is refused before it was read.

A client that is still sending when the server answers and closes sees a broken pipe in place of
the reason (uv always, others now and then). So what is left is read and thrown away first,
within limits: nobody may keep the server busy with it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from affineur.web.http import Request

_MOST_BYTES = 256 * 1024 * 1024
_MOST_S = 15.0


async def read_out(request: Request) -> None:
    """Read what is left of a body, so that the client will hear the answer.

    A client that waits for leave (`Expect: 100-continue`) has sent nothing, and shall not.
    Raises `ClientGone` when the client leaves meanwhile.
    """
    if request.is_read or "expect" in request.headers:
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(_read(request), _MOST_S)


async def _read(request: Request) -> None:
    left_bytes = _MOST_BYTES
    async for piece in request.body:
        left_bytes -= len(piece)
        if left_bytes < 0:
            return
