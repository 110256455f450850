"""Asking for a file only if it changed: validators and conditional requests (RFC 9110, 13)."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx2

from affineur.core.validators import Validators

_LONGEST = 1024
_NO_PIECES: tuple[bytes, ...] = ()


def conditions(unless: Validators | None) -> dict[str, str]:
    """Give the headers that ask for a file unless it is still in a state."""
    if unless is None:
        return {}
    told = (("If-None-Match", unless.etag), ("If-Modified-Since", unless.modified))
    return {name: value for name, value in told if value is not None}


def is_unchanged(response: httpx2.Response, unless: Validators | None) -> bool:
    """Whether the answer is that nothing changed, to somebody who asked for that."""
    return response.status_code == 304 and bool(conditions(unless))


def told(response: httpx2.Response) -> Validators:
    """Read by what the origin tells this state of a file from others."""
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    return Validators(
        etag if etag and len(etag) <= _LONGEST else None,
        modified if modified and len(modified) <= _LONGEST else None,
    )


async def nothing() -> AsyncGenerator[bytes]:
    """Give no bytes."""
    for piece in _NO_PIECES:
        yield piece
