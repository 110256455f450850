"""Conditional and partial requests (RFC 9110, sections 13 and 14), over strong ETags.

Asked only after it is decided that the client may have the thing at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from affineur.web.http import Answer, FileBody, Headers, Request, StreamBody

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)
_OF_THE_BODY = frozenset({"content-type", "content-encoding", "accept-ranges"})
_TAG = re.compile(r'(?:W/)?("[^"]*")')


def as_asked(request: Request, whole: Answer) -> Answer:
    """Give what the client gets of a whole answer: all of it, a part, or that it is unchanged.

    Answers without an ETag are given as they are; parts only of what says `accept-ranges`.
    """
    etag = whole.header("etag")
    if whole.status != 200 or etag is None or not request.is_read:
        return whole
    if is_unchanged(request.headers, etag):
        return Answer(304, without_body(whole.headers))
    size = whole.size_bytes
    if request.method != "GET" or whole.header("accept-ranges") is None or size is None:
        return whole
    match span_asked(request.headers, etag, size):
        case Span() as span:
            return _part(whole, span, size)
        case Unsatisfiable():
            return Answer(416, (*whole.headers, ("content-range", f"bytes */{size}")))
        case None:
            return whole


def without_body(headers: Headers) -> Headers:
    """Leave out of a 304 what only says something of a body (RFC 9110 section 15.4.5)."""
    return tuple(one for one in headers if one[0] not in _OF_THE_BODY)


def _part(whole: Answer, span: Span, size_bytes: int) -> Answer:
    """Cut a part out; of what is only just arriving the whole is right, too."""
    told = f"bytes {span.start}-{span.stop - 1}/{size_bytes}"
    headers = (*whole.headers, ("content-range", told))
    match whole.body:
        case bytes() as body:
            return Answer(206, headers, body[span.start : span.stop])
        case FileBody(path=path):
            return Answer(206, headers, FileBody(path, span.start, span.stop, is_whole=False))
        case StreamBody():
            return whole


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to, without, `stop`."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A range was asked for that lies outside of the thing."""


def is_unchanged(headers: Mapping[str, str], etag: str) -> bool:
    """Whether the client says that it has this already (`If-None-Match`)."""
    known = headers.get("if-none-match")
    if known is None:
        return False
    return known.strip() == "*" or etag in _TAG.findall(known)


def span_asked(
    headers: Mapping[str, str], etag: str, size_bytes: int
) -> Span | Unsatisfiable | None:
    """Find the one range that is asked for; None when the whole is to be sent.

    Several ranges, other units and what cannot be read are answered with the whole, as the
    RFC permits; so is a range under an `If-Range` that is not our ETag.
    """
    asked = _ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if asked is None or not _same_thing(headers, etag):
        return None
    first, last = asked.groups()
    if first:
        start, stop = int(first), min(int(last) + 1 if last else size_bytes, size_bytes)
        if last and int(last) < int(first):
            return None
    elif last:
        start, stop = max(size_bytes - int(last), 0), size_bytes
    else:
        return None
    return Span(start, stop) if start < stop else Unsatisfiable()


def _same_thing(headers: Mapping[str, str], etag: str) -> bool:
    condition = headers.get("if-range")
    return condition is None or condition.strip() == etag
