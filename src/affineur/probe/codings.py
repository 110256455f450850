"""Undoing the content codings, within limits."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]  # it has no types

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_PIECE_BYTES = 64 * 1024


class Undecodable(Exception):
    """The bytes are not of the coding that they claim; the text is the end of a sentence."""


def decoded(coding: str, body: bytes, most_bytes: int) -> bytes:
    """Undo a content coding; raise `Undecodable`."""
    decoders: dict[str, Callable[[bytes], Iterator[bytes]]] = {
        "gzip": _gzip,
        "x-gzip": _gzip,
        "br": _brotli,
        "zstd": _zstd,
    }
    if coding not in decoders:
        raise Undecodable(f"have the coding {coding!r}, which nobody asked for")
    pieces: list[bytes] = []
    size = 0
    for piece in decoders[coding](body):
        pieces.append(piece)
        size += len(piece)
        if size > most_bytes:
            raise Undecodable(f"decode to more than {most_bytes} bytes")
    return b"".join(pieces)


def _gzip(body: bytes) -> Iterator[bytes]:
    left = body
    while left:
        decoder = zlib.decompressobj(wbits=31)
        try:
            while left and not decoder.eof:
                yield decoder.decompress(left, _PIECE_BYTES)
                left = decoder.unconsumed_tail or decoder.unused_data
            yield decoder.flush()
        except zlib.error as error:
            raise Undecodable("are not gzip") from error
        if not decoder.eof:
            raise Undecodable("are gzip that breaks off")


def _brotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    left = body
    try:
        while not decoder.is_finished():
            piece: bytes = decoder.process(left, output_buffer_limit=_PIECE_BYTES)
            left = b""
            if not piece and not decoder.is_finished():
                raise Undecodable("are brotli that breaks off")
            yield piece
    except brotli.error as error:
        raise Undecodable("are not brotli") from error


def _zstd(body: bytes) -> Iterator[bytes]:
    decoder = zstd.ZstdDecompressor()
    left = body
    try:
        while not decoder.eof:
            piece = decoder.decompress(left, _PIECE_BYTES)
            left = b""
            if not piece and decoder.needs_input:
                raise Undecodable("are zstd that breaks off")
            yield piece
    except zstd.ZstdError as error:
        raise Undecodable("are not zstd") from error
