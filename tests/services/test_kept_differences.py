"""Differences are made once for everybody who asks, and let go when there is no room for more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from affineur.core.errors import Unavailable
from affineur.core.hunks import Hunk, Row, Sign
from affineur.core.lines import Lines
from affineur.services.kept_differences import Files, KeptDifferences


def files(rows: int) -> Files:
    return {"a.py": Lines((Hunk(1, 1, tuple(Row(Sign.NEW, "x") for _ in range(rows))),))}


def maker(made: list[str], name: str, rows: int = 10) -> Callable[[], Awaitable[Files]]:
    async def make() -> Files:
        made.append(name)
        await asyncio.sleep(0)
        return files(rows)

    return make


def test_of_several_who_ask_at_once_one_makes_it() -> None:
    kept, made = KeptDifferences(), list[str]()

    async def asking() -> list[Files]:
        return await asyncio.gather(*(kept.of("k", maker(made, "k")) for _ in range(5)))

    assert (asyncio.run(asking()), made) == ([files(10)] * 5, ["k"])


def test_the_oldest_go_when_there_is_no_room() -> None:
    kept = KeptDifferences(most_rows=250)

    async def asking() -> None:
        await kept.of("old", maker([], "old", 100))
        await kept.of("new", maker([], "new", 100))
        await kept.of("newest", maker([], "newest", 100))

    asyncio.run(asking())
    assert [kept.known(key) is None for key in ("old", "new", "newest")] == [True, False, False]


def test_what_fails_is_tried_again() -> None:
    kept = KeptDifferences()

    async def fail() -> Files:
        raise Unavailable("Not now.")

    async def asking() -> Files:
        with pytest.raises(Unavailable):
            await kept.of("k", fail)
        return await kept.of("k", maker([], "k"))

    assert asyncio.run(asking()) == files(10)
