"""Characters in a source that a reader does not see, or takes for others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from affineur.checks.scanning.roles import weigh
from affineur.checks.scanning.words import place
from affineur.core.findings import Severity, Where
from affineur.core.scans import Role, Signal

_BIDI = re.compile(rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
_CLOSING = re.compile(rb"\xe2\x80\xac|\xe2\x81\xa9")
_INVISIBLE = re.compile(
    rb"(?:\xe2\x80[\x8b-\x8f]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf|\xef\xb8[\x80-\x8f]|\xf3\xa0[\x84-\x87][\x80-\xbf]|"
    rb"\xe3\x85\xa4|\xe1\x85[\x9f\xa0]){16,}"
)
_GAP = re.compile(rb"(?:[;:][ \t]{150,}(?=[A-Za-z_])|[^\s#][ \t]{150,}(?=;[ \t]*[A-Za-z_]))")
_MIXED = re.compile(
    "(?:def|class|import|as)[ \t]+(?=\\w*[A-Za-z])(?=\\w*"
    "[\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u03bf\u03bd\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7])(\\w+)"
)
_LOOKALIKE = re.compile(
    "[\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff\u1d2c-\u1d6a\u2070-\u209c]"
)
_CALLS = re.compile(r"(?<![\"'\w])([\w.]*[^\x00-\x7f][\w.]*)\s*\(")
_DANGEROUS = frozenset(
    {"exec", "eval", "compile", "__import__", "getattr", "system", "popen", "Popen",
     "b64decode", "os", "subprocess", "globals", "open", "run"}
)  # fmt: skip


def judge(shown: str, content: bytes, role: Role) -> Iterator[Signal]:
    """Judge the characters of one file of Python."""
    if b" " * 150 in content or b"\t" * 150 in content:
        yield from _gaps(shown, content, role)
    if content.isascii():
        return
    bidi = _BIDI.search(content)
    if bidi is not None and not _CLOSING.fullmatch(bidi[0]):
        what = "Its characters turn the direction of writing: a reader sees other code than runs."
        yield _signal("hidden-characters", what, place(shown, content, bidi.start()), role)
    invisible = _INVISIBLE.search(content)
    if invisible is not None:
        what = "It has a long row of characters that cannot be seen, which can hide a program."
        yield _signal("hidden-characters", what, place(shown, content, invisible.start()), role)
    yield from _lookalikes(shown, content, role)


def _gaps(shown: str, content: bytes, role: Role) -> Iterator[Signal]:
    gap = _GAP.search(content)
    if gap is not None:
        what = "A statement is hidden behind a long row of spaces, outside of what a reader sees."
        yield _signal("hidden-statement", what, place(shown, content, gap.end()), role)


def _lookalikes(shown: str, content: bytes, role: Role) -> Iterator[Signal]:
    """Find names that Python reads as others than they look."""
    import unicodedata  # noqa: PLC0415  # few files need it

    text = content.decode("utf-8", "replace")
    mixed = _MIXED.search(text)
    if mixed is not None:
        number = text.count("\n", 0, mixed.start()) + 1
        what = f"The name {mixed[1]!a} has letters of another script that look like Latin ones."
        where = Where(shown, number, mixed[0].strip()[:160])
        yield _signal("hidden-characters", what, where, role)
    if not _LOOKALIKE.search(text):
        return
    for number, line in enumerate(text.split("\n"), 1):
        for found in _CALLS.finditer(line[:4096]) if not line.isascii() else ():
            plain = unicodedata.normalize("NFKC", found[1])
            if plain != found[1] and _DANGEROUS & set(plain.split(".")):
                what = f"It calls {plain!r} by characters that only look like those letters."
                where = Where(shown, number, line.strip()[:160])
                yield _signal("hidden-characters", what, where, role)
                return


def _signal(rule: str, what: str, where: Where, role: Role) -> Signal:
    return Signal(rule, weigh(Severity.REVIEW, role), what, where, role)
