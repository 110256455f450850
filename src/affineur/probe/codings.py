"""Undoing the content codings, within limits; those that this Python can."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

_PIECE_BYTES = 1024


class Undecodable(Exception):
    """The bytes are not of the coding that they claim; the text is the end of a sentence."""


class NoDecoder(Exception):
    """No library for this coding is installed."""


def decoded(coding: str, body: bytes, most_bytes: int) -> bytes:
    """Undo a content coding; raise `Undecodable`, or `NoDecoder`."""
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
                yield decoder.decompress(left, _PIECE_BYTES * 64)
                left = decoder.unconsumed_tail or decoder.unused_data
            yield decoder.flush()
        except zlib.error as error:
            raise Undecodable("are not gzip") from error
        if not decoder.eof:
            raise Undecodable("are gzip that breaks off")


def _brotli(body: bytes) -> Iterator[bytes]:
    library = _library("brotli", "brotlicffi")
    decoder = library.Decompressor()
    try:
        for start in range(0, len(body), _PIECE_BYTES):
            yield decoder.process(body[start : start + _PIECE_BYTES])
    except library.error as error:
        raise Undecodable("are not brotli") from error
    if not decoder.is_finished():
        raise Undecodable("are brotli that breaks off")


def _zstd(body: bytes) -> Iterator[bytes]:
    library = _library("compression.zstd", "backports.zstd", "zstandard")
    try:
        if library.__name__ == "zstandard":
            with library.ZstdDecompressor().stream_reader(body) as reader:
                yield from iter(lambda: reader.read(_PIECE_BYTES * 64), b"")
            return
        decoder = library.ZstdDecompressor()
        left = body
        while not decoder.eof:
            piece = decoder.decompress(left, _PIECE_BYTES * 64)
            left = b""
            if not piece and decoder.needs_input:
                raise Undecodable("are zstd that breaks off")
            yield piece
    except library.ZstdError as error:
        raise Undecodable("are not zstd") from error


def _library(*names: str) -> Any:  # Any: whichever of the libraries is there
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise NoDecoder
