"""Works out constants as Python would, for operations that are cheap, bounded and pure."""

from __future__ import annotations

import ast
import base64
import binascii
import bz2
import codecs
import html
import json
import lzma
import urllib.parse
import zlib
from collections.abc import Callable, Mapping
from typing import Any

MAX_BYTES = 1 << 20
_MAX_ITEMS = 1 << 16
_MAX_INT_BITS = 1 << 14

Const = Any  # Any: a constant of any of Python's types


class CannotFold(Exception):
    """The operation is not one of those worked out here, or would take too much."""


def binary(op: ast.operator, left: Const, right: Const) -> Const:
    """Work out `left op right`."""
    if isinstance(op, ast.Add) and _same_kind(left, right):
        return _bounded(left + right)
    if isinstance(op, ast.Mod) and isinstance(left, str | bytes):
        return _bounded(_percent(left, right))
    if isinstance(op, ast.Mult) and isinstance(right, int) and isinstance(left, str | bytes | list):
        if len(left) * max(right, 0) > MAX_BYTES:
            raise CannotFold
        return left * right
    if isinstance(left, int) and isinstance(right, int):
        return _of_ints(op, left, right)
    raise CannotFold


def unary(op: ast.unaryop, operand: Const) -> Const:
    """Work out `op operand`."""
    if isinstance(op, ast.Not):
        return not operand
    if isinstance(operand, int):
        return {ast.USub: -operand, ast.UAdd: operand, ast.Invert: ~operand}[type(op)]
    raise CannotFold


def subscript(value: Const, key: Const) -> Const:
    """Work out `value[key]`; a slice comes as `slice`."""
    if isinstance(value, str | bytes | list | tuple | bytearray) and isinstance(key, int | slice):
        try:
            return value[key]
        except (IndexError, ValueError, TypeError) as error:
            raise CannotFold from error
    raise CannotFold


def method(receiver: Const, name: str, arguments: list[Const]) -> Const:
    """Work out `receiver.name(*arguments)`."""
    if not isinstance(receiver, _METHODS.get(name, ())):
        raise CannotFold
    return _of_method(receiver, name, arguments)


def _of_method(receiver: Const, name: str, arguments: list[Const]) -> Const:
    if name == "join":
        return _join(receiver, arguments)
    if name in ("replace", "translate", "format"):
        _check_growth(receiver, arguments)
    if name == "encode":
        return call("str.encode", [receiver, *arguments])
    if name in ("ljust", "rjust", "center", "zfill", "expandtabs", "to_bytes"):
        _check_width(arguments)
    if name == "format" and (len(receiver) > 4096 or any(c in receiver for c in ":!.[")):
        raise CannotFold
    if name == "decode":
        return call("codecs.decode", [receiver, *arguments])
    return _bounded(_tried(getattr(receiver, name), arguments))


