"""The check of contents: what the scan saw becomes findings that a person can judge."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from affineur.checks.contents import RULES, Contents
from affineur.core.archives import ArchiveReport
from affineur.core.findings import Severity, Where
from affineur.core.scans import Capability, Role, Scan, Signal
from affineur.core.subjects import NotAssessable, Subject

Look = Callable[..., Subject]
PLACE = Where("spam/__init__.py", 3, "exec(decoded)")
SIGNAL = Signal("decode-and-execute", Severity.BLOCK, "It hides.", PLACE, Role.CODE, "abc")


def test_a_signal_becomes_a_finding_with_its_place_its_reason_and_what_to_do(
    subject: Look,
) -> None:
    scan = Scan(
        3,
        (SIGNAL,),
        {Capability.RUNS_TEXT_AS_CODE: (PLACE,)},
        (("spam/old.py", "it is written for Python 2"),),
    )

    outcome = Contents().look(subject(archive=ArchiveReport(scan=scan)))

    finding, unread = outcome.findings
    assert (unread.id, unread.severity) == ("contents.unread", Severity.INFO)
    assert unread.what == "1 of its files could not be followed whole: spam/old.py."
    assert (finding.id, finding.severity) == ("contents.decode-and-execute", Severity.BLOCK)
    assert (finding.what, finding.where, finding.anchor) == ("It hides.", PLACE, "abc")
    assert finding.why == RULES["decode-and-execute"][0]
    assert finding.todo == "Do not approve it; tell its project and the index."
    assert outcome.facts == {
        "capabilities": ["runs-text-as-code"],
        "places": {"runs-text-as-code": ["spam/__init__.py:3"]},
        "rules": {"decode-and-execute": 1},
        "signals": {"block": 1, "review": 0, "info": 0},
        "unread": [["spam/old.py", "it is written for Python 2"]],
        "unread_files": ["spam/old.py"],
    }


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (NotAssessable("it hung"), "it hung"),
        (ArchiveReport(), "its contents were not scanned"),
        (ArchiveReport(scan=Scan(unread=(("", "it crashed"),))), "it crashed"),
    ],
)
def test_what_was_not_scanned_is_not_assessed(
    subject: Look, archive: ArchiveReport | NotAssessable, reason: str
) -> None:
    assert Contents().look(subject(archive=archive)).not_assessed == reason
