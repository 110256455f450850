"""The colours of a text, found by the lexers of Pygments, in a child process.

A text of strangers makes any of these lexers take minutes: 100 KB of one character are enough,
and a regular expression holds up its whole process. So this runs in a child only, under an
alarm, with the few lexers listed here; what is too large, or takes too long, has no colours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Protocol

from affineur.checks.limits import TookTooLong, alarm
from affineur.core.colours import Colour, written

_MOST = 512 * 1024
_MOST_LINES = 20_000
_LONGEST = 4_000
_TEXT_S = 1.0

LEXERS: dict[str, tuple[str, str]] = {
    "py pyi pyw": ("python", "PythonLexer"),
    "pyx pxd pxi": ("python", "CythonLexer"),
    "toml lock": ("configs", "TOMLLexer"),
    "ini cfg": ("configs", "IniLexer"),
    "json ipynb": ("data", "JsonLexer"),
    "yaml yml": ("data", "YamlLexer"),
    "c h": ("c_cpp", "CLexer"),
    "cc cpp cxx hh hpp hxx": ("c_cpp", "CppLexer"),
    "js mjs cjs jsx ts tsx": ("javascript", "JavascriptLexer"),
    "html htm xml svg": ("html", "HtmlLexer"),
    "css": ("css", "CssLexer"),
    "sh bash": ("shell", "BashLexer"),
    "md": ("markup", "MarkdownLexer"),
    "rst": ("markup", "RstLexer"),
    "mk makefile gnumakefile": ("make", "MakefileLexer"),
    "diff patch": ("diff", "DiffLexer"),
}
"""By the ends of filenames: the module of Pygments, and its class."""
_BY_SUFFIX = {one: lexer for names, lexer in LEXERS.items() for one in names.split()}
_BY_NAME = {"pipfile": "toml", "entry_points.txt": "ini", ".editorconfig": "ini"}

_COLOURS: dict[str, Colour] = {
    "Comment": Colour.COMMENT,
    "Comment.Hashbang": Colour.DIRECTIVE,
    "Comment.Preproc": Colour.DIRECTIVE,
    "Comment.PreprocFile": Colour.TEXT,
    "Generic.Deleted": Colour.DELETED,
    "Generic.Heading": Colour.DEFINED,
    "Generic.Inserted": Colour.INSERTED,
    "Generic.Subheading": Colour.DEFINED,
    "Keyword": Colour.KEYWORD,
    "Keyword.Constant": Colour.BUILTIN,
    "Keyword.Type": Colour.BUILTIN,
    "Literal.Number": Colour.NUMBER,
    "Literal.String": Colour.TEXT,
    "Name.Attribute": Colour.ATTRIBUTE,
    "Name.Builtin": Colour.BUILTIN,
    "Name.Class": Colour.DEFINED,
    "Name.Decorator": Colour.DIRECTIVE,
    "Name.Exception": Colour.BUILTIN,
    "Name.Function": Colour.DEFINED,
    "Name.Property": Colour.ATTRIBUTE,
    "Name.Tag": Colour.TAG,
    "Operator.Word": Colour.KEYWORD,
}


class _Kind(Protocol):
    """A kind of token, as Pygments has it."""

    def __hash__(self) -> int: ...

    def split(self) -> list[object]:
        """Give what it is a kind of, from the widest, and itself."""
        ...


class _Lexer(Protocol):
    """What Pygments calls one."""

    def get_tokens_unprocessed(self, text: str) -> Iterable[tuple[int, _Kind, str]]:
        """Give each token with its place."""
        ...


def colours(text: str, name: str, seconds: float = _TEXT_S) -> list[str]:
    """Give the colours of each line (`core.colours.written`); empty when there are none."""
    if not _may_be_lexed(text):
        return []
    try:
        with alarm(seconds):
            lexer = _lexer(name)
            return [] if lexer is None else _by_lines(lexer, text)
    except (TookTooLong, RecursionError, MemoryError):
        return []
    except Exception:  # noqa: BLE001  whatever a lexer trips over: the text is there without it
        return []


def _may_be_lexed(text: str) -> bool:
    if not text or len(text) > _MOST or text.count("\n") > _MOST_LINES:
        return False
    return max(map(len, text.split("\n"))) <= _LONGEST


def _lexer(name: str) -> _Lexer | None:
    base = name.rpartition("/")[2].lower()
    suffix = _BY_NAME.get(base) or base.rpartition(".")[2]
    if suffix not in _BY_SUFFIX:
        return None
    module, wanted = _BY_SUFFIX[suffix]
    make: Callable[..., _Lexer] = getattr(import_module(f"pygments.lexers.{module}"), wanted)
    return make(handlecodeblocks=False)  # which would let a text choose any lexer there is


def _by_lines(lexer: _Lexer, text: str) -> list[str]:
    lines: list[list[tuple[int, Colour | None]]] = [[]]
    for colour, piece in _pieces(lexer, text):
        first, *others = piece.split("\n")
        _add(lines[-1], len(first), colour)
        for other in others:
            lines.append([])
            _add(lines[-1], len(other), colour)
    return [written(one) for one in lines]


def _pieces(lexer: _Lexer, text: str) -> Iterator[tuple[Colour | None, str]]:
    """Give the text in pieces, whole and in order, whatever the lexer makes of it."""
    known: dict[_Kind, Colour | None] = {}
    end = 0
    for start, kind, piece in lexer.get_tokens_unprocessed(text):
        if start != end or not text.startswith(piece, start):
            break
        if kind not in known:
            known[kind] = _colour(kind)
        yield known[kind], piece
        end += len(piece)
    yield None, text[end:]


def _colour(kind: _Kind) -> Colour | None:
    """Find the colour of a token, or of what it is a kind of."""
    names = [str(one).removeprefix("Token.") for one in reversed(kind.split())]
    return next((_COLOURS[name] for name in names if name in _COLOURS), None)


def _add(line: list[tuple[int, Colour | None]], length: int, colour: Colour | None) -> None:
    if not length:
        return
    if line and line[-1][1] is colour:
        line[-1] = (line[-1][0] + length, colour)
    else:
        line.append((length, colour))
