"""What a process remembers of origins: bounded, and for a while."""

from __future__ import annotations

import hashlib

from affineur.core.files import Filename
from affineur.core.names import Sha256
from affineur.services.told import Lack, Told
from affineur.store.told import Saying
from support.clocks import SetClock
from support.values import digest

SPAM = Filename.parse("spam-1.0-py3-none-any.whl")
HERE, THERE = "https://here.example", "https://there.example"


def saying(name: str, body: bytes, connector_id: int = 1) -> Saying:
    return Saying(connector_id, SPAM, digest(name), Sha256(hashlib.sha256(body).hexdigest()))


def noise(name: str) -> bytes:
    """Nine MiB that nothing packs."""
    return hashlib.shake_256(name.encode()).digest(9 * 1024 * 1024)


def test_what_one_connector_told_is_not_what_another_did() -> None:
    told = Told()
    told.keep(saying("a", b"one", connector_id=1), b"one")

    assert told.body(1, digest("a")) == b"one"
    assert told.body(2, digest("a")) is None


def test_what_was_not_asked_for_the_longest_is_forgotten_first() -> None:
    told = Told()
    told.keep(saying("a", b"small"), b"small")
    told.keep(saying("b", noise("b")), noise("b"))
    told.body(1, digest("a"))
    told.keep(saying("c", noise("c")), noise("c"))

    assert told.body(1, digest("a")) == b"small"
    assert told.body(1, digest("b")) is None
    assert told.body(1, digest("c")) == noise("c")


def test_what_is_told_again_takes_no_more_room() -> None:
    told = Told()
    told.keep(saying("a", noise("a")), noise("a"))
    told.keep(saying("a", noise("a")), noise("a"))

    assert told.body(1, digest("a")) == noise("a")


def test_a_lack_is_remembered_for_that_origin_and_a_while(clock: SetClock) -> None:
    told = Told()
    told.note_lack(HERE, Lack.RANGES, clock.now())

    assert told.lacks(HERE, Lack.RANGES, clock.now())
    assert not told.lacks(HERE, Lack.METADATA, clock.now())
    assert not told.lacks(THERE, Lack.RANGES, clock.now())
    clock.move(minutes=10)
    assert not told.lacks(HERE, Lack.RANGES, clock.now())


def test_what_is_not_written_down_is_given_to_be_written_once() -> None:
    told = Told()
    one = saying("a", b"one")
    told.keep(one, b"one")

    assert told.take_unwritten() == [one]
    assert told.take_unwritten() == []
