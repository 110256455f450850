"""A full cache and a full disk, as clients see them."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from typing import Any

import pytest

from affineur.blobs import LocalBlobs
from affineur.services import eviction
from affineur.services.pulse import Watcher
from affineur.web.app import build_app
from affineur.web.asgi import Message
from support.dists import Dist, wheel
from support.house import House
from support.running import until

SPAM = wheel("spam", "1.0", files={"spam.bin": hashlib.shake_256(b"spam").digest(300_000)})
EGGS = wheel("eggs", "1.0")


def _url(dist: Dist, feed: str = "unapproved") -> str:
    return f"/pypi/{feed}/files/{dist.sha256}/{dist.filename}"


def _recalled(house: House, dist: Dist) -> str | None:
    """Give the path that the memory alone leads a client to; None when it knows none."""
    sent: list[Message] = []
    scope: dict[str, Any] = {  # Any: as ASGI has it
        "type": "http",
        "method": "GET",
        "raw_path": _url(dist).encode(),
        "query_string": b"",
        "headers": [
            (b"accept", b"*/*"),
            (b"accept-encoding", b"gzip, deflate"),
            (b"authorization", f"Bearer {house.tokens['approver']}".encode()),
        ],
    }
    return sent[1]["path"] if house.app.at_once(scope, sent.append) else None


def _settle(house: House) -> None:
    """Wait until nothing is new to the house any more."""

    def is_quiet() -> bool:
        house.gear.pulse.read(house.gear.db)
        time.sleep(0.3)
        return house.gear.pulse.current(house.gear.db) is not None

    until(is_quiet, lambda: "commits never come to an end")


def _get(house: House, dist: Dist) -> bytes:
    headers = {"accept": "*/*", "accept-encoding": "gzip, deflate"}
    answer = house.ask("GET", _url(dist), "approver", headers=headers)
    assert answer.status_code == 200
    return answer.content


def test_the_memory_leads_nobody_to_bytes_that_are_going(house: House) -> None:
    house.upstream.add(SPAM)
    with Watcher(house.gear.pulse, house.gear.db):
        _get(house, SPAM)
        _settle(house)
        _get(house, SPAM)
        _settle(house)
        assert _get(house, SPAM) == SPAM.data
        assert _recalled(house, SPAM) == str(house.gear.blobs.local_path(SPAM.sha256))

        house.clock.move(minutes=2)
        eviction.evict(house.gear, 1)
        assert _recalled(house, SPAM) is None
        _settle(house)
        assert _recalled(house, SPAM) is None

        house.clock.move(seconds=11)
        eviction.delete_bytes(house.gear)
        assert not house.gear.blobs.has(SPAM.sha256)
        assert _get(house, SPAM) == SPAM.data


@pytest.fixture
def full(house: House) -> House:
    """A house whose disk has no room beyond what is kept free, with one file of its own."""
    assert house.publish(EGGS).status_code == 200
    folder = house.gear.settings.data / "blobs"
    gear = replace(house.gear, blobs=LocalBlobs(folder, keep_free_bytes=1 << 60))
    return replace(house, gear=gear, app=build_app(gear))


def test_a_full_disk_begins_no_download_and_says_why(full: House) -> None:
    full.upstream.add(SPAM)

    answer = full.get(_url(SPAM), "approver")

    assert (answer.status_code, answer.json()["code"]) == (507, "no-room")
    assert "There is no room on the disk" in answer.json()["detail"]
    assert full.upstream.downloads(SPAM.filename) == 0
    assert list((full.gear.settings.data / "blobs" / "staging").iterdir()) == []


def test_a_full_disk_takes_no_upload_and_says_why(full: House) -> None:
    answer = full.publish(wheel("eggs", "2.0"))

    assert (answer.status_code, answer.json()["code"]) == (507, "no-room")
    assert full.publish(wheel("eggs", "2.0")).status_code == 507
    assert list((full.gear.settings.data / "blobs" / "staging").iterdir()) == []


def test_a_full_disk_goes_on_giving_out_what_it_holds(full: House) -> None:
    assert full.get(_url(EGGS, "internal")).content == EGGS.data
    assert full.get(f"{_url(EGGS, 'internal')}.metadata").content == EGGS.metadata
    assert full.get("/readyz").status_code == 200
