"""Answers that a browser saves as a file: tables that are written while they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from affineur.web.http import Answer, StreamBody

_KINDS = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "json": "application/json",
}


def download(name: str, form: str, pieces: Iterator[bytes]) -> Answer:
    """Send pieces as a file of this name, of the form `csv`, `jsonl` or `json`."""
    headers = (
        ("content-type", _KINDS[form]),
        ("content-disposition", f'attachment; filename="{name}.{form}"'),
        ("cache-control", "no-store"),
    )
    return Answer(200, headers, StreamBody(_sent(pieces), None))


async def _sent(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Take each piece in a thread: the next one may need the database."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        if piece:
            yield piece
