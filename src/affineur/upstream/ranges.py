"""What an answer to a question for a piece of a file means, by its status and headers.

Many origins know ranges (RFC 9110, section 14), some ignore them, and some get them wrong.
An origin that does not know them is no trouble: it gives the file whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from affineur.core.ports import NoRanges
from affineur.core.spans import Piece, Span, Tail

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,512}"')
_UNKNOWN = frozenset({400, 405, 416, 501})
"""How origins answer a question for the last bytes, when they know no such question."""


class WrongRange(Exception):
    """An answer is not the piece that was asked for; the text is the end of a sentence."""


def asking(wanted: Span | Tail, of: Piece | None) -> dict[str, str]:
    """Write the headers that ask for a piece, of the file as it was before if that is told."""
    if isinstance(wanted, Tail):
        headers = {"Range": f"bytes=-{wanted.count}"}
    else:
        headers = {"Range": f"bytes={wanted.start}-{wanted.stop - 1}"}
    if of is not None and of.etag is not None:
        headers["If-Range"] = of.etag
    return headers


def promised(
    status: int, headers: Mapping[str, str], wanted: Span | Tail, of: Piece | None
) -> Piece | NoRanges | None:
    """Read which piece an answer promises, its body still missing; None if the status is trouble.

    Raise `WrongRange` when it is not what was asked for.
    """
    if status == 206:
        return _same(_part(headers, wanted), of)
    if of is not None and status in {200, 416}:
        raise WrongRange("gives other bytes than a moment ago")
    if status == 200:
        return _whole(headers, wanted)
    if isinstance(wanted, Tail) and status in _UNKNOWN:
        return NoRanges()
    return None


def length(promise: Piece, wanted: Span | Tail) -> int:
    """Give how many bytes the promised piece has."""
    stop = promise.size_bytes if isinstance(wanted, Tail) else wanted.stop
    return stop - promise.start


def _whole(headers: Mapping[str, str], wanted: Span | Tail) -> Piece | NoRanges:
    """Take a file that came whole, if that is no more than was asked for."""
    told = headers.get("Content-Length", "")
    is_told = told.isascii() and told.isdigit()
    if isinstance(wanted, Tail) and is_told and int(told[:18]) <= wanted.count:
        return Piece(0, b"", int(told), _etag(headers))
    return NoRanges()


def _part(headers: Mapping[str, str], wanted: Span | Tail) -> Piece:
    match = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    if match is None:
        raise WrongRange("answers with a piece of which it does not say where it stands")
    start, last, size_bytes = (int(number) for number in match.groups())
    if isinstance(wanted, Tail):
        expected = (max(0, size_bytes - wanted.count), size_bytes - 1)
    else:
        expected = (wanted.start, wanted.stop - 1)
    if (start, last) != expected or last >= size_bytes:
        raise WrongRange("answers with another piece than it was asked for")
    return Piece(start, b"", size_bytes, _etag(headers))


def _same(promise: Piece, of: Piece | None) -> Piece:
    """Check that it is a piece of the same file; an ETag that comes or goes says nothing."""
    if of is None:
        return promise
    tags = {promise.etag, of.etag} - {None}
    if promise.size_bytes != of.size_bytes or len(tags) > 1:
        raise WrongRange("gives other bytes than a moment ago")
    return promise


def _etag(headers: Mapping[str, str]) -> str | None:
    etag = headers.get("ETag", "")
    return etag if _STRONG_ETAG.fullmatch(etag) else None
