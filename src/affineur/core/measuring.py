"""Joining what checks measured of a release's files into one fact, or saying that it is unknown.

A fact counts as measured only when it was measured in every file that it applies to. What a
check that could not look claims to be harmless is no measurement; what it did see counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from affineur.core.findings import Assessment, Fact, Outcome

_NOBODY = ("nobody",)


@dataclass(frozen=True, slots=True)
class Joined:
    """A fact of a release."""

    value: Fact
    is_known: bool = True
    blind: tuple[str, ...] = ()
    """The checks that could not look at some of it: then there may be more of it than this."""


def join_lists(
    assessments: Sequence[Assessment], key: str, read: Callable[[Fact], Fact] | None = None
) -> Joined:
    """Take the entries of all files together, each once."""
    given, blind = _given(assessments, key)
    lists = [one for one in (outcome.facts[key] for outcome in given) if isinstance(one, list)]
    entries = [read(entry) if read else entry for one in lists for entry in one]
    unique = {json.dumps(entry, sort_keys=True): entry for entry in entries}
    blind += tuple(one.check for one in given if one.not_assessed)
    return Joined([*unique.values()], is_known=bool(lists), blind=_once(blind))


def join_truths(
    assessments: Sequence[Assessment], key: str, read: Callable[[Fact], bool | None]
) -> Joined:
    """Say yes when it is so in any file, and no only when it was measured in every one."""
    given, blind = _given(assessments, key)
    told = [read(one.facts[key]) for one in given]
    if any(told):
        return Joined(value=True)
    is_told = bool(given) and not blind and not any(one.not_assessed for one in given)
    return Joined(value=False, is_known=is_told and None not in told)


def join_one(
    assessments: Sequence[Assessment], key: str, read: Callable[[Fact], Fact] | None = None
) -> Joined:
    """Give the value on which all files agree; unknown when they do not, or one did not tell."""
    given, blind = _given(assessments, key)
    values = [read(one.facts[key]) if read else one.facts[key] for one in given]
    agreed = len({json.dumps(one, sort_keys=True) for one in values}) == 1
    is_told = agreed and not blind and not any(one.not_assessed for one in given)
    value = values[0] if is_told else None
    return Joined(value, is_known=value is not None)


def blind_to(assessments: Sequence[Assessment], key: str) -> tuple[str, ...]:
    """Name the checks for want of which a fact was not measured in some file."""
    given, blind = _given(assessments, key)
    return _once(blind + tuple(one.check for one in given if one.not_assessed))


def _given(
    assessments: Sequence[Assessment], key: str
) -> tuple[tuple[Outcome, ...], tuple[str, ...]]:
    """Give the outcomes that hold a fact, and the checks that could not give it for a file."""
    given = tuple(
        outcome for one in assessments for outcome in one.outcomes if key in outcome.facts
    )
    givers = {outcome.check for outcome in given}
    blind: tuple[str, ...] = ()
    for one in assessments:
        if not any(key in outcome.facts for outcome in one.outcomes):
            blind += _blind(one, givers)
    return given, blind


def _blind(assessment: Assessment, givers: set[str]) -> tuple[str, ...]:
    """Say who did not measure in this file: nobody who should have when it does not apply."""
    concerned = [one for one in assessment.outcomes if one.check in givers]
    if concerned and all(one.not_applicable for one in concerned):
        return ()
    unable = tuple(one.check for one in assessment.outcomes if one.not_assessed)
    return unable or _NOBODY


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
