"""Reading a condition before the language does: what it names, and whether it stays cheap.

The language always ends, but not soon: comprehensions within comprehensions over long lists take
minutes. So they may not be nested, and within one stand neither regular expressions nor more than
a few mentions of facts; lists are not joined with `+`, nor made with `map`. What an
honest condition and a dear one cost then is measured by `python -m bench.policies`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from affineur.core.errors import BadInput

MACROS = frozenset({"all", "exists", "exists_one", "filter"})
CALLS = MACROS | {
    "size",
    "startsWith",
    "endsWith",
    "contains",
    "matches",
    "has",
    "int",
    "double",
    "string",
}
_WORDS = frozenset({"true", "false", "null", "in"})
_MOST_MACROS = 8
_MOST_NAMED = 40
"""Mentions of facts altogether: lists of lists are dear, too."""
_MOST_MATCHES = 8
_MOST_WITHIN = 4
"""Mentions of facts within comprehensions, of one condition."""

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<number>[0-9][0-9A-Za-z_.]*)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||[<>=!]=|[-<>!*/%?:.,()\[\]{}])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word, text, number or sign, and where it stands."""

    kind: str
    text: str
    at: int


@dataclass(slots=True)
class _Walk:
    """What was met so far, from left to right."""

    source: str
    facts: frozenset[str]
    named: set[str] = field(default_factory=set)
    open_signs: list[str] = field(default_factory=list)
    """For each parenthesis that is open, the word or sign before it."""
    variable: str = ""
    """The variable of the comprehension that we are in."""
    macros: int = 0
    matches: int = 0
    within: int = 0
    mentions: int = 0


def scan(source: str, facts: frozenset[str]) -> frozenset[str]:
    """Give the facts that a condition names; raise `BadInput` with the place of what may not be."""
    walk = _Walk(source, facts)
    tokens = list(_tokens(source))
    for at, token in enumerate(tokens):
        before = tokens[at - 1].text if at else ""
        _meet(walk, token, before, tokens[at + 1 : at + 4])
    return frozenset(walk.named)


def fault(source: str, at: int, what: str, hint: str = "") -> BadInput:
    """Word what is wrong with a condition, with its line and column."""
    line = source.count("\n", 0, at) + 1
    column = at - (source.rfind("\n", 0, at) + 1) + 1
    return BadInput(f"its condition, line {line}, column {column}: {what}", hint=hint)


def _tokens(source: str) -> Iterator[Token]:
    end = -1
    for found in _TOKEN.finditer(source):
        kind, text, at = found.lastgroup or "other", found[0], found.start()
        if kind == "other":
            raise fault(source, at, f"{text!r} is not taken here.", _HINTS.get(text, ""))
        if kind == "text" and at == end:
            raise fault(source, at, "only plain texts in quotes are taken, with nothing before.")
        if kind != "blank":
            yield Token(kind, text, at)
        end = found.end() if kind in ("text", "word") else -1


_HINTS = {
    "+": "Nothing is added or joined in conditions: compare with the difference instead.",
    '"': "A text ends in the line in which it begins.",
    "'": "A text ends in the line in which it begins.",
}


def _meet(walk: _Walk, token: Token, before: str, after: Sequence[Token]) -> None:
    follows = after[0].text if after else ""
    if token.text == "(":
        walk.open_signs.append(before)
    elif token.text == ")":
        _close(walk)
    elif token.kind == "word" and follows == "(" and token.text not in _WORDS:
        _call(walk, token, before, after)
    elif token.kind == "word" and before != ".":
        _name(walk, token)


def _close(walk: _Walk) -> None:
    if walk.open_signs and walk.open_signs.pop() in MACROS:
        walk.variable = ""


def _call(walk: _Walk, token: Token, before: str, after: Sequence[Token]) -> None:
    """Meet the name of a function; its opening parenthesis is met next."""
    name = token.text
    if name not in CALLS or (name in MACROS and before != "."):
        known = ", ".join(sorted(CALLS))
        raise fault(walk.source, token.at, f"there is no function {name!r}.", f"Known: {known}.")
    if name in MACROS:
        _comprehend(walk, token, after)
    if name == "matches":
        walk.matches += 1
        if walk.variable or walk.matches > _MOST_MATCHES:
            what = f"matches() stands at most {_MOST_MATCHES} times, and in no comprehension."
            raise fault(walk.source, token.at, what, "Use startsWith, endsWith or contains.")


def _comprehend(walk: _Walk, token: Token, after: Sequence[Token]) -> None:
    walk.macros += 1
    if walk.variable:
        raise fault(walk.source, token.at, f"{token.text}() stands within another comprehension.")
    if walk.macros > _MOST_MACROS:
        raise fault(walk.source, token.at, f"it has more than {_MOST_MACROS} comprehensions.")
    if len(after) < 2 or after[1].kind != "word" or after[1].text in walk.facts | _WORDS:
        what = f"{token.text}() needs the name of a variable that is no fact."
        raise fault(walk.source, token.at, what, "findings.exists(f, f.severity == 'block')")
    walk.variable = after[1].text


def _name(walk: _Walk, token: Token) -> None:
    """Meet a bare name: a fact, the variable of a comprehension, or a word of the language."""
    if token.text in _WORDS or token.text == walk.variable:
        return
    if token.text not in walk.facts:
        hint = "docs/policy.md lists the facts."
        raise fault(walk.source, token.at, f"there is no fact {token.text!r}.", hint)
    walk.named.add(token.text)
    walk.mentions += 1
    if walk.mentions > _MOST_NAMED:
        raise fault(walk.source, token.at, f"it names facts more than {_MOST_NAMED} times.")
    if walk.variable:
        walk.within += 1
        if walk.within > _MOST_WITHIN:
            what = f"facts are named more than {_MOST_WITHIN} times within comprehensions."
            raise fault(walk.source, token.at, what)
