"""Everything in one file that speaks of its licence, and the best answer that it gives.

In this order: `License-Expression` (PEP 639), classifiers, the `License` field, licence files.
What leaves open which licence is meant counts as all of them (the strictest wins in the
policy), unless the licence files or another field tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from packaging.metadata import RawMetadata

from affineur.checks import spdx
from affineur.checks.licence_tables import choices_of, of_classifier, of_words
from affineur.checks.licence_texts import named_in, recognise
from affineur.checks.members import is_bundled

LONGEST_WORDS = 200

_LATER = re.compile(r"((?:A|L)?GPL)-(\d\.\d)-(only|or-later)")
_ONE_FAMILY = {
    "CNRI-Python": "PSF-2.0",
    "Python-2.0": "PSF-2.0",
    "Python-2.0.1": "PSF-2.0",
    "MIT-CMU": "HPND",
    "HPND-sell-variant": "HPND",
    "BSD-2-Clause-Views": "BSD-2-Clause",
    "BSD-4-Clause-UC": "BSD-4-Clause",
    "MIT-Modern-Variant": "MIT",
    "MITNFA": "MIT",
    "X11": "MIT",
}
"""Licences whose texts are variants of each other's or contain them."""


class Confidence(StrEnum):
    """How sure the answer is."""

    EXACT = "exact"
    """A valid SPDX expression in the field that is made for it."""
    HIGH = "high"
    """Other unmistakable words, or the whole text of the licence."""
    MEDIUM = "medium"
    """Common words, or a sentence that names the licence."""
    LOW = "low"
    """It is left open which of several is meant."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Found:
    """A licence, as alternatives of groups, and where it was found."""

    text: str
    alternatives: spdx.Alternatives
    source: str
    confidence: Confidence

    @property
    def identifiers(self) -> frozenset[str]:
        """All licences that it names."""
        return frozenset(one.partition(" WITH ")[0] for group in self.alternatives for one in group)


@dataclass(frozen=True)
class Evidence:
    """What the metadata and the licence files say."""

    raw: RawMetadata
    texts: Mapping[str, str]

    @cached_property
    def expression(self) -> str:
        """The `License-Expression` field."""
        return self.raw.get("license_expression", "").strip()

    @cached_property
    def words(self) -> str:
        """The `License` field."""
        return self.raw.get("license", "").strip()

    @cached_property
    def meant_by_words(self) -> frozenset[str]:
        """What the `License` field may mean, if it is no whole text."""
        return of_words(self.words) if len(self.words) <= LONGEST_WORDS else frozenset()

    @cached_property
    def classified(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """The licence classifiers that name a licence, with what they may mean."""
        classifiers = [one for one in self.raw.get("classifiers", []) if one.startswith("License")]
        return tuple((one, ids) for one in classifiers if (ids := of_classifier(one)))

    @cached_property
    def own(self) -> Mapping[str, tuple[str, ...]]:
        """The licences recognised in each licence file of the project itself."""
        return self._recognised(bundled=False)

    @cached_property
    def bundled(self) -> Mapping[str, tuple[str, ...]]:
        """The licences recognised in each licence file of what is bundled."""
        return self._recognised(bundled=True)

    @cached_property
    def in_texts(self) -> frozenset[str]:
        """All licences recognised in the project's own licence files."""
        return frozenset(one for ids in self.own.values() for one in ids)

    @cached_property
    def named(self) -> frozenset[str]:
        """The licences that its own licence files name without holding their text."""
        return frozenset(
            one
            for name, text in self.texts.items()
            if name not in self.own and not is_bundled(name)
            for one in named_in(text)
        )

    def _recognised(self, *, bundled: bool) -> Mapping[str, tuple[str, ...]]:
        return {
            name: ids
            for name, text in self.texts.items()
            if is_bundled(name) is bundled and (ids := recognise(text))
        }


