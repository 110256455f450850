"""What yara-x sees in the files of an archive: words worth a closer look, and their places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yara_x

from affineur.checks.scanning.docstrings import Documentation
from affineur.core.findings import Where
from affineur.core.scans import Capability

_TIMEOUT_S = 10
_MAX_PLACES = 16
_QUOTE = 160
_CAPABLE = {
    "can_open_sockets": Capability.OPENS_SOCKETS,
    "can_start_processes": Capability.STARTS_PROCESSES,
    "can_read_credentials": Capability.READS_CREDENTIALS,
    "can_read_environment": Capability.READS_ENVIRONMENT,
    "can_run_text_as_code": Capability.RUNS_TEXT_AS_CODE,
    "can_load_native_code": Capability.LOADS_NATIVE_CODE,
    "can_delete_trees": Capability.DELETES_TREES,
    "can_write_executables": Capability.WRITES_EXECUTABLES,
    "can_persist": Capability.PERSISTS,
    "can_watch_input": Capability.WATCHES_INPUT,
}
_NO_CODE = re.compile(rb"\s*(#|>>>|\.\.\. |\*|-- |:)")


@dataclass(frozen=True, slots=True)
class Words:
    """The rules that hit a file, and the offsets at which they did."""

    places: dict[str, tuple[int, ...]]

    def has(self, *rules: str) -> bool:
        """Whether every one of these rules hit."""
        return all(rule in self.places for rule in rules)


class TooSlow(Exception):
    """The rules took too long over one file."""


def look(rules: str, content: bytes) -> Words:
    """Look at a file with a set of rules, `python` or `text`; raise `TooSlow`."""
    try:
        found = _scanner(rules).scan(content)
    except yara_x.TimeoutError as error:
        raise TooSlow from error
    return Words({rule.identifier: tuple(_offsets(rule)) for rule in found.matching_rules})


def capable_places(words: Words, shown: str, content: bytes) -> Iterable[tuple[Capability, Where]]:
    """Give the first place in the file's code of each capability."""
    documentation = Documentation(content)
    for rule, capability in _CAPABLE.items():
        for offset in words.places.get(rule, ()):
            line = _line_around(content, offset)
            if not (_NO_CODE.match(line) or documentation.has(offset)):
                number = content.count(b"\n", 0, offset) + 1
                yield capability, Where(shown, number, quote(line.decode("utf-8", "replace")))
                break


def place(shown: str, content: bytes, offset: int) -> Where:
    """Give the place of a match, its line quoted around it."""
    while content[offset : offset + 1].isspace():
        offset += 1
    number = content.count(b"\n", 0, offset) + 1
    line = _line_around(content, offset)
    return Where(shown, number, quote(line.decode("utf-8", "replace")))


def quote(text: str) -> str:
    """Cut a text to what a person takes in at a glance, hidden characters made visible."""
    cut = " ".join(text[: 4 * _QUOTE].split())
    seen = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
    return seen if len(seen) <= _QUOTE else f"{seen[: _QUOTE - 1]}…"


def _line_around(content: bytes, offset: int) -> bytes:
    """Cut the line, of a very long one the part that begins shortly before the match."""
    start = content.rfind(b"\n", 0, offset + 1) + 1
    if start > offset:  # the match began with the line's end
        start = offset + 1
    end = content.find(b"\n", max(start, offset))
    line_start = start if offset - start < _QUOTE else offset - 20
    return content[line_start : min(end if end >= 0 else len(content), line_start + 4 * _QUOTE)]


def _offsets(rule: yara_x.Rule) -> list[int]:
    found = [match.offset for pattern in rule.patterns for match in pattern.matches]
    return sorted(found)[:_MAX_PLACES]


@cache
def _scanner(rules: str) -> yara_x.Scanner:
    """Compile one of the two rule files that we ship; once in a process."""
    compiler = yara_x.Compiler()
    compiler.add_source((Path(__file__).parent / f"{rules}.yar").read_text("utf-8"))
    scanner = yara_x.Scanner(compiler.build())
    scanner.set_timeout(_TIMEOUT_S)
    scanner.max_matches_per_pattern(_MAX_PLACES)
    return scanner
