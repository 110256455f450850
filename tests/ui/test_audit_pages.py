"""The pages of the audit log: found, read, written out, checked."""

from __future__ import annotations

import asyncio
import json

import pytest

from support.browsing import Visitor
from support.dists import wheel
from support.house import House


@pytest.fixture
def busy(house: House) -> House:
    """A house with an upload and a block in its log."""
    house.publish(wheel("acme-tools", "1.0"))
    order = {"name": "acme-tools", "reason": "<b>bad</b>"}
    house.ask("POST", "/api/v1/blocks", "admin", json=order)
    return house


def test_events_are_found_by_what_was_done(busy: House) -> None:
    security = Visitor(busy, "admin")

    seen = security.submit(security.get("/audit"), {"action": "block."}, button="Search")

    assert seen.all("tbody td[data-label=Did]") == ["block.made"]
    assert seen.all("tbody td[data-label=To]") == ["project:acme-tools"]
    assert "<b>bad</b>" in seen.says("tbody details")


def test_what_is_found_is_saved_as_lines(busy: House) -> None:
    security = Visitor(busy, "admin")
    seen = security.get("/audit?action=block.made")

    saved = security.get(seen.links()["JSON lines"])

    assert [json.loads(line)["action"] for line in saved.text.splitlines()] == ["block.made"]
    assert saved.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'


def test_a_moment_that_cannot_be_read_is_said_and_kept(busy: House) -> None:
    seen = Visitor(busy, "admin").get("/audit?since=yesterday&actor=dev")

    assert seen.status == 400
    assert "'yesterday' is not a day or a moment" in seen.says(".trouble")
    assert len(seen.html.css("#f-actor[value=dev]")) == 1


def test_one_event_is_shown_with_its_hashes(busy: House) -> None:
    security = Visitor(busy, "admin")
    number = security.get("/audit?action=block.made").all("tbody th")[0]

    seen = security.get(f"/audit/events/{number}")

    assert seen.title == f"Event {number}"
    assert '"reason": "<b>bad</b>"' in seen.says()
    assert security.get("/audit/events/99999").status == 404
    assert security.get("/audit/events/x").status == 404


def test_the_chain_is_checked_behind_and_told(busy: House) -> None:
    security = Visitor(busy, "admin")
    before = security.get("/audit").says("#chain")

    security.submit(security.get("/audit"), button="Check all events")
    busy.run(_ended(busy))
    after = security.part("/audit/chain").says("#chain")

    assert "Not checked" in before
    assert "Whole up to event" in after


async def _ended(house: House) -> None:
    await asyncio.wait([house.gear.flights["checking the log"]])


def test_a_head_that_was_written_down_is_compared(busy: House) -> None:
    security = Visitor(busy, "admin")
    seq, digest = security.get("/audit/compare").says("#head").split()

    same = security.get(f"/audit/compare?seq={seq}&hash={digest}")
    other = security.get(f"/audit/compare?seq={seq}&hash={'a' * 64}")

    assert f"Event {seq} has this hash" in same.says()
    assert "it was altered, or cut off" in other.says()


def test_a_developer_reads_none_of_it(busy: House) -> None:
    dev = Visitor(busy, "dev")
    paths = ("/audit", "/audit/export", "/audit/chain", "/audit/compare", "/audit/events/1")

    assert {dev.part(path).status for path in paths} == {403}
