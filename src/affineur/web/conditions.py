"""Conditional and partial requests (RFC 9110, sections 13 and 14), over strong ETags.

Asked only after it is decided that the client may have the thing at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?("[^"]*")')


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
