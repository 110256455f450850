"""Version numbers that do not go on from those before them.

Whoever wants his release to win over the real ones, or over a name of the house, numbers it high:
99.9.9, a date after small numbers, an epoch. Every rule here was held against the releases of
popular projects (decision 0018), which change their numbering, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from packaging.version import Version

_FIRST_YEAR = 1990
_FAR = 20
"""Honest projects left out up to ten majors at once; some count in hundreds."""
_FAR_MINOR = 50
_HIGH_FIRST = 90
"""No project begins here, unless it counts in years."""


def oddity(version: Version, before: Sequence[Version], year: int) -> str | None:
    """Say what is odd about a version after those before it; None when nothing is.

    `year` is the present one. The answer goes on from "Its version ...".
    """
    major = _major(version)
    if not before:
        is_high = major >= _HIGH_FIRST and not _is_date(major, year)
        return "is very high for a first release" if is_high else None
    if version.epoch > max(one.epoch for one in before):
        return f"begins with the epoch {version.epoch}, which puts it above all others for ever"
    if version.epoch < max(one.epoch for one in before):
        return None
    top = max(_major(one) for one in before if one.epoch == version.epoch)
    return _leap(version, top, year) or _minor_leap(version, before)


def _leap(version: Version, top: int, year: int) -> str | None:
    major = _major(version)
    if major <= top + 1:
        return None
    if _is_date(top, year):
        return None if _is_date(major, year) else "names a year that has not come"
    if _is_date(major, year):
        return f"is a date; the highest before it began with {top}"
    if _is_all_nines(version) or (major > top + _FAR and major > 2 * top):
        return f"leaps from {top} to {major}"
    return None


def _minor_leap(version: Version, before: Sequence[Version]) -> str | None:
    """Tell of a leap within the same major, such as 1.2 to 1.999."""
    same = [_minor(one) for one in before if _major(one) == _major(version)]
    if not same or _minor(version) <= max(same) + _FAR_MINOR:
        return None
    is_leap = _minor(version) > 2 * max(same)
    told = f"leaps from {_major(version)}.{max(same)} to {_major(version)}.{_minor(version)}"
    return told if is_leap else None


def _major(version: Version) -> int:
    return version.release[0]


def _minor(version: Version) -> int:
    return version.release[1] if len(version.release) > 1 else 0


def _is_all_nines(version: Version) -> bool:
    return len(version.release) > 1 and set("".join(map(str, version.release))) == {"9"}


def _is_date(number: int, year: int) -> bool:
    """Whether a number is a year, or begins with one: 2024, 202403, 20240301."""
    text = str(number)
    return len(text) in {4, 6, 8} and _FIRST_YEAR <= int(text[:4]) <= year + 1
