"""Whether the process lives, and whether it can do its work.

It can while external indexes are away: known pages are served, and the rest says when to try
again. So their states are told, by their numbers (anybody may ask here), and change nothing.
"""

from __future__ import annotations

import asyncio
import math

import orjson

from affineur.core.breakers import State
from affineur.services import condition
from affineur.services.gear import Gear
from affineur.store import audit
from affineur.web.http import Answer, Request

_TEXT = (("content-type", "text/plain; charset=utf-8"), ("vary", "Accept"))
_JSON = (("content-type", "application/json"), ("vary", "Accept"))


def lives() -> Answer:
    """Answer that the process lives; it looks at nothing else."""
    return Answer(200, _TEXT, b"alive\n")


async def is_ready(gear: Gear, request: Request) -> Answer:
    """Answer that the database answers and bytes can be written, or raise `Unavailable`."""
    await asyncio.to_thread(_try, gear)
    states = await asyncio.to_thread(condition.states, gear)
    if "application/json" in request.headers.get("accept", ""):
        connectors = [
            {"id": number, "state": state, "next_try_in_s": math.ceil(wait_s)}
            for number, state, wait_s in states
        ]
        return Answer(200, _JSON, orjson.dumps({"ready": True, "connectors": connectors}))
    lines = [_line(number, state, wait_s) for number, state, wait_s in states]
    return Answer(200, _TEXT, "".join(["ready\n", *lines]).encode())


def _line(number: int, state: State, wait_s: float) -> str:
    next_try = f", next try in {math.ceil(wait_s)} s" if wait_s > 0 else ""
    return f"connector {number}: {state}{next_try}\n"


def _try(gear: Gear) -> None:
    with gear.db.reading() as conn:
        audit.head(conn)
    staged = gear.blobs.stage()
    try:
        staged.write(b"ready")
    finally:
        staged.discard()
