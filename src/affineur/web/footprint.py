"""Keeps the server small and prompt, while large pages are made beside quick answers.

Reading a page of thousands of files takes tens of megabytes for a moment, in several threads.
The C library would keep an arena for each thread, and most of what was freed. And a thread that
works keeps the interpreter for as long as it may, while answers of microseconds wait.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from contextlib import suppress

_ARENA_MAX = -8  # mallopt's own numbers (malloc.h)
_MMAP_THRESHOLD = -3
_ARENAS = 2
_LARGE_BYTES = 256 * 1024
_TRIM_EVERY_S = 5.0
_YOUNG_OBJECTS = 20_000
_TURN_S = 0.001


def settle() -> None:
    """Set up once, when everything that stays was made."""
    gc.collect()
    gc.freeze()  # what stays for ever need not be looked through again
    sys.setswitchinterval(_TURN_S)
    gc.set_threshold(_YOUNG_OBJECTS, 20, 20)
    with suppress(AttributeError, OSError):  # not the C library of GNU
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


async def keep_small() -> None:
    """Give freed memory back to the system every few seconds, until cancelled."""
    while True:
        await asyncio.sleep(_TRIM_EVERY_S)
        await asyncio.to_thread(_trim)


def _trim() -> None:
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
