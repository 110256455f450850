"""Names are looked up once for everybody, for a moment."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

import pytest

from affineur.upstream.lookups import Lookups

HOME = ipaddress.ip_address("127.0.0.1")


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that the machine's resolver was asked for."""
    asked: list[str] = []
    original = socket.getaddrinfo

    def counted(host: Any, *args: Any, **kwargs: Any) -> Any:  # Any: socket's own
        asked.append(host)
        return original(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", counted)
    return asked


def test_a_burst_is_one_question_and_so_is_what_follows(questions: list[str]) -> None:
    async def asking() -> None:
        lookups = Lookups()
        found = await asyncio.gather(*(lookups.resolve("127.0.0.1", 80, 5) for _ in range(50)))
        again = await lookups.resolve("127.0.0.1", 80, 5)
        assert {*found, again} == {(HOME,)}

    asyncio.run(asking())

    assert questions == ["127.0.0.1"]


def test_another_host_is_another_question(questions: list[str]) -> None:
    async def asking() -> None:
        lookups = Lookups()
        await lookups.resolve("127.0.0.1", 80, 5)
        await lookups.resolve("127.0.0.2", 80, 5)

    asyncio.run(asking())

    assert questions == ["127.0.0.1", "127.0.0.2"]


def test_a_failure_is_told_to_everybody_and_not_remembered(questions: list[str]) -> None:
    async def asking() -> None:
        lookups = Lookups()
        for _ in range(2):
            with pytest.raises(OSError, match="asked for a name outside"):
                await lookups.resolve("nowhere.invalid", 80, 5)

    asyncio.run(asking())

    assert questions == ["nowhere.invalid"] * 2
