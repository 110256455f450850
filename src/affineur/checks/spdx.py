"""SPDX licence expressions: read, and turned into alternatives.

An alternative is a group of licences that all hold; of several alternatives one suffices.
`packaging.licenses` says what is valid (PEP 639) and gives the canonical spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

Alternatives = tuple[tuple[str, ...], ...]

_MAX_TEXT = 2000
_MAX_ALTERNATIVES = 64
_DEPRECATED = re.compile(r"((?:A|L)?GPL-\d\.\d|GFDL-\d\.\d)(\+?)")


def canonical(text: str) -> str | None:
    """Give the canonical spelling of an expression; None when it is not valid SPDX."""
    if len(text) > _MAX_TEXT:
        return None
    try:
        return str(canonicalize_license_expression(text))
    except (InvalidLicenseExpression, RecursionError, SyntaxError, MemoryError):
        return None


def alternatives(expression: str) -> Alternatives:
    """Multiply a canonical expression out; () when it has more than 64 alternatives."""
    tokens = _Tokens(re.findall(r"[()]|[^\s()]+", expression))
    try:
        return tuple(dict.fromkeys(_any_of(tokens)))
    except _TooManyError:
        return ()


def identifiers(expression: str) -> frozenset[str]:
    """Give all the licences that an expression names, without their exceptions."""
    groups = alternatives(expression)
    return frozenset(one.partition(" WITH ")[0] for group in groups for one in group)


def modern(identifier: str) -> str:
    """Spell a deprecated GNU identifier as SPDX 3 does: GPL-2.0 is GPL-2.0-only."""
    found = _DEPRECATED.fullmatch(identifier)
    if found is None:
        return identifier
    return f"{found[1]}-{'or-later' if found[2] else 'only'}"


def modernised(expression: str) -> str:
    """Spell an expression without deprecated GNU identifiers."""
    return re.sub(r"[^\s()]+", lambda found: modern(found[0]), expression)


class _TooManyError(Exception):
    """The expression has too many alternatives to look at."""


class _Tokens:
    """The tokens of an expression, taken from the front."""

    def __init__(self, tokens: list[str]) -> None:
        self._rest: Iterator[str] = iter([*tokens, ""])
        self.next = next(self._rest)

    def take(self) -> str:
        """Take one token."""
        token = self.next
        self.next = next(self._rest, "")
        return token


def _any_of(tokens: _Tokens) -> list[tuple[str, ...]]:
    groups = _all_of(tokens)
    while tokens.next == "OR":
        tokens.take()
        groups = groups + _all_of(tokens)
    return _bounded(groups)


def _all_of(tokens: _Tokens) -> list[tuple[str, ...]]:
    groups = _one(tokens)
    while tokens.next == "AND":
        tokens.take()
        others = _one(tokens)
        groups = _bounded(
            [tuple(dict.fromkeys(left + right)) for left in groups for right in others]
        )
    return groups


def _one(tokens: _Tokens) -> list[tuple[str, ...]]:
    if tokens.next == "(":
        tokens.take()
        groups = _any_of(tokens)
        tokens.take()
        return groups
    identifier = modern(tokens.take())
    if tokens.next == "WITH":
        tokens.take()
        identifier = f"{identifier} WITH {tokens.take()}"
    return [(identifier,)]


def _bounded(groups: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    if len(groups) > _MAX_ALTERNATIVES:
        raise _TooManyError
    return groups
