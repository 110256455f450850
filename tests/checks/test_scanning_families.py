"""Families of attacks in many spellings, each beside an honest twin that stays quiet."""

from __future__ import annotations

import pytest

from affineur.core.archives import ArchiveReport
from affineur.core.findings import Severity
from support.families import Family, families
from support.scanning import Scan


def _weighty(report: ArchiveReport) -> tuple[str, ...]:
    """Give what a person would have to look at, as rule, severity and line."""
    return tuple(
        f"{one.rule} {one.severity} {one.where.line}"
        for one in report.scan.signals
        if one.severity is not Severity.INFO
    )


@pytest.mark.parametrize("family", families(), ids=lambda one: one.name)
def test_a_family_of_attacks_is_found(scan: Scan, family: Family) -> None:
    assert _weighty(scan(family.attack)) == family.expected


@pytest.mark.parametrize("family", families(), ids=lambda one: one.name)
def test_its_honest_twin_stays_quiet(scan: Scan, family: Family) -> None:
    assert _weighty(scan(family.twin)) == ()
