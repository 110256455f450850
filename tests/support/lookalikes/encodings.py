"""What stands encoded in look-alikes, made when they are built: the repository carries none of it.

`{{b64|zlib|marshal:print('plum')}}` in a sample is its text, encoded from the right to the left;
`\\n` in it is a newline. Everything is the same in every run of one Python.
"""

from __future__ import annotations

import codecs
import importlib.util
import io
import marshal
import random
import re
import struct
import zipfile
import zlib
from base64 import b32encode, b64encode, b85encode
from collections.abc import Callable, Mapping

_PLACE = re.compile(rb"\{\{([a-z0-9|]+):(.*?)\}\}", re.DOTALL)
_KEY = 0x2A


def filled(text: bytes) -> bytes:
    """Put in place what is to be encoded; raise `KeyError` for an encoding that is not known."""
    return _PLACE.sub(_encoded, text)


def _encoded(place: re.Match[bytes]) -> bytes:
    value = place[2].replace(b"\\n", b"\n")
    for name in reversed(place[1].decode().split("|")):
        value = _ENCODINGS[name](value)
    return value


def _script(word: bytes) -> bytes:
    """Write a script of some length that does nothing but print a word."""
    lines = [b"def ripen(fruit):", b"    return fruit.title() if fruit else 'none'", b""]
    lines += [b"BASKET = ['apple', 'pear', 'plum', 'cherry', 'quince', 'medlar', 'sloe']"]
    lines += [b"for number, fruit in enumerate(BASKET):", b"    ripe = ripen(fruit)"]
    return b"\n".join([*lines, f"print({word.decode()!r})".encode(), b""])


def _pyc(source: bytes) -> bytes:
    code = compile(source, "orchard.py", "exec")
    head = importlib.util.MAGIC_NUMBER + struct.pack("<3I", 0, 1_580_601_600, len(source))
    return head + marshal.dumps(code)


def _noise(size: bytes) -> bytes:
    return random.Random(int(size)).randbytes(int(size))  # noqa: S311  # no secret


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(after: bytes) -> bytes:
    """Draw a grey square of 16 pixels, and put something behind its end."""
    head = struct.pack(">2I5B", 16, 16, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes([120 + row] * 16) for row in range(16)))
    chunks = _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks + after


def _elf(size: bytes) -> bytes:
    """Begin as an ELF program does, and go on with nothing that could run."""
    head = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8) + struct.pack("<HHI", 3, 62, 1)
    return head + b"\0" * 40 + _noise(size)


def _pe(size: bytes) -> bytes:
    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x8664)
    return head + _noise(size)


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("plum.txt"), content)
    return buffer.getvalue()


_ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "b64": b64encode,
    "b32": b32encode,
    "b85": b85encode,
    "hex": lambda value: value.hex().encode(),
    "zlib": lambda value: zlib.compress(value, 9),
    "marshal": lambda source: marshal.dumps(compile(source, "orchard", "exec")),
    "rev": lambda value: value[::-1],
    "utf16": lambda value: value.decode().encode("utf_16_le"),
    "rot13": lambda value: codecs.encode(value.decode(), "rot13").encode(),
    "chr": lambda value: ", ".join(str(one) for one in value).encode(),
    "xor": lambda value: bytes(one ^ _KEY for one in value),
    "escaped": lambda value: b"".join(b"\\x%02x" % one for one in value),
    "literal": lambda value: repr(value).encode(),
    "script": _script,
    "pyc": _pyc,
    "png": _png,
    "elf": _elf,
    "pe": _pe,
    "noise": _noise,
    "zip": _zip,
    "spaces": lambda count: b" " * int(count),
    "u": lambda number: chr(int(number, 16)).encode(),
}
