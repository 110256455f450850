"""What is wrong with a policy's text, and in which line, for whoever edits it.

A policy is refused with a sentence that names its part (`core.policy_reading`). This finds the
part's line in the text; where it cannot be told, the sentence stands alone.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from affineur.core.errors import BadInput
from affineur.core.policy_reading import parse_policy
from affineur.core.ports import Conditions

_AT_LINE = re.compile(r"at line (\d+)")
_RULE_NUMBER = re.compile(r"Rule (\d+) of the policy")
_RULE_NAME = re.compile(r"Rule '([^']+)'")
_TWICE = re.compile(r"are called '([^']+)'")
_TABLE = re.compile(r"\[(\w+)\]")
_KEY = re.compile(r"The policy's (?:list ')?(\w+)")
_PART = re.compile(r"unknown parts: (\w+)")
_QUOTED = re.compile(r"^'([^']+)' is no category")
_RULE_KEYS = ("outcome", "reason", "projects", "final", "when")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a policy."""

    line: int | None
    """Counted from 1; None when it is about the whole."""
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the difference between two policies."""

    mark: str
    """`+` was added, `-` taken away, a blank stays, `@` begins another place."""
    text: str


def flaws(toml: str, conditions: Conditions) -> tuple[Flaw, ...]:
    """Say what is wrong with a policy: the first thing, or nothing."""
    try:
        parse_policy(toml, conditions)
    except BadInput as error:
        return (Flaw(line_of(toml, error.message), error.message, error.hint),)
    return ()


def line_of(toml: str, message: str) -> int | None:
    """Find the line that a refusal speaks of."""
    lines = toml.splitlines()
    told = _AT_LINE.search(message)
    if told is not None:
        return min(int(told[1]), max(len(lines), 1))
    if "at end of document" in message:
        return max(len(lines), 1)
    return next((at for at in _places(lines, message) if at is not None), None)


def difference(before: str, after: str) -> tuple[Line, ...]:
    """Give the lines in which two policies differ, with three lines around them."""
    told = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    found: list[Line] = []
    for text in list(told)[2:]:
        is_head = text.startswith("@@")
        found.append(Line("@", text.strip("@ ")) if is_head else Line(text[:1], text[1:]))
    return tuple(found)


def _places(lines: Sequence[str], message: str) -> Iterator[int | None]:
    heads = [at for at, line in enumerate(lines, 1) if line.strip().startswith("[[rule]]")]
    if found := _RULE_NAME.search(message):
        yield _in_rule(lines, found[1], message.split(":", 1)[-1])
    if found := _TWICE.search(message):
        yield _assigned(lines, "name", found[1], is_last=True)
    if (found := _RULE_NUMBER.search(message)) and int(found[1]) <= len(heads):
        yield heads[int(found[1]) - 1]
    if found := _TABLE.search(message):
        yield _heading(lines, found[1])
    if found := _PART.search(message):
        yield _heading(lines, found[1])
        yield _assigned(lines, found[1])
    if found := _KEY.search(message):
        yield _assigned(lines, found[1])
    if found := _QUOTED.search(message):
        yield next((at for at, line in enumerate(lines, 1) if found[1] in line), None)


def _in_rule(lines: Sequence[str], name: str, said: str) -> int | None:
    """Find the key of a rule that is spoken of, or where the rule is named."""
    named = _assigned(lines, "name", name)
    if named is None:
        return None
    start = max((at for at in range(1, named) if lines[at - 1].strip() == "[[rule]]"), default=1)
    end = next(
        (at for at in range(named, len(lines) + 1) if lines[at - 1].strip().startswith("[")),
        len(lines) + 1,
    )
    keys = [key for key in _RULE_KEYS if re.search(rf"\b{key}\b", said)] or ["when"]
    found = _assigned(lines[start - 1 : end - 1], keys[0])
    return named if found is None else start - 1 + found


def _heading(lines: Sequence[str], name: str) -> int | None:
    begins = re.compile(rf"\s*\[+\s*{re.escape(name)}\b")
    return next((at for at, line in enumerate(lines, 1) if begins.match(line)), None)


def _assigned(
    lines: Sequence[str], key: str, value: str | None = None, *, is_last: bool = False
) -> int | None:
    given = re.compile(rf"\s*{re.escape(key)}\s*=\s*(.*)")
    found = [
        at
        for at, line in enumerate(lines, 1)
        if (match := given.match(line)) and (value is None or value in match[1])
    ]
    return None if not found else found[-1 if is_last else 0]
