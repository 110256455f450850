"""A corpus of attack look-alikes, each with a benign twin, built from text files when asked for.

Harmless: addresses are reserved ones, payloads print a word, and every module begins with an
import that fails. Nothing of it is ever run. See `reading` for the form of the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from support.dists import Dist
from support.lookalikes.building import built
from support.lookalikes.reading import Draft, read_pattern

FIRST, LATER = "patterns", "later"
"""Two series: what is known of incidents, and other ways to write the like.

The second was written to see how the rules do that were made with the first at hand.
"""


class Form(StrEnum):
    """How an attack is written."""

    OBVIOUS = "obvious"
    OBFUSCATED = "obfuscated"
    SPLIT = "split"
    """Spread over files."""


@dataclass(frozen=True, slots=True)
class Package:
    """One distribution of the corpus."""

    dist: Dist
    files: Mapping[str, bytes]
    """What was put into it, by path, without its metadata: to inject it elsewhere."""
    culprits: Mapping[str, frozenset[int]]
    """The places that a finding may name: files with lines, without any where lines say nothing."""
    says: str
    """What the finding must speak of, where there is no place to name."""


@dataclass(frozen=True, slots=True)
class Lookalike:
    """An attack and its benign twin."""

    pattern: str
    form: Form
    sentence: str
    """What the pattern is."""
    checks: frozenset[str]
    """The checks of which one has to find it."""
    attack: Package
    twin: Package

    @property
    def name(self) -> str:
        """Name it for a person."""
        return f"{self.pattern}/{self.form}"


@cache
def lookalikes(series: str = FIRST) -> tuple[Lookalike, ...]:
    """Build a series of the corpus, in the order of its patterns."""
    paths = sorted((Path(__file__).parent / series).glob("*.txt"))
    return tuple(one for path in paths for one in _of_pattern(path))


def _of_pattern(path: Path) -> Iterator[Lookalike]:
    pattern = read_pattern(path.read_text("utf-8"))
    for form in Form:
        attack, twin = pattern.drafts[form, False], pattern.drafts[form, True]
        yield Lookalike(
            path.stem, form, pattern.sentence, pattern.checks, _package(attack), _package(twin)
        )


def _package(draft: Draft) -> Package:
    return Package(
        built(draft),
        {file.path: file.content for file in draft.files},
        {file.path: file.culprits for file in draft.files if file.is_culprit},
        draft.says,
    )
