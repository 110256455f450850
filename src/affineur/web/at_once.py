"""Lets granian ask a plain function first, before it wakes the event loop for a request.

Handing a request to the event loop and making a task of it costs more than giving a known
answer: with this, a page from memory takes half of the processor time. granian has no public
place for it, so this wraps the function with which its scheduler begins a request. Where a
later granian has no such place any more, everything goes the long way, and the log says so.
See docs/decisions/0007-answers-at-once.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from granian import _futures

from affineur.web.asgi import Scope
from affineur.web.memory import SendAtOnce

_LOG = logging.getLogger(__name__)
_PLACE = "_cbsched_aioschedule"
"""Makes the function that begins a request: given the loop, a context and a callback."""

AtOnce = Callable[[Scope, SendAtOnce], bool]
"""Answers a request now, in whatever thread, or says that it cannot."""


@contextmanager
def answering(at_once: AtOnce) -> Iterator[None]:
    """Let servers that are started inside the `with` ask `at_once` first."""
    original = getattr(_futures, _PLACE, None)
    if original is None:
        _LOG.warning("This granian cannot answer at once; hot pages take the long way.")
        yield
        return
    setattr(_futures, _PLACE, partial(_schedule, original, at_once))
    try:
        yield
    finally:
        setattr(_futures, _PLACE, original)


def _schedule(
    original: Callable[..., Callable[[Any], None]],  # Any: granian's watcher of a request
    at_once: AtOnce,
    *arguments: object,
) -> Callable[[Any], None]:
    return partial(_begin, at_once, original(*arguments))


def _begin(at_once: AtOnce, begin: Callable[[Any], None], watcher: Any) -> None:
    """Answer, or begin the request as granian would have; `watcher` is granian's own."""
    try:
        is_answered = at_once(watcher.scope, watcher.proto.send)
    except Exception:  # noqa: BLE001  the edge of the server: nobody above could tell the client
        _LOG.exception("An answer from memory failed; the request takes the long way")
        is_answered = False
    if is_answered:
        watcher.done()
    else:
        begin(watcher)
