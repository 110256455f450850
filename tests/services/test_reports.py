"""What was read and said of a file is kept: nothing is done twice, and nothing old is believed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from affineur.core.advisories import Advisory
from affineur.core.archive_ports import ArchiveReader
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.findings import Assessment, Finding, Outcome, Severity, Where
from affineur.core.names import ProjectName
from affineur.core.ports import Vetting
from affineur.core.requests import RequestFile
from affineur.core.scans import Scan
from affineur.core.subjects import Need, NotAssessable, Subject
from affineur.services import reports, serve, subjects
from affineur.services.gear import Gear
from affineur.store import advisories
from affineur.store.assessments import latest
from support.approving import UNAPPROVED, Office
from support.dists import wheel

SPAM = wheel("spam", "1.0")
FILE = RequestFile(Filename.parse(SPAM.filename), SPAM.sha256, len(SPAM.data))


@dataclass(frozen=True)
class Watching:
    """A check that writes down each look."""

    needs: frozenset[Need]
    version: int = 1
    name: str = "watching"
    wants: tuple[str, ...] = ()
    looks: list[int] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def look(self, subject: Subject) -> Outcome:
        self.looks.append(self.version)
        if self.trouble:
            raise NotAssessable(self.trouble.pop())
        where = Where("spam.py", 3, "import os")
        seen = Finding(
            "watching.seen", self.name, Severity.REVIEW, "It is there.", where=where, anchor="a"
        )
        return Outcome(self.name, self.version, (seen,), facts={"at": str(subject.now)})


@dataclass(frozen=True)
class Counting:
    """A reader that writes down each reading."""

    inner: ArchiveReader
    version: str = "1"
    scan: Scan | None = None
    readings: list[str] = field(default_factory=list)

    def read(self, path: Path, filename: Filename) -> ArchiveReport:
        self.readings.append(self.version)
        report = self.inner.read(path, filename)
        return report if self.scan is None else replace(report, scan=self.scan)


def with_vetting(gear: Gear, check: Watching, reader: ArchiveReader | None = None) -> Gear:
    return replace(gear, vetting=Vetting(reader or gear.vetting.reader, (check,)))


def assessed(office: Office, gear: Gear) -> Assessment:
    page = office.run(serve.page_for_server(gear, UNAPPROVED, FILE.filename.project))
    return reports.assess_once(gear, subjects.gather(gear, page, FILE))


@pytest.fixture
def holding(small_office: Office) -> Office:
    """An office that has fetched the wheel."""
    small_office.upstream.add(SPAM)
    small_office.vetted(SPAM)
    return small_office


def test_a_check_looks_once_at_a_file(holding: Office) -> None:
    check = Watching(frozenset({Need.ARCHIVE}))
    gear = with_vetting(holding.gear, check)

    first, second = assessed(holding, gear), assessed(holding, gear)

    assert check.looks == [1]
    assert second.outcomes == first.outcomes


def test_a_new_version_of_a_check_looks_again(holding: Office) -> None:
    check = Watching(frozenset({Need.ARCHIVE}))
    assessed(holding, with_vetting(holding.gear, check))
    assessed(holding, with_vetting(holding.gear, replace(check, version=2)))

    assert check.looks == [1, 2]


def test_new_data_makes_those_look_again_that_depend_on_it(holding: Office) -> None:
    depends = Watching(frozenset({Need.ADVISORIES}), name="depends")
    does_not = Watching(frozenset({Need.ARCHIVE}), name="does-not")
    gear = replace(holding.gear, vetting=Vetting(holding.gear.vetting.reader, (depends, does_not)))
    assessed(holding, gear)
    known = Advisory("PYSEC-1", ProjectName("spam"), datetime(2024, 1, 2, tzinfo=UTC), {})
    with gear.db.writing() as conn:
        advisories.replace(conn, [("PYSEC-1", [known])])
    assessed(holding, gear)

    assert (len(depends.looks), len(does_not.looks)) == (2, 1)


def test_what_could_not_be_assessed_is_tried_again(holding: Office) -> None:
    check = Watching(frozenset({Need.ARCHIVE}), trouble=["it is dark"])
    gear = with_vetting(holding.gear, check)

    first, second = assessed(holding, gear), assessed(holding, gear)

    assert first.not_assessed == (("watching", "it is dark"),)
    assert [one.id for one in second.findings] == ["watching.seen"]


def test_an_archive_is_read_once_by_each_version_of_the_reader(holding: Office) -> None:
    check = Watching(frozenset({Need.ARCHIVE}))
    reader = Counting(holding.gear.vetting.reader)
    newer = replace(reader, version="2")
    first = reports.read(with_vetting(holding.gear, check, reader), FILE)
    second = reports.read(with_vetting(holding.gear, check, reader), FILE)
    reports.read(with_vetting(holding.gear, check, newer), FILE)

    assert reader.readings == ["1", "2"]
    assert isinstance(first, ArchiveReport)
    assert first == second
    assert first.members["spam/__init__.py"].sha256


def test_an_archive_whose_scan_failed_is_read_again(holding: Office) -> None:
    check = Watching(frozenset({Need.ARCHIVE}))
    reader = Counting(holding.gear.vetting.reader, version="3", scan=Scan(unread=(("", "hung"),)))
    gear = with_vetting(holding.gear, check, reader)
    reports.read(gear, FILE)
    reports.read(gear, FILE)

    assert reader.readings == ["3", "3"]


def test_a_check_that_looks_into_archives_looks_again_with_a_new_reader(holding: Office) -> None:
    check = Watching(frozenset({Need.ARCHIVE}))
    reader = Counting(holding.gear.vetting.reader)
    assessed(holding, with_vetting(holding.gear, check, reader))
    assessed(holding, with_vetting(holding.gear, check, replace(reader, version="2")))

    assert check.looks == [1, 1]


def test_a_finding_is_kept_with_its_place_and_its_key(holding: Office) -> None:
    gear = with_vetting(holding.gear, Watching(frozenset({Need.ARCHIVE})))
    (made,) = assessed(holding, gear).findings
    (kept,) = assessed(holding, gear).findings

    assert kept == made
    assert (kept.where, kept.key) == (Where("spam.py", 3, "import os"), made.key)


def test_an_assessment_is_frozen_with_the_request(holding: Office) -> None:
    with holding.gear.db.reading() as conn:
        frozen = latest(conn, SPAM.sha256)

    assert frozen is not None
    assert {one.check for one in frozen.outcomes} == {
        check.name for check in holding.gear.vetting.checks
    }
