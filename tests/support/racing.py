"""Doing something several times at once, to see that only one wins."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

_T = TypeVar("_T")


def at_once(times: int, act: Callable[[], _T]) -> list[_T]:
    """Do it in so many threads that start together; give all answers, or raise what one did."""
    ready = Barrier(times)

    def go(_number: int) -> _T:
        ready.wait(timeout=30)
        return act()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(go, range(times)))
