"""Fetching files over real HTTP: whole, or trouble."""

from __future__ import annotations

import asyncio

import pytest

from affineur.core.errors import UpstreamTrouble
from affineur.core.names import ProjectName
from affineur.core.ports import Site
from affineur.upstream.client import HttpUpstream
from support.asking import fetch, page_of
from support.dists import wheel
from support.osv_source import osv, osv_source
from support.upstream_server import Fault, upstream_server

SPAM = wheel("spam", "1.0")


def test_a_file_comes_as_it_is() -> None:
    with upstream_server() as up:
        up.add(SPAM)
        location = page_of(Site(up.url), "spam").files[0].location
        assert location is not None

        assert fetch(Site(up.url), location) == SPAM.data
        assert up.requests[-1].headers["accept-encoding"] == "identity"


def test_a_file_elsewhere_comes_from_a_configured_origin_which_sees_no_credentials() -> None:
    with upstream_server(files_elsewhere=True, credentials=("ada", "pa55")) as up:
        up.add(SPAM)
        site = Site(up.url, (up.files_origin,), "ada", "pa55")

        assert fetch(site, up.location(SPAM.filename)) == SPAM.data
        assert "authorization" not in up.requests[-1].headers


def test_a_file_elsewhere_is_refused_before_it_is_asked() -> None:
    with upstream_server(files_elsewhere=True) as up:
        up.add(SPAM)
        with pytest.raises(UpstreamTrouble, match="not allowed"):
            fetch(Site(up.url), up.location(SPAM.filename))
        assert up.requests == ()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault.STATUS, "answered 500"),
        (Fault.TRUNCATED, "could not be read"),
        (Fault.OVERSIZED, "sends more than 100000 bytes"),
        (Fault.WAIT, "could not be read"),
        (Fault.STALL, "could not be read"),
        (Fault.DRIP, "is given up"),
    ],
)
def test_a_file_that_does_not_come_whole_is_trouble(fault: Fault, message: str) -> None:
    with upstream_server() as up:
        up.add(SPAM)
        up.misbehave(fault, delay_s=0.01)
        with pytest.raises(UpstreamTrouble, match=message):
            fetch(Site(up.url, timeout_s=0.3, max_file_bytes=100_000), up.location(SPAM.filename))


def test_a_file_that_says_it_is_too_large_is_not_begun() -> None:
    with upstream_server() as up:
        up.add(SPAM)
        with pytest.raises(UpstreamTrouble, match=r"offers .* over the limit"):
            fetch(Site(up.url, max_file_bytes=10), up.location(SPAM.filename))


def test_a_file_that_was_cut_short_without_a_promise_is_for_its_digest_to_tell() -> None:
    with upstream_server() as up:
        up.add(SPAM)
        up.misbehave(Fault.CUT_SHORT)
        assert fetch(Site(up.url), up.location(SPAM.filename)) == SPAM.data[: len(SPAM.data) // 2]


def test_an_index_that_went_down_and_came_back_is_asked_over_a_new_connection() -> None:
    async def asking(upstream: HttpUpstream, site: Site) -> None:
        await upstream.page(site, ProjectName("spam"))
        up.go_down()
        with pytest.raises(UpstreamTrouble):
            await upstream.page(site, ProjectName("spam"))
        up.come_back()
        await upstream.page(site, ProjectName("spam"))
        await upstream.aclose()

    with upstream_server() as up:
        up.add(SPAM)
        asyncio.run(asking(HttpUpstream(), Site(up.url)))


def test_one_upstream_serves_several_event_loops_one_after_the_other() -> None:
    upstream = HttpUpstream()
    with upstream_server() as up:
        up.add(SPAM)
        first = asyncio.run(upstream.page(Site(up.url), ProjectName("spam")))
        assert asyncio.run(upstream.page(Site(up.url), ProjectName("spam"))) == first


def test_a_file_in_the_same_state_is_not_sent_again() -> None:
    with osv_source() as source:
        source.put(osv("A-1", "spam"))

        async def asked() -> tuple[list[bool], list[bytes]]:
            upstream = HttpUpstream()
            unchanged, bodies = [], []
            state = None
            for records in ([], [], [osv("A-2", "spam")]):
                source.put(*records)
                async with upstream.file(Site(source.url), source.url, state) as download:
                    unchanged.append(download.is_unchanged)
                    bodies.append(b"".join([chunk async for chunk in download.chunks]))
                    state = download.state
            await upstream.aclose()
            return unchanged, bodies

        unchanged, bodies = asyncio.run(asked())

    assert unchanged == [False, True, False]
    assert bodies[1] == b""
    assert bodies[0] != bodies[2]


def test_that_nothing_changed_is_no_answer_to_who_asked_for_the_file() -> None:
    with osv_source() as source:
        source.failing["all.zip"] = 304

        with pytest.raises(UpstreamTrouble, match="answered 304") as trouble:
            fetch(Site(source.url), source.url)
        assert trouble.value.status == 304