def call(name: str, arguments: list[Const]) -> Const:
    """Work out a call of a function by its dotted name."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise CannotFold
    return _bounded(_tried(function, arguments))


def _tried(function: Callable[..., Const], arguments: list[Const]) -> Const:
    try:
        return function(*arguments)
    except CannotFold:
        raise
    except (
        TypeError, ValueError, LookupError, ArithmeticError, EOFError, OSError, AttributeError,
        MemoryError, RecursionError, zlib.error, lzma.LZMAError,
    ) as error:  # fmt: skip
        raise CannotFold from error


def _bounded(value: Const) -> Const:
    size = len(value) if isinstance(value, str | bytes | list | tuple | bytearray) else 0
    if size > MAX_BYTES:
        raise CannotFold
    return value


def _same_kind(left: Const, right: Const) -> bool:
    return any(
        isinstance(left, kind) and isinstance(right, kind)
        for kind in (str, bytes | bytearray, list, tuple)
    )


def _percent(left: str | bytes, right: Const) -> Const:
    _check_growth(left, list(right) if isinstance(right, list | tuple) else [right])
    if len(left) > 4096 or isinstance(right, dict) or "*" in str(left) or _has_width(str(left)):
        raise CannotFold
    return _tried(left.__mod__, [tuple(right) if isinstance(right, list) else right])


def _has_width(text: str) -> bool:
    """Whether a format asks for padding, which can ask for gigabytes."""
    return any(len(part) > 0 and part[0].isdigit() for part in text.split("%")[1:])


def _of_ints(op: ast.operator, left: int, right: int) -> int:
    work = _INTS.get(type(op))
    if work is None or left.bit_length() + right.bit_length() > _MAX_INT_BITS:
        raise CannotFold
    if isinstance(op, ast.LShift | ast.Pow) and not 0 <= right <= 512:
        raise CannotFold
    return int(_tried(work, [left, right]))


def _check_width(arguments: list[Const]) -> None:
    if not arguments or not isinstance(arguments[0], int) or arguments[0] > 65536:
        raise CannotFold


def _check_growth(receiver: str | bytes, arguments: list[Const]) -> None:
    """Refuse what could make gigabytes of little."""
    longest = max((_longest(one) for one in arguments), default=0)
    if (len(receiver) + 1) * max(1, longest) > 16 * MAX_BYTES:
        raise CannotFold


def _longest(value: Const) -> int:
    if isinstance(value, dict):
        return max((_longest(one) for one in value.values()), default=0)
    return len(value) if isinstance(value, str | bytes | list | tuple) else 32


def _join(receiver: str | bytes, arguments: list[Const]) -> Const:
    if len(arguments) != 1 or not isinstance(arguments[0], list | tuple | str):
        raise CannotFold
    total = sum(_longest(one) + len(receiver) for one in arguments[0])
    if total > MAX_BYTES:
        raise CannotFold
    return _bounded(_tried(receiver.join, [arguments[0]]))


def _decompress(make: Callable[[], Any]) -> Callable[..., bytes]:  # Any: no common type
    def work(packed: bytes, *_rest: Const) -> bytes:
        unpacked: bytes = make().decompress(packed, MAX_BYTES)
        return unpacked

    return work


def _codecs_decode(data: Const, encoding: str = "utf-8", *_rest: Const) -> Const:
    name = encoding.lower().replace("-", "_")
    if name in ("rot13", "rot_13"):
        return codecs.decode(data, "rot13")
    if name in ("hex", "hex_codec"):
        return binascii.unhexlify(data)
    if name in ("base64", "base64_codec"):
        return binascii.a2b_base64(data)
    if name in ("zlib", "zip", "zlib_codec"):
        return zlib.decompressobj().decompress(data, MAX_BYTES)
    if name in _ENCODINGS:
        return bytes(data).decode(name)
    raise CannotFold


def _encode(value: str, encoding: str = "utf-8", *_rest: Const) -> bytes:
    if encoding.lower().replace("-", "_") not in _ENCODINGS:
        raise CannotFold
    return value.encode(encoding)


def _b64(data: str | bytes, altchars: Const = None, *_rest: Const) -> bytes:
    return base64.b64decode(data, altchars)


def _items(value: Const) -> list[Const]:
    if isinstance(value, int) or len(value) > _MAX_ITEMS:
        raise CannotFold
    return list(value)


def _range(*arguments: int) -> list[int]:
    found = range(*arguments)
    if len(found) > _MAX_ITEMS:
        raise CannotFold
    return list(found)


def _bytes(value: Const = b"", encoding: str = "utf-8", *_rest: Const) -> bytes:
    if isinstance(value, int):
        raise CannotFold
    return _encode(value, encoding) if isinstance(value, str) else bytes(value)


def _text(value: Const = "", *rest: Const) -> str:
    if isinstance(value, bytes | bytearray) and rest:
        return str(_codecs_decode(value, rest[0]))
    if isinstance(value, str | int):
        return str(value)
    raise CannotFold


_ENCODINGS = frozenset(
    {
        "utf_8",
        "utf8",
        "ascii",
        "latin_1",
        "latin1",
        "unicode_escape",
        "utf_16",
        "utf_16_le",
        "cp1252",
    }
)
_TEXT = (str, bytes)
_METHODS: Mapping[str, tuple[type, ...] | type] = {
    **dict.fromkeys(
        ("join", "replace", "strip", "lstrip", "rstrip", "lower", "upper", "swapcase", "title",
         "split", "rsplit", "splitlines", "removeprefix", "removesuffix", "ljust", "rjust",
         "zfill", "partition", "rpartition", "capitalize", "startswith", "endswith", "translate"),
        _TEXT,
    ),
    "encode": str, "format": str, "casefold": str, "decode": bytes, "hex": bytes,
    "to_bytes": int, "bit_length": int,
}  # fmt: skip
_INTS: Mapping[type, Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.BitXor: lambda a, b: a ^ b,
    ast.BitOr: lambda a, b: a | b,
    ast.BitAnd: lambda a, b: a & b,
    ast.LShift: lambda a, b: a << b,
    ast.RShift: lambda a, b: a >> b,
    ast.Pow: lambda a, b: a**b,
}
FUNCTIONS: Mapping[str, Callable[..., Const]] = {
    "chr": chr,
    "ord": ord,
    "int": lambda value, *rest: int(value[:4096] if isinstance(value, str) else value, *rest),
    "int.from_bytes": lambda value, *rest: int.from_bytes(value[:64], *rest[:1]),
    "hex": hex,
    "len": len,
    "str": _text,
    "bytes": _bytes,
    "bytearray": _bytes,
    "list": _items,
    "tuple": _items,
    "reversed": lambda value: _items(value)[::-1],
    "sorted": lambda value: sorted(_items(value)),
    "range": _range,
    "enumerate": lambda value, start=0: [list(one) for one in enumerate(_items(value), start)],
    "zip": lambda *values: [list(one) for one in zip(*map(_items, values), strict=False)],
    "bytes.fromhex": bytes.fromhex,
    "bytearray.fromhex": bytes.fromhex,
    "bytes.decode": _codecs_decode,
    "str.encode": _encode,
    "str.maketrans": str.maketrans,
    "bytes.maketrans": bytes.maketrans,
    "base64.b64decode": _b64,
    "base64.standard_b64decode": _b64,
    "base64.decodebytes": base64.b64decode,
    "base64.decodestring": base64.b64decode,
    "base64.urlsafe_b64decode": base64.urlsafe_b64decode,
    "base64.b32decode": lambda data, *_rest: base64.b32decode(data),
    "base64.b16decode": lambda data, *_rest: base64.b16decode(data, casefold=True),
    "base64.b85decode": base64.b85decode,
    "base64.a85decode": lambda data, *_rest: base64.a85decode(data),
    "binascii.a2b_base64": lambda data, *_rest: binascii.a2b_base64(data),
    "binascii.unhexlify": lambda data, *_rest: binascii.unhexlify(data),
    "binascii.a2b_hex": lambda data, *_rest: binascii.unhexlify(data),
    "zlib.decompress": _decompress(zlib.decompressobj),
    "gzip.decompress": _decompress(lambda: zlib.decompressobj(31)),
    "bz2.decompress": _decompress(bz2.BZ2Decompressor),
    "lzma.decompress": _decompress(lzma.LZMADecompressor),
    "codecs.decode": _codecs_decode,
    "urllib.parse.unquote": lambda text, *_rest: urllib.parse.unquote(text),
    "urllib.parse.unquote_to_bytes": urllib.parse.unquote_to_bytes,
    "html.unescape": html.unescape,
    "json.loads": lambda text: json.loads(text[:_MAX_ITEMS]),
    "ast.literal_eval": lambda text: json.loads(text[:_MAX_ITEMS]),
}
