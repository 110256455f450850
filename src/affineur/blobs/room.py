"""Room on a disk: what is kept free, and what files that are being written have reserved.

Whoever writes a file from outside reserves room for it first, so that a disk is never filled
to the brim by files: a database on the same disk goes on working. Other processes' files are
noticed as they are written.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from affineur.core.errors import NoRoom


class Room:
    """The room of one disk. Safe to use from any thread."""

    def __init__(self, free: Callable[[], int], keep_free_bytes: int) -> None:
        self._free = free
        self._keep_free_bytes = keep_free_bytes
        self._reserved = 0
        self._lock = threading.Lock()

    def free_bytes(self) -> int:
        """Say how much is free now, reserved or not."""
        return self._free()

    def reserve(self, size_bytes: int) -> Place:
        """Reserve room for a file; raise `NoRoom` when there is none."""
        with self._lock:
            self._require(size_bytes)
            self._reserved += size_bytes
        return Place(self, size_bytes)

    def use(self, reserved: int, beyond: int) -> None:
        """Use room that was reserved, and some beyond it; raise `NoRoom` when there is none."""
        with self._lock:
            self._reserved -= reserved
            try:
                self._require(reserved + beyond)
            except NoRoom:
                self._reserved += reserved
                raise

    def give_back(self, reserved: int) -> None:
        """Give back room that was reserved and not used."""
        with self._lock:
            self._reserved -= reserved

    def _require(self, size_bytes: int) -> None:
        free = self._free()
        if free - self._keep_free_bytes - self._reserved < size_bytes:
            raise NoRoom(
                f"There is no room on the disk for {size_bytes} bytes more: {free} are free, "
                f"{self._keep_free_bytes} of them are kept free, {self._reserved} are reserved.",
                hint="Nothing was kept. Make room on the server: affineur cache evict --to 0",
            )


class Place:
    """What one file has reserved."""

    def __init__(self, room: Room, size_bytes: int) -> None:
        self._room = room
        self._left = size_bytes

    def use(self, size_bytes: int) -> None:
        """Note that so many bytes are about to be written."""
        reserved = min(self._left, size_bytes)
        self._room.use(reserved, size_bytes - reserved)
        self._left -= reserved

    def give_back(self) -> None:
        """Give back what was not used."""
        self._room.give_back(self._left)
        self._left = 0


def free_on_disk(folder: Path) -> int:
    """Say how many bytes the disk of a folder has free for whoever is not its superuser."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
