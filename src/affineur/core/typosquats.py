"""Names that could be taken for another: which names a new one is like, and how close.

An index of all known names is made once: under every form that two like names share (one
character left out, the skeleton, the words, the core without affixes) stands who has it. A
look-up costs some twenty searches whatever the number of names.

How close is close depends on whom a squat would pay for. Against the most downloaded names every
slip counts; further down only what honest people hardly make. The table is measured on the names
ranked 5,000 to 15,000, of which at most one in a hundred may be taken for a squat (decision 0017).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from affineur.core.name_edits import Forms, How, likeness
from affineur.core.names import ProjectName

_ID_BITS = 20
_ALL = 1 << _ID_BITS
_MOST_SLOT_BITS = 21
_HASH_MASK = (1 << (64 - _ID_BITS)) - 1

_CLOSE: Mapping[How, tuple[tuple[int, int], ...]] = {
    How.SWAPPED: ((200, 4), (1000, 5), (5000, 6), (_ALL, 7)),
    How.REPEATED: ((1000, 5), (_ALL, 6)),
    How.LOOK_ALIKE: ((200, 4), (5000, 5), (_ALL, 9)),
    How.DELIMITERS: ((2000, 5),),
    How.ORDER: ((2000, 5),),
    How.PLURAL: ((1000, 5), (2000, 8)),
    How.SLIP: ((200, 4), (1000, 5), (5000, 8), (_ALL, 10)),
    How.LETTER: ((200, 5), (1000, 7), (5000, 9)),
    How.FIRST: ((500, 7), (_ALL, 12)),
    How.ADDED: ((1000, 5), (5000, 7), (_ALL, 10)),
    How.BEFORE: ((200, 8), (_ALL, 14)),
    How.AFTER: ((1000, 5), (2000, 6), (5000, 10)),
    How.LEFT_OUT: ((1000, 5), (5000, 8)),
    How.HEADLESS: ((500, 6), (5000, 9)),
    How.CUT: ((1000, 5), (5000, 12)),
    How.DIGIT: ((500, 5), (1000, 12)),
    How.NO_DIGIT: ((1000, 5),),
    How.OTHER_DIGIT: ((1000, 5),),
    How.AFFIX: ((500, 5), (1000, 10)),
    How.NO_AFFIX: ((200, 5),),
    How.OTHER_AFFIX: ((500, 5), (1000, 8)),
}
"""How is close to a target up to this rank that is at least so long, delimiters aside."""

_WORDS_DIFFER = frozenset(
    {How.SLIP, How.LETTER, How.FIRST, How.ADDED, How.BEFORE, How.AFTER}
    | {How.LEFT_OUT, How.HEADLESS, How.CUT}
)


@dataclass(frozen=True, slots=True)
class Target:
    """A name that another could be taken for."""

    name: ProjectName
    how: How
    rank: int | None
    """Its place among the most downloaded, the first is 1; None when it is not among them."""
    is_close: bool
    """Whether a person should look before the name is let in."""


class Ranked:
    """Popular names, the most downloaded first, with their index: half a second's work."""

    def __init__(self, names: Sequence[ProjectName]) -> None:
        self.ranks = {name: rank for rank, name in enumerate(names, start=1)}

    @cached_property
    def index(self) -> _Index:
        """Their index, made when a name is first held against them."""
        return _Index(tuple(self.ranks)[:_ALL])


class Resemblances:
    """Finds the names that a name is like."""

    def __init__(self, ranked: Ranked, house: Iterable[ProjectName] = ()) -> None:
        """Hold names against the popular ones, and against those that the house uses.

        The house's count as if they were the most downloaded: they are what its people type.
        """
        self._ranks = ranked.ranks
        self._house = frozenset(house)
        extra = tuple(sorted(self._house - self._ranks.keys()))[:_ALL]
        self._indexes = (ranked.index, _Index(extra))

    def of(self, name: ProjectName) -> tuple[Target, ...]:
        """Give the names that this one is like, close ones first, then the most downloaded."""
        forms = Forms(name)
        keys = tuple(_keys(forms))
        seen = {other for index in self._indexes for other in index.sharing(keys)}
        found = [target for other in seen if (target := self._judge(forms, Forms(other)))]
        return tuple(sorted(found, key=lambda one: (not one.is_close, one.rank or _ALL, one.name)))

    def _judge(self, forms: Forms, target: Forms) -> Target | None:
        how = likeness(forms, target)
        if how is None:
            return None
        name = ProjectName(target.name)
        rank = self._ranks.get(name)
        counted = 1 if name in self._house else rank or _ALL
        length = len(target.squashed)
        is_close = any(counted <= most and length >= least for most, least in _CLOSE[how])
        is_close = is_close and not (how in _WORDS_DIFFER and self._is_of_words(forms, target))
        return Target(name, how, rank, is_close)

    def _is_of_words(self, forms: Forms, target: Forms) -> bool:
        """Whether where they differ is a word that other names have, and so no slip.

        `google-cloud-filestore` is no misspelt `google-cloud-firestore`.
        """
        ours, theirs = forms.name.split("-"), target.name.split("-")
        if len(ours) == 1:
            return self._others_with(ours[0], forms.name) > 1
        differ = [one for one, other in zip(ours, theirs, strict=False) if one != other]
        same_shape = len(ours) == len(theirs) and len(differ) == 1
        return same_shape and self._others_with(differ[0], forms.name) > 0

    def _others_with(self, word: str, name: str) -> int:
        with_it = sum(index.words[word] for index in self._indexes)
        return with_it - (name in self._ranks or name in self._house)


class _Index:
    """Which of some names share a form with another.

    A sorted array of keys, the hash of a form above the number of a name: 2 MB for 15,000
    names where a dictionary takes 30. Before it stands a table that answers for nine of ten
    forms that nobody has them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self.words = Counter(word for name in names for word in set(name.split("-")))
        self._entries = array("Q", sorted(self._all_entries()))
        bits = min(_MOST_SLOT_BITS, (8 * len(self._entries)).bit_length())
        self._shift = 64 - bits
        self._seen = bytearray(1 << bits)
        for entry in self._entries:
            self._seen[entry >> self._shift] = 1

    def sharing(self, keys: Iterable[int]) -> Iterator[str]:
        """Give the names that have one of these keys; some more than once, few by chance."""
        entries = self._entries
        for key in keys:
            if not self._seen[key >> self._shift]:
                continue
            at = bisect_left(entries, key)
            while at < len(entries) and entries[at] < key + _ALL:
                yield self._names[entries[at] - key]
                at += 1

    def _all_entries(self) -> Iterator[int]:
        for number, name in enumerate(self._names):
            for key in _keys(Forms(name)):
                yield key | number


def _keys(forms: Forms) -> Iterator[int]:
    """Give the keys of all forms, with room for a number; other forms may share one by chance."""
    shared = (
        *forms.deletions,
        f"={forms.skeleton}",
        f"+{'-'.join(forms.words)}",
        *{f"~{forms.core}", f"~{forms.squashed}"},
    )
    for form in shared:
        yield (hash(form) & _HASH_MASK) << _ID_BITS
