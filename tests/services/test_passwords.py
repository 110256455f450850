"""Passwords: what they must be, and that nobody waits in the server's own threads."""

from __future__ import annotations

import asyncio
import threading

import pytest

from affineur.core.errors import BadInput, Unavailable
from affineur.services.passwords import Passwords, check_new


@pytest.mark.parametrize(
    "password",
    ["", "short", "eleven char", "aaaaaaaaaaaaaa", "ada-ada-ada-a", "x" * 513, "with\0nul in it"],
)
def test_a_password_that_would_not_do_is_refused(password: str) -> None:
    with pytest.raises(BadInput):
        check_new(password, "ada")


@pytest.mark.parametrize("password", ["four words that suffice", "ünïcödé wörds dö töö"])
def test_a_long_password_does(password: str) -> None:
    check_new(password, "ada")


def test_a_hash_fits_its_password_alone() -> None:
    passwords = Passwords()
    hashed = passwords.hashed("four words that suffice")

    assert hashed.startswith("$argon2id$")
    assert passwords.fits(hashed, "four words that suffice")
    assert not passwords.fits(hashed, "four words that suffic")
    assert not passwords.fits(None, "four words that suffice")
    assert not passwords.fits("no hash", "four words that suffice")


def test_a_crowd_is_told_to_come_back() -> None:
    passwords, door = Passwords(), threading.Event()

    async def crowd() -> list[object]:
        waiting = [asyncio.create_task(passwords.apart(door.wait, 30)) for _ in range(60)]
        await asyncio.sleep(0)
        door.set()
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    told = asyncio.run(crowd())

    assert told[:50] == [True] * 50
    assert [type(one) for one in told[50:]] == [Unavailable] * 10