def find(evidence: Evidence) -> Found | None:
    """Give the answer of the best source that has one."""
    return (
        _of_spdx(evidence.expression, "License-Expression", Confidence.EXACT)
        or _from_classifiers(evidence)
        or _from_words(evidence)
        or _of_group(evidence.in_texts, "licence files", Confidence.HIGH)
        or _of_group(evidence.named, "licence files", Confidence.MEDIUM)
    )


def near(ids: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """Give those of `ids` that are among the others, in whatever variant or later version."""
    return frozenset(one for one in ids if any(_are_near(one, other) for other in others))


def _are_near(one: str, other: str) -> bool:
    if _stem(one) == _stem(other):
        return True
    names = [_LATER.fullmatch(one), _LATER.fullmatch(other)]
    return any(
        early[1] == late[1] and early[2] <= late[2] and early[3] == "or-later"
        for early, late in (names, names[::-1])
        if early and late
    )


def _from_classifiers(evidence: Evidence) -> Found | None:
    """Take all classifiers together: whether they mean AND or OR, they do not say."""
    if not evidence.classified:
        return None
    declared = _of_words(evidence)
    meant = [ids for _, ids in evidence.classified]
    if declared and all(near(ids, declared.identifiers) for ids in meant):
        return declared  # the same, said more precisely
    held = evidence.in_texts
    if declared and near(declared.identifiers, held) and not near(frozenset().union(*meant), held):
        return declared  # the files agree with it
    narrowed = [_narrowed(ids, evidence) for ids in meant]
    return _of_group(frozenset().union(*narrowed), "classifiers", Confidence.HIGH)


def _from_words(evidence: Evidence) -> Found | None:
    """Read the `License` field: an expression, a name in plain words, or a whole text."""
    if len(evidence.words) > LONGEST_WORDS:
        return _of_group(frozenset(recognise(evidence.words)), "License", Confidence.HIGH)
    ids = evidence.meant_by_words
    declared = _of_words(evidence)
    return declared or _of_group(_narrowed(ids, evidence), "License", Confidence.MEDIUM)


def _of_words(evidence: Evidence) -> Found | None:
    """Read the `License` field where it is clear: SPDX, or names with "or" and "and" between."""
    if len(evidence.words) > LONGEST_WORDS:
        return None
    exact = _of_spdx(evidence.words, "License", Confidence.HIGH)
    if exact:
        return exact
    if len(evidence.meant_by_words) == 1:
        return _of_group(evidence.meant_by_words, "License", Confidence.MEDIUM)
    groups = choices_of(evidence.words)
    text = " OR ".join(_bracketed(group, groups) for group in groups)
    return Found(text, groups, "License", Confidence.MEDIUM) if groups else None


def _bracketed(group: tuple[str, ...], groups: spdx.Alternatives) -> str:
    text = " AND ".join(group)
    return f"({text})" if len(group) > 1 and len(groups) > 1 else text


def _narrowed(ids: frozenset[str], evidence: Evidence) -> frozenset[str]:
    """Let the licence files, or else the `License` field, tell which of several is meant."""
    if len(ids) < 2:
        return ids
    stems = {_stem(one) for one in evidence.in_texts | evidence.named}
    told = frozenset(one for one in ids if _stem(one) in stems)
    return told or (ids & evidence.meant_by_words) or ids


def _stem(identifier: str) -> str:
    one = identifier.removesuffix("+").removesuffix("-only").removesuffix("-or-later")
    return _ONE_FAMILY.get(one, one)


def _of_spdx(text: str, source: str, confidence: Confidence) -> Found | None:
    expression = spdx.canonical(text) if text else None
    groups = spdx.alternatives(expression) if expression else ()
    if not expression or not groups:
        return None
    return Found(spdx.modernised(expression), groups, source, confidence)


def _of_group(ids: frozenset[str], source: str, confidence: Confidence) -> Found | None:
    group = tuple(sorted(ids))
    is_open = len(group) > 1 and source != "licence files"
    sure = Confidence.LOW if is_open else confidence
    return Found(" AND ".join(group), (group,), source, sure) if group else None
