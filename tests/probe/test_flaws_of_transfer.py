"""What can be wrong with how an index sends things, each found at its row and at no other."""

from __future__ import annotations

import pytest

from support.index_flaws import (
    FILE,
    PAGE,
    answered,
    asked,
    both,
    close,
    deaf_to,
    follow_heads,
    half_coding,
    in_json,
    no_coding,
    other_gzip,
    other_heads,
    promise_more,
    reversed_parts,
    says,
    swap,
    telling,
    without,
)
from support.index_server import BASIC, TOKEN, Spoil
from support.probing import flipped

PAGES = {
    "a body after HEAD": (follow_heads, {"page-head": "broken"}),
    "HEAD tells another ETag": (other_heads, {"page-head": "broken"}),
    "no ETag": (
        without("etag"),
        {"etags-differ": "not applicable", "page-304": "absent", "page-etag": "absent"},
    ),
    "a weak ETag": (
        telling(etag='W/"weak"'),
        {"etags-differ": "not applicable", "page-304": "absent", "page-etag": "absent"},
    ),
    "an ETag without quotes": (
        telling(etag="bare"),
        {"etags-differ": "not applicable", "page-304": "absent", "page-etag": "broken"},
    ),
    "one ETag for everything": (
        telling(etag='"one"'),
        {"etags-differ": "broken", "page-304": "absent"},
    ),
    "304 for any ETag": (asked("if-none-match", '"', says(304)), {"page-304": "broken"}),
    "an error for a condition": (asked("if-none-match", '"', says(500)), {"page-304": "broken"}),
    "no Last-Modified": (without("last-modified"), {"last-modified": "absent"}),
    "no Cache-Control": (without("cache-control"), {"cache-control": "absent"}),
    "gzip of something else": (other_gzip, {"gzip": "broken"}),
    "codings that are none": (no_coding, {"br": "broken", "gzip": "broken", "zstd": "broken"}),
    "codings that break off": (half_coding, {"br": "broken", "gzip": "broken", "zstd": "broken"}),
    "no coding but gzip": (
        asked("accept-encoding", "zstd", says(406)),
        {"zstd": "broken"},
    ),
    "Vary does not name codings": (telling(vary="Accept"), {"vary-coding": "broken"}),
    "a coding that nobody asked for": (
        asked("accept-encoding", "br", telling(content_encoding="gzip")),
        {"br": "broken"},
    ),
    "coded for everybody": (
        asked("accept-encoding", "identity", telling(content_encoding="gzip")),
        {"identity": "broken"},
    ),
    "a connection for each answer": (close, {"keep-alive": "absent"}),
    "less than was promised": (
        promise_more,
        {
            "content-length": "broken",
            "requires-python": "not applicable",
            "yanked": "could not tell",
        },
    ),
}

FILES = {
    "a file with a coding": (
        telling(FILE, content_encoding="gzip"),
        {"file-plain": "broken", "identity": "broken"},
    ),
    "a file without an ETag": (
        without("etag", path=FILE),
        {"file-304": "absent", "file-etag": "absent"},
    ),
    "a file without Cache-Control": (
        without("cache-control", path=FILE),
        {"file-cache-control": "absent"},
    ),
    "a file without Accept-Ranges": (
        without("accept-ranges", path=FILE),
        {"accept-ranges": "absent"},
    ),
    "other bytes in a part": (reversed_parts, {"range": "broken", "range-suffix": "broken"}),
    "another Content-Range": (
        answered(206, lambda _, part: part.told(content_range="bytes 0-1/2")),
        {"range": "broken", "range-suffix": "broken"},
    ),
    "an empty 200 for what is not there": (answered(416, says(200)), {"range-416": "broken"}),
    "an error for a part": (
        asked("range", "bytes", says(500), path=FILE),
        {
            "if-range": "broken",
            "range": "broken",
            "range-416": "broken",
            "range-suffix": "broken",
        },
    ),
}

EARLY = {
    "a page is sent whole again": (deaf_to("if-none-match", path=PAGE), {"page-304": "absent"}),
    "a file is sent whole again": (deaf_to("if-none-match"), {"file-304": "absent"}),
    "If-Range is not heard": (deaf_to("if-range"), {"if-range": "broken"}),
    "no ends of files": (deaf_to("range", "bytes=-"), {"range-suffix": "absent"}),
    "no parts of files": (
        deaf_to("range"),
        {
            "if-range": "not applicable",
            "range": "absent",
            "range-416": "not applicable",
            "range-suffix": "not applicable",
        },
    ),
    "another file than its digest": (
        swap(FILE, b"PK\x01\x02", b"PK\x01\x03"),
        {
            "bytes": "broken",
            "metadata-true": "could not tell",
            "requires-python": "could not tell",
        },
    ),
    "credentials in a link": (
        in_json(b'"url": "/files/spam-0', b'"url": "http://user:secret@127.0.0.1/files/spam-0'),
        {"secrets": "broken"},
    ),
    "a link to something else than the web": (
        in_json(b'"url": "/files/spam-0', b'"url": "ftp://127.0.0.1/files/spam-0'),
        {"links": "broken"},
    ),
}

GUARDED = {
    "nothing is spoiled": (lambda _, served: served, {}),
    "no challenge": (answered(401, says(401)), {"challenge": "broken"}),
    "forbidden instead of a challenge": (answered(401, says(403)), {"challenge": "broken"}),
    "anybody may keep it": (telling(cache_control="public, max-age=60"), {"private": "broken"}),
    "the secret comes back": (
        both(telling(FILE, x_seen=f"__token__:{TOKEN}"), telling(x_seen=BASIC)),
        {"secrets": "broken"},
    ),
    "the header comes back": (telling(x_seen=BASIC), {"secrets": "broken"}),
}


def named(cases: dict[str, tuple[Spoil, dict[str, str]]]) -> list[object]:
    return [pytest.param(*case, id=name) for name, case in cases.items()]


@pytest.mark.parametrize(("spoil", "rows"), named(PAGES | FILES))
def test_a_flaw_in_an_answer_flips_its_own_rows(spoil: Spoil, rows: dict[str, str]) -> None:
    assert flipped(late=spoil) == rows


@pytest.mark.parametrize(("spoil", "rows"), named(EARLY))
def test_a_flaw_in_what_is_served_flips_its_own_rows(spoil: Spoil, rows: dict[str, str]) -> None:
    assert flipped(early=spoil) == rows


@pytest.mark.parametrize(("spoil", "rows"), named(GUARDED))
def test_a_flaw_in_keeping_a_secret_flips_its_own_rows(spoil: Spoil, rows: dict[str, str]) -> None:
    assert flipped(late=spoil, token=TOKEN) == rows
