from __future__ import annotations

import pytest
from packaging.version import Version

from affineur.checks.odd_versions import oddity

YEAR = 2026


def odd(version: str, *before: str) -> str | None:
    return oddity(Version(version), [Version(one) for one in before], YEAR)


@pytest.mark.parametrize(
    ("before", "version"),
    [
        ("10.0.1", "18.0"),  # from semantic to calendar versions, as an installer did
        ("2.1.0", "12.0.0"),  # ten majors left out, as a vendor's libraries did
        ("228", "300"),
        ("2024.12.1", "2026.1"),
        ("20231228", "20240316"),
        ("3.20.3", "4.21.0"),
        ("0.991", "1.0.0"),
        ("0.24", "1.0"),
        ("1.0", "1.0.1"),
        ("8.0", "9.0"),
        ("9.8.9", "9.9.9"),
        ("1.4", "1.54"),
        ("1!2.0", "1!2.1"),
        ("1!2.0", "3.0"),
        ("2.0", "1.9.5"),
        ("99.0", "100.0"),
    ],
)
def test_versions_that_go_on_as_honest_ones_do_are_not_odd(before: str, version: str) -> None:
    assert odd(version, "0.1", before) is None


@pytest.mark.parametrize(
    ("before", "version", "told"),
    [
        ("1.2.3", "99.9.9", "leaps from 1 to 99"),
        ("1.2.3", "9.9.9", "leaps from 1 to 9"),
        ("3.4", "9999.0", "leaps from 3 to 9999"),
        ("12.0", "100.0", "leaps from 12 to 100"),
        ("1.2.3", "1.999.0", "leaps from 1.2 to 1.999"),
        ("1.2.3", "2026.11.1", "is a date; the highest before it began with 1"),
        ("1.2.3", "20261101", "is a date; the highest before it began with 1"),
        ("2026.1", "2099.1", "names a year that has not come"),
        ("2026.1", "1!1.0", "begins with the epoch 1, which puts it above all others for ever"),
    ],
)
def test_versions_that_would_win_over_all_others_are_odd(
    before: str, version: str, told: str
) -> None:
    assert odd(version, "0.1", before) == told


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.1", None),
        ("1.0", None),
        ("26.1", None),
        ("2026.11", None),
        ("20261101.1", None),
        ("99.9.9", "is very high for a first release"),
        ("9999", "is very high for a first release"),
        ("2199.1", "is very high for a first release"),
    ],
)
def test_a_first_release_is_odd_when_it_begins_high(version: str, expected: str | None) -> None:
    assert odd(version) == expected
