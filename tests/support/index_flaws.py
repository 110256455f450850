"""Ways to spoil the answers of an index, each as a small function."""

from __future__ import annotations

import gzip
from dataclasses import replace

from support.index_server import JSON, Answered, Asked, Spoil

PAGE = "/simple/spam/"
ROOT = "/simple/"
FILE = "/files/spam-1.0-py3-none-any.whl"


# What is written


def swap(path: str, old: bytes, new: bytes, *, kind: str = "") -> Spoil:
    """Write something else in what begins with a path; of pages, in those of one kind."""

    def spoil(asked: Asked, answered: Answered) -> Answered:
        is_meant = asked.path.startswith(path) and kind in {"", answered.kind}
        return replace(answered, body=answered.body.replace(old, new)) if is_meant else answered

    return spoil


def in_json(old: bytes, new: bytes) -> Spoil:
    """Write something else in the pages in JSON."""
    return swap(ROOT, old, new, kind=JSON)


def in_html(old: bytes, new: bytes) -> Spoil:
    """Write something else in the pages in HTML."""
    return swap(ROOT, old, new, kind="text/html")


def both(*spoils: Spoil) -> Spoil:
    """Spoil in several ways, one after another."""

    def spoil(asked: Asked, answered: Answered) -> Answered:
        for one in spoils:
            answered = one(asked, answered)
        return answered

    return spoil


# What is told


def without(*names: str, path: str = PAGE) -> Spoil:
    """Leave headers out."""

    def spoil(asked: Asked, answered: Answered) -> Answered:
        return answered.untold(*names) if asked.path == path else answered

    return spoil


def telling(path: str = PAGE, **headers: str) -> Spoil:
    """Set headers of what succeeds."""

    def spoil(asked: Asked, answered: Answered) -> Answered:
        is_meant = asked.path == path and answered.status == 200
        return answered.told(**headers) if is_meant else answered

    return spoil


def answering(status: int, path: str, **headers: str) -> Spoil:
    """Answer something else, without a body, at a path."""

    def spoil(asked: Asked, answered: Answered) -> Answered:
        return Answered(status).told(**headers) if asked.path == path else answered

    return spoil


# When


def asked(name: str, value: str, then: Spoil, *, path: str = PAGE) -> Spoil:
    """Spoil only what is asked for with a header that holds this."""

    def spoil(asked: Asked, answered: Answered) -> Answered:
        is_meant = asked.path == path and value in asked.header(name)
        return then(asked, answered) if is_meant else answered

    return spoil


def answered(status: int, then: Spoil) -> Spoil:
    """Spoil only what would be answered with this status."""

    def spoil(asked: Asked, answered: Answered) -> Answered:
        return then(asked, answered) if answered.status == status else answered

    return spoil


def deaf_to(name: str, value: str = "", *, path: str = FILE) -> Spoil:
    """Serve as if a header had not been sent; spoils early."""

    def spoil(asked: Asked, answered: Answered) -> Answered:
        if asked.path == path and asked.header(name).startswith(value):
            asked.headers.pop(name, None)
        return answered

    return spoil


# In one way only


def says(status: int, body: bytes = b"", **headers: str) -> Spoil:
    """Answer this, whatever it was."""

    def spoil(_asked: Asked, _answered: Answered) -> Answered:
        return Answered(status, body).told(**headers)

    return spoil


def follow_heads(asked: Asked, answered: Answered) -> Answered:
    """Send a body after the answer to HEAD."""
    is_meant = asked.method == "HEAD" and asked.path == PAGE
    return replace(answered, after_head=b"a body") if is_meant else answered


def other_heads(asked: Asked, answered: Answered) -> Answered:
    """Tell another ETag for HEAD."""
    is_meant = asked.method == "HEAD" and asked.path == PAGE
    return answered.told(etag='"other"') if is_meant else answered


def close(_asked: Asked, answered: Answered) -> Answered:
    """End the connection after each answer."""
    return replace(answered, closes=True)


def promise_more(asked: Asked, answered: Answered) -> Answered:
    """Send less than Content-Length says."""
    is_meant = asked.path == PAGE and asked.method == "GET" and answered.status == 200
    length = len(answered.body) + 10
    return replace(answered, length=length, closes=True) if is_meant else answered


def other_gzip(_asked: Asked, answered: Answered) -> Answered:
    """Encode other bytes than are sent uncoded."""
    is_gzip = answered.headers.get("content-encoding") == "gzip"
    return replace(answered, body=gzip.compress(b"other")) if is_gzip else answered


def no_coding(_asked: Asked, answered: Answered) -> Answered:
    """Name a coding, and send the bytes without one."""
    is_coded = "content-encoding" in answered.headers
    return replace(answered, body=b"plain") if is_coded else answered


def half_coding(_asked: Asked, answered: Answered) -> Answered:
    """Break a coding off in the middle."""
    is_coded = "content-encoding" in answered.headers
    return replace(answered, body=answered.body[:-20]) if is_coded else answered


def reversed_parts(_asked: Asked, answered: Answered) -> Answered:
    """Send other bytes than the part that is asked for."""
    is_part = answered.status == 206
    return replace(answered, body=answered.body[::-1]) if is_part else answered
