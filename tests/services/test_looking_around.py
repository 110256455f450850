"""What a check is told beside the file: the last approved version, and files of its release."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from packaging.version import Version

from affineur.checks.reading import ChildReader
from affineur.core.archives import ArchiveReport
from affineur.core.findings import Against, Finding, Outcome, Severity
from affineur.core.names import ProjectName
from affineur.core.permissions import OPERATOR
from affineur.core.ports import Vetting
from affineur.core.subjects import Need, NotAssessable, Previous, Subject
from affineur.services import blocks
from affineur.services.blocks import BlockOrder
from support.approving import Office
from support.dists import Dist, sdist, wheel
from support.gear import with_settings
from support.upstream_server import Fault

OLD, LAST, NEW = (wheel("eggs", version) for version in ("1.0", "1.1", "1.2"))
NEW_SDIST = sdist("eggs", "1.2")


@dataclass
class Witness:
    """A check that remembers what it was told, and finds something in each archive."""

    name: str = "witness"
    version: int = 1
    needs: frozenset[Need] = frozenset({Need.ARCHIVE})
    wants: tuple[str, ...] = ()
    told: list[Subject] = field(default_factory=list)

    def look(self, subject: Subject) -> Outcome:
        self.told.append(subject)
        files = subject.archive.members if isinstance(subject.archive, ArchiveReport) else {}
        names = (name for name in files if name.endswith(".py"))
        found = (Finding("witness.module", self.name, Severity.INFO, name) for name in names)
        return Outcome(self.name, self.version, tuple(found), facts={"modules": len(files)})

    def of(self, dist: Dist) -> Subject:
        """What it was told last of a file."""
        return [one for one in self.told if one.file.sha256 == dist.sha256][-1]


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def house(small_office: Office, witness: Witness) -> Office:
    """An office whose one check is the witness, with all the files upstream."""
    gear = small_office.gear
    vetting = Vetting(gear.vetting.reader, [witness])
    small_office.upstream.add(OLD, LAST, NEW, NEW_SDIST)
    return replace(small_office, gear=replace(gear, vetting=vetting))


def _previous(witness: Witness, dist: Dist) -> Previous:
    previous = witness.of(dist).previous
    assert previous is not None
    return previous


def test_nothing_is_told_of_a_version_before_when_none_was_approved(
    house: Office, witness: Witness
) -> None:
    asked = house.vetted(NEW)

    assert witness.of(NEW).previous is None
    assert asked.items[0].assessments[0].against is None


def test_the_last_approved_version_is_told_with_its_archive_findings_and_facts(
    house: Office, witness: Witness
) -> None:
    house.approved(OLD)
    house.approved(LAST)
    asked = house.vetted(NEW)

    previous = _previous(witness, NEW)
    assert previous.file.sha256 == LAST.sha256
    assert previous.approved_at == house.clock.now()
    assert isinstance(previous.archive, ArchiveReport)
    assert "eggs/__init__.py" in previous.archive.members
    assert [one.what for one in previous.findings] == ["eggs/__init__.py"]
    assert previous.facts == {"witness": {"modules": 4}}
    assert asked.items[0].assessments[0].against == Against(
        "1.1", LAST.sha256, frozenset({previous.findings[0].key})
    )


def test_a_blocked_version_is_no_version_to_compare_with(house: Office, witness: Witness) -> None:
    house.approved(OLD)
    house.approved(LAST)
    order = BlockOrder(ProjectName("eggs"), Version("1.1"), "steals tokens")
    blocks.block(house.gear, OPERATOR, order)
    house.vetted(NEW)

    assert _previous(witness, NEW).file.sha256 == OLD.sha256


def test_a_version_before_whose_bytes_are_lost_is_told_as_such_with_what_was_seen_then(
    house: Office, witness: Witness
) -> None:
    house.approved(LAST)
    blind = replace(witness, needs=frozenset({Need.PREVIOUS}))
    house.gear.blobs.delete(LAST.sha256)
    reader = ChildReader(20, 1 << 30, 1 << 30, wants=["*.toml"])  # kept reports are of another
    gear = replace(house.gear, vetting=Vetting(reader, [blind]))
    replace(house, gear=gear).vetted(NEW)

    previous = _previous(blind, NEW)
    assert isinstance(previous.archive, NotAssessable)
    assert [one.what for one in previous.findings] == ["eggs/__init__.py"]


def test_the_sdist_of_a_release_is_fetched_to_be_looked_at_beside_its_wheel(
    house: Office, witness: Witness
) -> None:
    house.vetted(NEW)

    (sibling,) = witness.of(NEW).release
    assert sibling.file.sha256 == NEW_SDIST.sha256
    assert isinstance(sibling.archive, ArchiveReport)


def test_an_sdist_that_is_too_large_is_not_fetched_for_a_comparison(
    house: Office, witness: Witness
) -> None:
    gear = with_settings(house.gear, compare_sdist_bytes=10)
    replace(house, gear=gear).vetted(NEW)

    assert witness.of(NEW).release == ()
    assert house.upstream.downloads(NEW_SDIST.filename) == 0


def test_files_that_are_asked_for_together_are_told_of_each_other(
    house: Office, witness: Witness
) -> None:
    house.vetted(NEW, NEW_SDIST)

    assert [one.file.sha256 for one in witness.of(NEW).release] == [NEW_SDIST.sha256]
    assert [one.file.sha256 for one in witness.of(NEW_SDIST).release] == [NEW.sha256]


def test_an_sdist_that_cannot_be_had_is_told_as_such_and_holds_nothing_up(
    house: Office, witness: Witness
) -> None:
    house.upstream.misbehave(Fault.OTHER_BYTES, f"/files/{NEW_SDIST.filename}")
    house.vetted(NEW)

    (sibling,) = witness.of(NEW).release
    assert isinstance(sibling.archive, NotAssessable)
