"""The form of secrets: bearer tokens with a checksum, and signed ones that need no row.

A token is `aff_`, 43 characters that were drawn by chance (256 bits) and 6 characters of
checksum, so that a mistyped or made-up one is told without asking anybody. Only its sha256
is ever kept. A signed token, `affr_`, says itself which feed may be read and until when.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import zlib
from datetime import UTC, datetime

from affineur.core.names import FeedName

_PREFIX = "aff_"
_SIGNED_PREFIX = "affr_"
_TOKEN = re.compile(r"aff_([A-Za-z0-9_-]{43})([A-Za-z0-9]{6})")
_SIGNED = re.compile(r"affr_([a-z0-9-]{1,64})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_BYTES = 32
"""How many random bytes a token is made of."""


def make(random: bytes) -> str:
    """Form a token of 32 random bytes."""
    if len(random) != RANDOM_BYTES:
        message = f"a token is made of {RANDOM_BYTES} random bytes, not {len(random)}"
        raise ValueError(message)
    body = _text(random)
    return f"{_PREFIX}{body}{_checksum(body)}"


def is_well_formed(text: str) -> bool:
    """Whether this may be a token at all: its form and its checksum are right."""
    match = _TOKEN.fullmatch(text)
    return match is not None and hmac.compare_digest(_checksum(match[1]), match[2])


def digest(token: str) -> str:
    """Digest a token to what is kept of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign(key: bytes, feed: FeedName, until: datetime) -> str:
    """Form a token that lets its bearer read one feed until a moment."""
    payload = f"{feed}.{int(until.timestamp())}"
    return f"{_SIGNED_PREFIX}{payload}.{_signature(key, payload)}"


def is_signed(text: str) -> bool:
    """Whether this has the form of a signed token; its signature is not looked at."""
    return _SIGNED.fullmatch(text) is not None


def read_signed(key: bytes, text: str, now: datetime) -> tuple[FeedName, datetime] | None:
    """Read which feed a signed token lets its bearer read, and until when.

    None if it is forged or expired.
    """
    match = _SIGNED.fullmatch(text)
    if match is None:
        return None
    feed, until, signature = match.groups()
    if not hmac.compare_digest(_signature(key, f"{feed}.{until}"), signature):
        return None
    moment = datetime.fromtimestamp(int(until), UTC)
    return (FeedName(feed), moment) if now < moment else None


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def _signature(key: bytes, payload: str) -> str:
    return _text(hmac.digest(key, f"resolver {payload}".encode(), "sha256"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
