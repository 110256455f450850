"""Passwords: argon2id, a few at a time, and what a password must be.

Each hash takes 64 MiB and a few hundredths of a second on purpose. So only two are computed at
once, in threads of their own: whoever tries many waits for himself, and the server keeps its memory
and its threads.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from affineur.core.errors import BadInput, Unavailable

_T = TypeVar("_T")
SHORTEST = 12
_LONGEST = 512
_AT_ONCE = 2
_MOST_WAITING = 50


@dataclass(slots=True)
class Passwords:
    """Makes and checks hashes. Safe to use from any thread."""

    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="passwords")
    )
    _waiting: int = 0

    _hasher: PasswordHasher = field(default_factory=PasswordHasher)
    _turns: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(_AT_ONCE)
    )

    async def apart(self, function: Callable[..., _T], *args: object) -> _T:
        """Call what checks a password in a thread of these; one event loop calls this.

        Raise `Unavailable` when too many wait for one.
        """
        if self._waiting >= _MOST_WAITING:
            raise Unavailable("Too many people sign in just now.", hint="Try again in a moment.")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, partial(function, *args))
        finally:
            self._waiting -= 1

    def hashed(self, password: str) -> str:
        """Give the hash of a password, with its salt and parameters."""
        with self._turns:
            return self._hasher.hash(password)

    def fits(self, hashed: str | None, password: str) -> bool:
        """Whether this is the password; without a hash it takes as long, and is not."""
        if len(password) > _LONGEST:
            return False
        if hashed is None:
            self.hashed(password)
            return False
        with self._turns:
            try:
                return self._hasher.verify(hashed, password)
            except (VerificationError, InvalidHashError):
                return False


def check_new(password: str, user_name: str) -> None:
    """Raise `BadInput` for a password that would not do: length counts (NIST SP 800-63B)."""
    if not SHORTEST <= len(password) <= _LONGEST:
        raise BadInput(
            f"A password has {SHORTEST} to {_LONGEST} characters.",
            hint="Several words that have nothing to do with each other are easy to remember.",
        )
    if "\0" in password or len(set(password)) < SHORTEST // 3:
        raise BadInput("This password is too easy to guess.", hint="Choose another one.")
    if user_name.lower() in password.lower() and len(password) < SHORTEST + len(user_name):
        raise BadInput("The password holds the user's name.", hint="Choose another one.")
