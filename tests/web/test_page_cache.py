"""Pages in memory: in the bytes that were asked for, up to a size, while they are true."""

from __future__ import annotations

import zlib

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.core.names import FeedName, ProjectName
from affineur.services.pulse import Made, Pulse
from affineur.store.changes import Door, Watermarks
from affineur.web.encodings import Encoding, choose, decode_zstd
from affineur.web.index.cache import PageCache, Rendered
from support.clocks import NOON

FEED = FeedName("team")
MADE = Made(FEED, ProjectName("spam"), revision=1, changes=0)
MARKS = Watermarks(doors={FEED: Door(FEED, reads_anonymous=False, revision=1)})
LARGE = b"a page of many files, " * 1000
DECODERS = {
    Encoding.IDENTITY: bytes,
    Encoding.GZIP: lambda body: zlib.decompress(body, 16 + zlib.MAX_WBITS),
    Encoding.BROTLI: brotli.decompress,
    Encoding.ZSTD: decode_zstd,
}


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        (None, Encoding.IDENTITY),
        ("", Encoding.IDENTITY),
        ("identity", Encoding.IDENTITY),
        ("gzip, deflate", Encoding.GZIP),
        ("gzip, deflate, br", Encoding.BROTLI),
        ("gzip, deflate, br, zstd", Encoding.ZSTD),
        ("GZIP", Encoding.GZIP),
        ("x-gzip", Encoding.GZIP),
        ("*", Encoding.ZSTD),
        ("*;q=0", Encoding.IDENTITY),
        ("zstd;q=0, *", Encoding.BROTLI),
        ("gzip;q=1.0, br;q=0.5", Encoding.GZIP),
        ("gzip;q=0.001", Encoding.GZIP),
        ("gzip;q=0, br;q=0.0", Encoding.IDENTITY),
        ("identity, gzip;q=0.5", Encoding.IDENTITY),
        ("gzip;q=nan", Encoding.IDENTITY),
        ("gzip;q=2", Encoding.IDENTITY),
        ("deflate, compress", Encoding.IDENTITY),
        (",,;q=1, ;", Encoding.IDENTITY),
    ],
)
def test_a_client_gets_the_encoding_that_it_likes_best(
    accepted: str | None, chosen: Encoding
) -> None:
    assert choose(accepted) is chosen


@given(st.text(max_size=60))
def test_whatever_is_said_some_encoding_is_chosen(accepted: str) -> None:
    assert choose(accepted) in Encoding


@pytest.mark.parametrize("encoding", Encoding)
def test_every_encoding_holds_the_same_bytes(encoding: Encoding) -> None:
    page = Rendered.of(LARGE, MADE)
    sent = page.ready(encoding) or page.prepare(encoding)
    assert sent.encoding is encoding
    assert DECODERS[encoding](sent.body) == LARGE


def test_every_encoding_has_an_etag_of_its_own() -> None:
    page = Rendered.of(LARGE, MADE)
    tags = {(page.ready(one) or page.prepare(one)).etag for one in Encoding}
    assert len(tags) == len(Encoding)


def test_an_etag_tells_the_bytes() -> None:
    one, same, other = (Rendered.of(body, MADE) for body in (LARGE, LARGE, LARGE + b"!"))
    assert one.kept.etag == same.kept.etag != other.kept.etag


def test_what_is_small_is_sent_as_it_is() -> None:
    sent = Rendered.of(b"small", MADE).ready(Encoding.GZIP)
    assert sent is not None
    assert (sent.encoding, sent.body) == (Encoding.IDENTITY, b"small")


def _incompressible(number: int, size: int) -> Rendered:
    return Rendered.of(bytes([number]) * min(size, 500), MADE)


def test_those_not_asked_for_longest_go_first() -> None:
    cache, pulse = PageCache(capacity_bytes=1000), Pulse()
    for number in range(2):
        cache.keep((FEED, str(number), "json"), _incompressible(number, 400))
    assert cache.find((FEED, "0", "json"), pulse, MARKS, NOON) is not None
    cache.keep((FEED, "2", "json"), _incompressible(2, 400))
    known = [cache.find((FEED, str(n), "json"), pulse, MARKS, NOON) is not None for n in range(3)]
    assert known == [True, False, True]


def test_one_that_is_larger_than_all_room_is_not_kept() -> None:
    cache = PageCache(capacity_bytes=100)
    cache.keep((FEED, "spam", "json"), _incompressible(1, 400))
    assert cache.find((FEED, "spam", "json"), Pulse(), MARKS, NOON) is None


def test_what_is_no_longer_true_is_forgotten() -> None:
    cache, key = PageCache(), (FEED, "spam", "json")
    cache.keep(key, Rendered.of(LARGE, MADE))
    later = Watermarks(doors={FEED: Door(FEED, reads_anonymous=False, revision=2)})
    assert cache.find(key, Pulse(), later, NOON) is None
    assert cache.find(key, Pulse(), MARKS, NOON) is None
