"""Which content encoding an answer is sent with (RFC 9110 section 12.5.3), and the encoders.

Where a client likes several alike, it gets the one that it unpacks fastest.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache

import brotli  # type: ignore[import-untyped]  # it has no types

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MOST_CODINGS = 32
# Of boto3's page, 1.38 MB: zstd 1 makes 246 KB in 2.7 ms and no level up to 9 makes less; brotli 3
# makes 256 KB in 8.6 ms, 4 takes three times as long; gzip 5 makes 282 KB in 16 ms.
_ZSTD_LEVEL = 1
_BROTLI_QUALITY = 3
_GZIP_LEVEL = 5
_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


class Encoding(StrEnum):
    """A content coding, by the name that HTTP has for it; the best liked first."""

    ZSTD = "zstd"
    BROTLI = "br"
    GZIP = "gzip"
    IDENTITY = "identity"


@lru_cache(maxsize=256)
def choose(accept_encoding: str | None, among: tuple[Encoding, ...] = tuple(Encoding)) -> Encoding:
    """Choose an encoding; who names none, or only what we lack, gets the bytes as they are."""
    if accept_encoding is None:
        return Encoding.IDENTITY
    wanted = _qualities(accept_encoding)
    ranked = [(_quality(wanted, one), -number, one) for number, one in enumerate(among)]
    quality, _, best = max(ranked)
    return best if quality > 0 else Encoding.IDENTITY


def encode(encoding: Encoding, body: bytes) -> bytes:
    """Encode a body. It takes milliseconds for a large page, without holding others up."""
    return _ENCODERS[encoding](body)


def decode_zstd(body: bytes) -> bytes:
    """Undo what `encode` did for zstd."""
    return zstd.decompress(body)


def _qualities(header: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for part in header.split(",")[:_MOST_CODINGS]:
        coding, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _number(value.strip())
        if coding:
            found["gzip" if coding == "x-gzip" else coding] = quality
    return found


def _quality(wanted: Mapping[str, float], encoding: Encoding) -> float:
    if encoding in wanted:
        return wanted[encoding]
    if encoding is Encoding.IDENTITY:  # always welcome, but behind whatever is named
        return wanted.get("*", 0.0005)
    return wanted.get("*", 0.0)


def _number(text: str) -> float:
    return float(text) if _QUALITY.fullmatch(text) else 0.0


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def _brotli(body: bytes) -> bytes:
    packed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
    return packed


def _zstd(body: bytes) -> bytes:
    return zstd.compress(body, _ZSTD_LEVEL)


_ENCODERS: Mapping[Encoding, Callable[[bytes], bytes]] = {
    Encoding.ZSTD: _zstd,
    Encoding.BROTLI: _brotli,
    Encoding.GZIP: _gzip,
    Encoding.IDENTITY: bytes,
}
