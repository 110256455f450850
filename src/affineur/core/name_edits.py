"""How one name becomes another: by one slip of the hand, of the eye, or of the memory.

Names are normalised (PEP 503). The kinds are told apart because some are hardly ever made by
honest people, and others by dozens of them: `How.SWAPPED` is a slip or a squat, `How.DIGIT`
may be somebody's next version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from affineur.core.look_alikes import skeleton


class How(StrEnum):
    """The kind of a likeness: the words in which it is told."""

    SWAPPED = "two letters swapped"
    REPEATED = "a letter doubled, or a double one single"
    LOOK_ALIKE = "characters that look alike"
    DELIMITERS = "other delimiters"
    ORDER = "its words in another order"
    PLURAL = "an s more or less at its end"
    SLIP = "a letter in the place of its neighbour on the keyboard, or of one that sounds alike"
    LETTER = "another letter"
    FIRST = "another first letter"
    ADDED = "a letter more"
    BEFORE = "a letter before it"
    AFTER = "a letter after it"
    LEFT_OUT = "a letter less"
    HEADLESS = "its first letter less"
    CUT = "its last letter less"
    DIGIT = "a digit more or in the place of a letter"
    NO_DIGIT = "a digit less"
    OTHER_DIGIT = "another digit"
    AFFIX = "an affix"
    NO_AFFIX = "its affix less"
    OTHER_AFFIX = "another affix"


_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_AROUND = ((0, -1), (0, 1), (-1, 0), (-1, 1), (1, 0), (1, -1))
_VOWELS = frozenset("aeiouy")
_CONFUSED = frozenset(
    frozenset(pair)
    for pair in re.findall(
        r"\w+",
        "mn nh hb uv vw vy ij jl ec co gq pq tf sz bd ao nr ck cs bp dt fv gk gj kx qk xz dq",
    )
)
"""Letters that look or sound alike, beside vowels, which all do."""
_BEFORE = re.compile(r"\A(?:python[23]?-?|py-?|the-|lib-)(?=[a-z]{3})")
_BEHIND = re.compile(
    r"(?<=[a-z0-9]{3})"
    r"(?:-?python[23]?|-?py[23]?|-?dev|-libs?|-?pkgs?|-package|-module|-official|-?v?\d)$"
)
_SHORTEST_CORE = 3


def _neighbours() -> frozenset[frozenset[str]]:
    places = {key: (r, i) for r, row in enumerate(_ROWS) for i, key in enumerate(row)}
    keys = {place: key for key, place in places.items()}
    return frozenset(
        frozenset((key, keys[r + down, i + right]))
        for key, (r, i) in places.items()
        for down, right in _AROUND
        if (r + down, i + right) in keys
    )


_NEIGHBOURS = _neighbours()


@dataclass(frozen=True)
class Forms:
    """A name in the forms in which it is held against others. Not slotted: it keeps them."""

    name: str

    @cached_property
    def squashed(self) -> str:
        """Without delimiters."""
        return self.name.replace("-", "")

    @cached_property
    def skeleton(self) -> str:
        """What a reader sees of it at a glance."""
        return skeleton(self.squashed)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words in alphabetical order."""
        return tuple(sorted(self.name.split("-")))

    @cached_property
    def core(self) -> str:
        """Without the affixes that say no more than that it is for Python, or another version."""
        without = _BEHIND.sub("", _BEFORE.sub("", self.name))
        return without.replace("-", "")

    @cached_property
    def deletions(self) -> frozenset[str]:
        """Itself, and all that is left of it without one character, delimiters aside."""
        text = self.squashed
        return frozenset((text, *(text[:i] + text[i + 1 :] for i in range(len(text)))))


def likeness(name: Forms, target: Forms) -> How | None:
    """Say how a name is like another; None when it is not, or when they are the same."""
    if name.squashed == target.squashed:
        return How.DELIMITERS if name.name != target.name else None
    if name.words == target.words:
        return How.ORDER
    how = _one_edit(name.squashed, target.squashed)
    if how in (How.ADDED, How.AFTER) and _is_a_word_more(name.name, target.name):
        return None
    if how is None or how in _SUBSTITUTIONS:
        how = How.LOOK_ALIKE if name.skeleton == target.skeleton else how
    return how or _by_affix(name, target)


_SUBSTITUTIONS = frozenset(
    {How.SLIP, How.LETTER, How.FIRST, How.DIGIT, How.NO_DIGIT, How.OTHER_DIGIT}
)


def _one_edit(a: str, b: str) -> How | None:
    """Tell the one edit (optimal string alignment) that makes `b` into `a`."""
    if abs(len(a) - len(b)) > 1:
        return None
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), -1)
    if at < 0:
        at = min(len(a), len(b))
    if len(a) > len(b):
        return _addition(a, at) if a[at + 1 :] == b[at:] else None
    if len(a) < len(b):
        return _omission(b, at) if a[at:] == b[at + 1 :] else None
    if a[at + 1 :] == b[at + 1 :]:
        return _substitution(a[at], b[at], at)
    swapped = a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
    return How.SWAPPED if swapped else None


def _substitution(new: str, old: str, at: int) -> How:
    if new.isdigit() or old.isdigit():
        return How.OTHER_DIGIT if new.isdigit() and old.isdigit() else How.DIGIT
    if frozenset((new, old)) in _NEIGHBOURS:
        return How.SLIP
    if at == 0:
        return How.FIRST
    sounds = {new, old} <= _VOWELS or frozenset((new, old)) in _CONFUSED
    return How.SLIP if sounds else How.LETTER


def _addition(longer: str, at: int) -> How:
    new = longer[at]
    around = longer[max(0, at - 1) : at] + longer[at + 1 : at + 2]
    if new.isdigit():
        return How.DIGIT
    if new in around:
        return How.REPEATED
    if at == len(longer) - 1:
        return How.PLURAL if new == "s" else How.AFTER
    if any(frozenset((new, one)) in _NEIGHBOURS for one in around):
        return How.ADDED
    return How.BEFORE if at == 0 else How.ADDED


def _omission(longer: str, at: int) -> How:
    old = longer[at]
    if old.isdigit():
        return How.NO_DIGIT
    if old in longer[max(0, at - 1) : at] + longer[at + 1 : at + 2]:
        return How.REPEATED
    if at == len(longer) - 1:
        return How.PLURAL if old == "s" else How.CUT
    return How.HEADLESS if at == 0 else How.LEFT_OUT


def _is_a_word_more(name: str, target: str) -> bool:
    """Whether the letter more is a word of its own, as plugins have it: `django-q`."""
    return sorted((*target.split("-"), name[-1])) == sorted(name.split("-"))


def _by_affix(name: Forms, target: Forms) -> How | None:
    if min(len(name.core), len(target.core)) < _SHORTEST_CORE:
        return None
    if name.core == target.squashed:
        return How.AFFIX
    if name.squashed == target.core:
        return How.NO_AFFIX
    return How.OTHER_AFFIX if name.core == target.core else None
