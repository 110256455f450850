"""How the bytes of a file in an archive become text, or are found to be none.

What a file says of its own encoding is believed only where it names one that shows the bytes as
they are: a hostile one could let a reader see other text than runs.
"""

from __future__ import annotations

import codecs
import re

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]{1,40})")
_PLAIN = {
    "ascii", "cp1250", "cp1251", "cp1252", "euc_jp", "gb18030", "gbk", "gb2312", "iso8859-1",
    "iso8859-2", "iso8859-15", "koi8-r", "shift_jis", "utf-8",
}  # fmt: skip
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT = 8192
_MOST_CONTROLS = 0.02
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))


def decoded(content: bytes, *, is_cut: bool) -> tuple[str, str, str] | None:
    """Give a text, its encoding and a remark, perhaps empty; None for what is no text.

    What was cut may end within a character.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content.decode(encoding, "replace"), encoding, ""
    if _is_binary(content[:_LOOKED_AT]):
        return None
    told = _cookie(content)
    if told is not None and told not in _PLAIN:
        remark = f"It says that it is encoded as {told}, which could show another text than runs."
        return content.decode("utf-8", "replace"), "utf-8", remark
    for encoding in (told or "utf-8", "utf-8"):
        try:
            return codecs.decode(content, encoding), encoding, ""
        except UnicodeDecodeError as error:
            if is_cut and error.start >= len(content) - 4:
                return content.decode(encoding, "ignore"), encoding, ""
    return content.decode("latin-1"), "latin-1", "It is not UTF-8; it is shown as Latin-1."


def _is_binary(beginning: bytes) -> bool:
    controls = len(beginning) - len(beginning.translate(None, _CONTROLS))
    return b"\0" in beginning or controls > len(beginning) * _MOST_CONTROLS


def _cookie(content: bytes) -> str | None:
    """Give the encoding that one of the first two lines names (PEP 263), as Python calls it."""
    for line in content[:1024].split(b"\n")[:2]:
        if (found := _COOKIE.match(line)) is not None:
            text = found[1].decode()
            try:
                return codecs.lookup(text).name
            except LookupError:
                return text
    return None
