from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from affineur.checks.archive import Archive
from affineur.core.archives import ArchiveReport, Defect, Member
from affineur.core.findings import Outcome, Severity
from affineur.core.subjects import NotAssessable, Subject
from support.values import digest, index_file

Look = Callable[..., Subject]
HEAD = "Metadata-Version: 2.4\nName: spam\nVersion: 1.0\n"
WHEEL = "spam-1.0-py3-none-any.whl"


def ids(outcome: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.id, finding.severity) for finding in outcome.findings]


def test_an_honest_file_has_no_finding(subject: Look) -> None:
    outcome = Archive().look(subject(metadata=HEAD))

    assert (outcome.findings, outcome.not_assessed) == ((), None)


def test_an_archive_that_cannot_be_read_is_not_assessed(subject: Look) -> None:
    outcome = Archive().look(subject(archive=NotAssessable("it hung")))

    assert outcome.not_assessed == "it hung"
    assert outcome.findings == ()


@pytest.mark.parametrize(
    ("defect", "severity"),
    [
        ("traversal", Severity.BLOCK),
        ("record-hash", Severity.BLOCK),
        ("link-outside", Severity.BLOCK),
        ("bomb", Severity.BLOCK),
        ("no-metadata", Severity.BLOCK),
        ("a-defect-of-tomorrow", Severity.BLOCK),
        ("record-extra", Severity.REVIEW),
        ("case-collision", Severity.REVIEW),
        ("link", Severity.INFO),
        ("record-size", Severity.INFO),
    ],
)
def test_dishonest_defects_block_and_sloppy_ones_go_to_a_person(
    subject: Look, defect: str, severity: Severity
) -> None:
    report = ArchiveReport(metadata=HEAD.encode(), defects=(Defect(defect, "It is odd.", "a.py"),))

    (finding,) = Archive().look(subject(archive=report)).findings

    assert (finding.id, finding.severity) == (f"archive.{defect}", severity)
    assert finding.what == "It is odd."
    assert finding.where is not None
    assert finding.where.file == "a.py"


def test_other_bytes_at_the_source_block_even_when_the_archive_cannot_be_read(
    subject: Look,
) -> None:
    changed = replace(index_file(WHEEL), sha256=digest("other bytes"))

    outcome = Archive().look(subject(archive=NotAssessable("it hung"), index=changed))

    assert ids(outcome) == [("archive.digest", Severity.BLOCK)]
    assert outcome.not_assessed == "it hung"


def test_another_size_at_the_source_goes_to_a_person(subject: Look) -> None:
    other = replace(index_file(WHEEL), size_bytes=11)

    outcome = Archive().look(subject(metadata=HEAD, index=other))

    assert ids(outcome) == [("archive.size", Severity.REVIEW)]


def test_what_only_informs_is_told_once_for_all_files(subject: Look) -> None:
    links = [Defect("link", f"{one}.py is a link to a.py.", f"{one}.py") for one in "bcdefgh"]
    report = ArchiveReport(metadata=HEAD.encode(), defects=tuple(links))

    (finding,) = Archive().look(subject(archive=report)).findings

    assert finding.what.startswith("b.py is a link to a.py. c.py is a link to a.py.")
    assert finding.what.endswith("f.py is a link to a.py. The same holds for 2 more.")


def test_a_defect_has_the_same_key_in_the_next_version_and_another_in_another_file(
    subject: Look,
) -> None:
    def key_of(member: str) -> str:
        report = ArchiveReport(
            metadata=HEAD.encode(), defects=(Defect("odd-name", f"{member} is odd.", member),)
        )
        return Archive().look(subject(archive=report)).findings[0].key

    assert key_of("spam-1.0/a\\b") == key_of("spam-1.1rc2/a\\b")
    assert key_of("spam-1.0/a\\b") != key_of("spam-1.0/a\\c")


def test_the_facts_tell_how_much_is_in_it_and_which_defects_it_has(subject: Look) -> None:
    report = ArchiveReport(
        members={"a.py": Member(3, "0" * 64), "b.py": Member(4, "1" * 64)},
        metadata=HEAD.encode(),
        defects=(Defect("odd-name", "One.", "a"), Defect("odd-name", "Two.", "b")),
    )

    facts = Archive().look(subject(archive=report)).facts

    assert facts == {"defects": ["odd-name"], "files": 2, "unpacked_bytes": 7}
