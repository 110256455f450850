"""Reading pieces of files over real HTTP: exactly those, or trouble, or word of no ranges."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from affineur.core.errors import UpstreamTrouble
from affineur.core.ports import NoRanges, Site
from affineur.core.spans import Piece, Span, Tail
from affineur.upstream.client import HttpUpstream
from support.asking import piece
from support.dists import Dist, wheel
from support.upstream_server import Fault, LoopbackUpstream, upstream_server

DATA = bytes(range(256)) * 1000
SPAM = wheel("spam", "1.0", files={"spam.bin": DATA})
SIZE = len(SPAM.data)
ETAG = f'"{SPAM.sha256[:20]}"'
OTHER = wheel("spam", "1.0", files={"spam.bin": DATA + b"more"})
SAME_SIZE = wheel("spam", "1.0", files={"spam.bin": b"\1" + DATA[1:]})


@pytest.fixture
def up() -> Iterator[LoopbackUpstream]:
    with upstream_server() as upstream:
        upstream.add(SPAM)
        yield upstream


def here(up: LoopbackUpstream) -> str:
    return up.location(SPAM.filename)


def test_the_end_of_a_file_comes_alone(up: LoopbackUpstream) -> None:
    found = piece(Site(up.url), here(up), Tail(100))

    assert found == Piece(SIZE - 100, SPAM.data[-100:], SIZE, ETAG)
    assert up.requests[-1].headers["range"] == "bytes=-100"
    assert up.requests[-1].headers["accept-encoding"] == "identity"


def test_a_span_comes_alone(up: LoopbackUpstream) -> None:
    assert piece(Site(up.url), here(up), Span(5, 9)) == Piece(5, SPAM.data[5:9], SIZE, ETAG)
    assert up.requests[-1].headers["range"] == "bytes=5-8"


def test_a_file_shorter_than_the_wanted_tail_comes_whole(up: LoopbackUpstream) -> None:
    found = piece(Site(up.url), here(up), Tail(SIZE + 1))

    assert found == Piece(0, SPAM.data, SIZE, ETAG)
    assert isinstance(found, Piece)
    assert found.is_whole


def test_a_short_file_may_come_whole_of_an_origin_that_has_no_ranges(up: LoopbackUpstream) -> None:
    up.gives_ranges = False
    assert piece(Site(up.url), here(up), Tail(SIZE)) == Piece(0, SPAM.data, SIZE, ETAG)


@pytest.mark.parametrize("wanted", [Tail(SIZE - 1), Span(0, SIZE)])
def test_an_origin_that_ignores_the_question_is_not_listened_to(
    up: LoopbackUpstream, wanted: Span | Tail
) -> None:
    up.gives_ranges = False
    assert piece(Site(up.url), here(up), wanted) == NoRanges()


def test_an_origin_that_answers_without_end_is_not_listened_to(up: LoopbackUpstream) -> None:
    up.gives_ranges = False
    up.misbehave(Fault.OVERSIZED)
    assert piece(Site(up.url), here(up), Tail(100)) == NoRanges()


@pytest.mark.parametrize("status", [400, 405, 416, 501])
def test_an_origin_may_say_that_it_does_not_know_the_question(
    up: LoopbackUpstream, status: int
) -> None:
    up.misbehave(Fault.STATUS, status=status)
    assert piece(Site(up.url), here(up), Tail(100)) == NoRanges()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault.STATUS, "answered 500"),
        (Fault.TRUNCATED, "could not be read"),
        (Fault.CUT_SHORT, "sent 500 bytes of 1000"),
        (Fault.OVERSIZED, "sends more than 1000 bytes"),
        (Fault.WAIT, "could not be read"),
        (Fault.STALL, "could not be read"),
        (Fault.DRIP, "is given up"),
        (Fault.OTHER_RANGE, "another piece"),
        (Fault.PLACELESS_RANGE, "does not say where it stands"),
        (Fault.ENCODED, "encodes the file"),
    ],
)
@pytest.mark.parametrize("wanted", [Tail(1000), Span(1000, 2000)])
def test_what_is_not_the_piece_is_trouble(
    up: LoopbackUpstream, wanted: Span | Tail, fault: Fault, message: str
) -> None:
    up.misbehave(fault, delay_s=0.01)
    with pytest.raises(UpstreamTrouble, match=message):
        piece(Site(up.url, timeout_s=0.3), here(up), wanted)


def test_a_span_beyond_the_end_is_trouble(up: LoopbackUpstream) -> None:
    with pytest.raises(UpstreamTrouble, match="answered 416"):
        piece(Site(up.url), here(up), Span(SIZE, SIZE + 1))
    with pytest.raises(UpstreamTrouble, match="another piece"):
        piece(Site(up.url), here(up), Span(SIZE - 1, SIZE + 1))


def test_a_file_over_the_limit_is_not_begun(up: LoopbackUpstream) -> None:
    with pytest.raises(UpstreamTrouble, match="over the limit"):
        piece(Site(up.url, max_file_bytes=SIZE - 1), here(up), Tail(10))


@pytest.mark.parametrize("now", [OTHER, SAME_SIZE], ids=["longer", "same size"])
def test_a_file_that_changed_between_two_pieces_is_trouble(up: LoopbackUpstream, now: Dist) -> None:
    first = piece(Site(up.url), here(up), Tail(100))
    assert isinstance(first, Piece)
    up.add(now)

    with pytest.raises(UpstreamTrouble, match="other bytes than a moment ago"):
        piece(Site(up.url), here(up), Span(0, 10), first)
    assert up.requests[-1].headers["if-range"] == ETAG


def test_without_etags_the_size_tells_that_a_file_changed(up: LoopbackUpstream) -> None:
    up.tells_etags = False
    first = piece(Site(up.url), here(up), Tail(100))
    assert isinstance(first, Piece)
    assert piece(Site(up.url), here(up), Span(0, 2), first) == Piece(0, b"PK", SIZE)
    up.add(OTHER)

    with pytest.raises(UpstreamTrouble, match="other bytes than a moment ago"):
        piece(Site(up.url), here(up), Span(0, 10), first)


def test_a_file_that_is_gone_between_two_pieces_is_trouble(up: LoopbackUpstream) -> None:
    first = piece(Site(up.url), here(up), Tail(100))
    assert isinstance(first, Piece)
    up.remove(SPAM.filename)

    with pytest.raises(UpstreamTrouble, match="answered 404"):
        piece(Site(up.url), here(up), Span(0, 10), first)


def test_pieces_follow_the_same_rules_as_files() -> None:
    with upstream_server(files_elsewhere=True, credentials=("ada", "pa55")) as up:
        up.add(SPAM)
        with pytest.raises(UpstreamTrouble, match="not allowed"):
            piece(Site(up.url), here(up), Tail(10))
        assert up.paths() == ()

        site = Site(up.url, (up.files_origin,), "ada", "pa55")
        assert isinstance(piece(site, here(up), Tail(10)), Piece)
        assert "authorization" not in up.requests[-1].headers


def test_a_piece_is_read_where_the_origin_redirects_to(up: LoopbackUpstream) -> None:
    up.misbehave(Fault.REDIRECT, at="/moved/", to=here(up))
    found = piece(Site(up.url), f"{up.origin}/moved/{SPAM.filename}", Tail(10))

    assert found == Piece(SIZE - 10, SPAM.data[-10:], SIZE, ETAG)
    assert up.requests[-1].headers["range"] == "bytes=-10"


def test_the_connection_can_be_used_again_after_an_answer_that_was_not_read(
    up: LoopbackUpstream,
) -> None:
    up.gives_ranges = False

    async def asking() -> bytes:
        upstream = HttpUpstream()
        await upstream.piece(Site(up.url), here(up), Tail(10))
        async with upstream.file(Site(up.url), here(up)) as download:
            body = b"".join([chunk async for chunk in download.chunks])
        await upstream.aclose()
        return body

    assert asyncio.run(asking()) == SPAM.data
