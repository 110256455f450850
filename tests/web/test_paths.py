from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affineur.core.errors import BadInput
from affineur.web.http import decode_path


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        (b"/", ("",)),
        (b"/pypi/internal/simple/", ("pypi", "internal", "simple", "")),
        (b"/pypi//simple", ("pypi", "", "simple")),
        (b"/%66lask/a+b", ("flask", "a+b")),
        (b"/a%2Bb%20c", ("a+b c",)),
        (b"/%2566", ("%66",)),
        (b"/caf%C3%A9", ("café",)),
    ],
)
def test_a_path_is_decoded_once_segment_by_segment(raw: bytes, segments: tuple[str, ...]) -> None:
    assert decode_path(raw) == segments


@pytest.mark.parametrize(
    "raw",
    [
        b"/a%2fb",
        b"/a%2Fb",
        b"/a%5cb",
        b"/a\\b",
        b"/a/../b",
        b"/a/./b",
        b"/a/%2e%2e/b",
        b"/a/%2E./b",
        b"/..",
        b"/a%00b",
        b"/a%0d%0ab",
        b"/a%7f",
        b"/a%c2%85b",
        b"/%ff",
        b"/%zz",
        b"/a%",
        b"/a%2",
        b"",
        b"a",
        b"http://elsewhere/",
        b"/" + b"a" * 5000,
    ],
)
def test_a_path_that_could_be_read_in_two_ways_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        decode_path(raw)


@given(st.binary(max_size=60))
def test_no_segment_holds_a_slash_or_leads_up(raw: bytes) -> None:
    try:
        segments = decode_path(b"/" + raw)
    except BadInput:
        return
    assert not {".", ".."} & set(segments)
    assert not any(bad in segment for segment in segments for bad in ("/", "\\", "\0", "\n"))
