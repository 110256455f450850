"""Remembers the known names in one process, with the index that finds what resembles them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from affineur.core.known_names import KnownNames


@dataclass(slots=True)
class RememberedNames:
    """The names, and a mark of what they were gathered from. Held in memory: some 10 MB."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    mark: tuple[object, ...] | None = None
    names: KnownNames | None = None
