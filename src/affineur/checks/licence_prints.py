"""Recognises licence texts by their fingerprints, whatever was filled in, left out or put around.

A text is a sequence of words: case, punctuation, line breaks and the numbers of lists do not
count (SPDX's matching guidelines). Every three words in a row are hashed. Of each licence the
table holds those hashes that must be there: nothing that the SPDX template lets people replace
or leave out, and of long texts every n-th. A licence is in a text when nearly all of them stand
in one stretch of it that is not much longer than the licence; where stretches overlap the
longest licence wins, so that the MIT licence is not seen within the X11 licence, and all
licences of what is bundled are seen in one file.

The table is made by `python -m bench.licence_prints` from SPDX's own templates (decision 19).
"""

from __future__ import annotations

import re
import struct
import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

ENOUGH = 0.95
"""The part of a licence's fingerprint that must be found."""
_TABLE = "licence_prints.txt"
_RUN = 3
_STRETCH, _SLACK = 1.3, 60
_MAY_SHARE = 0.25
_MOST_STRETCHES = 500
_MARKER = re.compile(r"^[ \t>#*;/|-]*(?:\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)][ \t])?", re.MULTILINE)
_WORD = re.compile(r"[a-z0-9]+")
_SAME = {"licence": "license", "licences": "licenses", "licenced": "licensed", "http": "https"}


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprint of one licence."""

    licence: str
    words: int
    """How long its text is, with all that may be replaced or left out."""
    hashes: frozenset[int]
    telling: tuple[frozenset[int], ...] = ()
    """For each licence that is much like it, what only this one has: half of that must be there."""


@dataclass(frozen=True, slots=True)
class Match:
    """A licence found in a text, and how much of its fingerprint."""

    licence: str
    share: float


def match(text: str) -> tuple[Match, ...]:
    """Find the licences whose texts are in a text, by their identifiers."""
    places: dict[int, list[int]] = {}
    for at, one in enumerate(hashes_of(words_of(text))):
        places.setdefault(one, []).append(at)
    stretches = sorted(
        (stretch for one in _table() for stretch in _stretches(one, places)),
        key=lambda stretch: -stretch.weight,
    )
    taken: list[_Stretch] = []
    for stretch in stretches[:_MOST_STRETCHES]:
        shared = sum(stretch.shared_with(one) for one in taken)
        if shared <= _MAY_SHARE * stretch.length and _is_told(stretch, places):
            taken.append(stretch)
    best = {one.of.licence: one.share for one in reversed(taken)}
    return tuple(Match(licence, round(best[licence], 3)) for licence in sorted(best))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a text in which there is enough of one licence."""

    of: Print
    share: float
    begin: int
    end: int

    @property
    def weight(self) -> float:
        """How much of the text it explains."""
        return self.share * self.of.words

    @property
    def length(self) -> int:
        """How many runs of words it is long."""
        return self.end - self.begin + 1

    def shared_with(self, other: _Stretch) -> int:
        """Count what it has in common with another one."""
        return max(0, min(self.end, other.end) - max(self.begin, other.begin) + 1)


def _is_told(stretch: _Stretch, places: Mapping[int, Sequence[int]]) -> bool:
    """Whether there is what tells it from each licence that is much like it."""
    begin, end = stretch.begin - _SLACK, stretch.end + _SLACK
    return all(
        2 * sum(any(begin <= at <= end for at in places.get(part, ())) for part in group)
        >= len(group)
        for group in stretch.of.telling
    )


def _stretches(one: Print, places: Mapping[int, Sequence[int]]) -> Iterator[_Stretch]:
    """Find where there is enough of a licence in not much more words than it has."""
    there = one.hashes & places.keys()
    enough = ENOUGH * len(one.hashes)
    if len(there) < enough:
        return
    marks = sorted((at, part) for part in there for at in places[part])
    longest = one.words * _STRETCH + _SLACK
    counts: Counter[int] = Counter()
    first = 0
    for last, (at, part) in enumerate(marks):
        counts[part] += 1
        while at - marks[first][0] > longest or counts[marks[first][1]] > 1:
            _drop(counts, marks[first][1])
            first += 1
        is_last = last + 1 == len(marks)
        if len(counts) >= enough and (is_last or not _grows(counts, marks[last + 1], at)):
            share = len(counts) / len(one.hashes)
            yield _Stretch(one, share, marks[first][0], at)
            counts.clear()
            first = last + 1


def _grows(counts: Mapping[int, int], following: tuple[int, int], at: int) -> bool:
    """Whether the next mark is a new one, and close."""
    return following[1] not in counts and following[0] - at < _SLACK


def _drop(counts: Counter[int], part: int) -> None:
    counts[part] -= 1
    if not counts[part]:
        del counts[part]


def words_of(text: str) -> list[str]:
    """Give the words of a text that count."""
    plain = _MARKER.sub("", text.lower())
    return [_SAME.get(word, word) for word in _WORD.findall(plain)]


def hashes_of(words: Sequence[str]) -> Iterator[int]:
    """Hash every run of words."""
    for run in zip(*(words[at:] for at in range(_RUN)), strict=False):
        yield zlib.crc32(" ".join(run).encode())


def written(prints: Iterable[Print]) -> str:
    """Write a table of fingerprints, as `match` reads it."""
    lines = [
        " ".join((one.licence, str(one.words), *map(_packed, (one.hashes, *one.telling))))
        for one in sorted(prints, key=lambda one: one.licence)
    ]
    return "\n".join(lines) + "\n"


def _packed(hashes: Iterable[int]) -> str:
    ordered = sorted(hashes)
    return b64encode(struct.pack(f"<{len(ordered)}L", *ordered)).decode()


@lru_cache(1)
def _table() -> tuple[Print, ...]:
    lines = files("affineur.checks").joinpath(_TABLE).read_text("ascii").splitlines()
    return tuple(_read(*line.split(" ")) for line in lines)


def _read(licence: str, words: str, hashes: str, *telling: str) -> Print:
    return Print(licence, int(words), _unpacked(hashes), tuple(map(_unpacked, telling)))


def _unpacked(packed: str) -> frozenset[int]:
    content = b64decode(packed)
    return frozenset(struct.unpack(f"<{len(content) // 4}L", content))
